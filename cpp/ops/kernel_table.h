#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "ops/step.h"

namespace litesmith::ops {

/// A row of a family's kernels.inc: one way to run an operator.
struct Kernel {
  std::string_view name;
  simd::Isa isa;
  /// Types of the leading operands; operands beyond the list are free.
  std::initializer_list<DType> types;
  /// Which arithmetic the row computes; nullopt = both.
  std::optional<Arithmetic> arithmetic;
  /// Attributes and shapes that the row can run; null = all.
  bool (*accepts)(const PrepareContext& context);
  Step (*prepare)(const PrepareContext& context, simd::Isa isa);
};

/// Prepares with the first row (best first) that the context's ISA, types, arithmetic and shapes allow; fails with the
/// list of supported types otherwise. A row of ISA i runs when i <= context.isa() and the CPU has it; the step of a
/// scalar row may name a better ISA, which it found by itself.
Step prepare_best(std::span<const Kernel> rows, const PrepareContext& context);

}  // namespace litesmith::ops
