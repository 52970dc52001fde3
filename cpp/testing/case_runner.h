#pragma once

#include <string>
#include <vector>

#include "ops/case.h"
#include "ops/step.h"

namespace litesmith::testing {

/// Cases of every operator folder (ops.inc), in order.
std::vector<ops::Case> all_cases();

struct CaseOutcome {
  std::vector<ops::Value> results;
  std::string kernel;
};

/// Runs one case with kernels up to `isa`; throws what the operator throws.
CaseOutcome run(const ops::Case& test_case, simd::Isa isa, ops::Arithmetic arithmetic = ops::Arithmetic::litert);

/// Empty when the results agree within the case's tolerance (bit for bit for integers, and when `exact`), else what
/// differs where.
std::string difference(const ops::Case& test_case, const std::vector<ops::Value>& got,
                       const std::vector<ops::Value>& expected, bool exact);

}  // namespace litesmith::testing
