#include <doctest/doctest.h>

#include "testing/case_runner.h"

namespace litesmith::ops::fully_connected {
namespace {

constexpr simd::Isa kIsas[] = {simd::Isa::avx2, simd::Isa::avxvnni, simd::Isa::avx512, simd::Isa::avx512vnni};

TEST_CASE("FULLY_CONNECTED rounds like TFLM on every instruction set, which is not how LiteRT rounds") {
  int differing = 0;
  for (const Case& one : testing::all_cases()) {
    if (one.op != "FULLY_CONNECTED" || one.output_quantization.empty()) continue;
    INFO(one.name);
    const auto fixed_point = testing::run(one, simd::Isa::scalar, Arithmetic::tflm).results;
    const auto float64 = testing::run(one, simd::Isa::scalar, Arithmetic::litert).results;
    differing += testing::difference(one, fixed_point, float64, true).empty() ? 0 : 1;
    for (const simd::Isa isa : kIsas) {
      if (!simd::supported(isa)) continue;
      CHECK(testing::difference(one, testing::run(one, isa, Arithmetic::tflm).results, fixed_point, true) == "");
    }
  }
  CHECK(differing > 3);
}

TEST_CASE("FULLY_CONNECTED packs constant integer weights and reads fed ones where they lie") {
  int packed = 0, in_place = 0;
  for (const Case& one : testing::all_cases()) {
    if (one.op != "FULLY_CONNECTED" || one.inputs[1].quantization.empty()) continue;
    const std::string kernel = testing::run(one, simd::best_isa()).kernel;
    INFO(one.name, ": ", kernel);
    const bool is_packed = kernel.ends_with("/packed");
    CHECK((is_packed || kernel.ends_with("/integer") || kernel.ends_with("/hybrid")));
    if (!one.inputs[1].constant) CHECK(!is_packed);
    ++(is_packed ? packed : in_place);
  }
  CHECK(packed > 10);
  CHECK(in_place > 10);
}

}  // namespace
}  // namespace litesmith::ops::fully_connected
