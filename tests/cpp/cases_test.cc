#include <doctest/doctest.h>

#include "ops/op_def.h"
#include "testing/case_runner.h"

namespace litesmith {
namespace {

constexpr simd::Isa kIsas[] = {simd::Isa::avx2,       simd::Isa::avxvnni, simd::Isa::avx512,
                               simd::Isa::avx512vnni, simd::Isa::amx,     simd::Isa::neon};

TEST_CASE("every case agrees with its naive reference on the scalar kernels") {
  for (const ops::Case& one : testing::all_cases()) {
    if (!one.reference) continue;
    INFO(one.op, ": ", one.name);
    const auto outcome = testing::run(one, simd::Isa::scalar);
    CHECK(testing::difference(one, outcome.results, one.reference(one.inputs), false) == "");
  }
}

TEST_CASE("every instruction set gives the scalar bits") {
  for (const ops::Case& one : testing::all_cases()) {
    const auto expected = testing::run(one, simd::Isa::scalar).results;
    for (const simd::Isa isa : kIsas) {
      if (!simd::supported(isa)) continue;
      INFO(one.op, ": ", one.name, " on ", simd::isa_name(isa));
      CHECK(testing::difference(one, testing::run(one, isa).results, expected, true) == "");
    }
  }
}

TEST_CASE("every operator with a kernel has a case") {
  const auto cases = testing::all_cases();
  for (const ops::OpDef* def : ops::all_ops()) {
    if ((def->prepare == nullptr && def->host == nullptr) || def->stateful) continue;
    INFO(def->identity.name);
    CHECK(std::any_of(cases.begin(), cases.end(), [&](const ops::Case& one) { return one.op == def->identity.name; }));
  }
}

}  // namespace
}  // namespace litesmith
