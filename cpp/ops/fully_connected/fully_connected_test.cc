#include "ops/fully_connected/fully_connected.h"

#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"
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

TEST_CASE("weights that are not rows are refused by their form") {
  const Value x = uniform(DType::float32, {2, 4}, -1, 1, 1);
  const Value w = constant(uniform(DType::float32, {3, 4}, -1, 1, 2));
  const auto message = [&](const Value& weights, WeightsFormat format) -> std::string {
    try {
      testing::run({.name = "layer",
                    .op = "FULLY_CONNECTED",
                    .attrs = FullyConnectedAttrs{.weights_format = format},
                    .inputs = {x, weights, absent()},
                    .outputs = {},
                    .reference = nullptr},
                   simd::Isa::scalar);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message(w, WeightsFormat::dense) == "");
  CHECK(message(w, WeightsFormat::shuffled_4x16_int8).find("shuffled (4x16)") != std::string::npos);
  Value blocks = constant(uniform(DType::int8, {3, 4}, -1, 1, 2));
  blocks.quantization.blockwise.emplace();
  CHECK(message(blocks, WeightsFormat::dense).find("quantized by blocks") != std::string::npos);
}

struct Refusal {
  std::string_view name;
  /// What the error must mention.
  std::string_view text;
  DType x;
  ir::Quantization input, weights, result;
  DType y = DType::int8;
};

/// Input [2, 4] by weights [3, 4].
std::string refusal(const Refusal& row) {
  Value x = row.x == DType::float32 ? uniform(row.x, {2, 4}, -1, 1, 1) : uniform(row.x, {2, 4}, -9, 9, 1);
  Value w = constant(uniform(DType::int8, {3, 4}, -9, 9, 2));
  x.quantization = row.input;
  w.quantization = row.weights;
  try {
    testing::run({.name = "layer",
                  .op = "FULLY_CONNECTED",
                  .attrs = FullyConnectedAttrs{},
                  .inputs = {x, w, absent()},
                  .outputs = {row.y},
                  .reference = nullptr,
                  .output_quantization = {row.result}},
                 simd::Isa::scalar);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("quantization that FULLY_CONNECTED cannot take is an error that says why") {
  const ir::Quantization q{.scales = {0.5F}, .zero_points = {0}};
  const ir::Quantization shifted{.scales = {0.5F}, .zero_points = {3}};
  CHECK(refusal({"accepted", "", DType::int8, q, q, q}) == "no error");
  const Refusal rows[] = {
      {"no input scale", "has no scale", DType::int8, {}, q, q},
      {"no weight scale", "has no scale", DType::int8, q, {}, q},
      {"no result scale", "has no scale", DType::int8, q, q, {}},
      {"two scales for three channels", "2 scales along", DType::int8, q, {.scales = {1, 2}}, q},
      {"channels along the terms", "dimension 1", DType::int8, q, {.scales = {1, 2, 3, 4}, .dimension = 1}, q},
      {"zero points per channel",
       "zero points other than 0",
       DType::int8,
       q,
       {.scales = {1, 2, 3}, .zero_points = {0, 1, 0}},
       q},
      {"scale of infinity", "positive number", DType::int8, q, {.scales = {1, 2, INFINITY}}, q},
      {"scales far apart", "the ratio of its scales", DType::int8, {.scales = {1e20F}}, q, {.scales = {1e-20F}}},
      {"int16 with a zero point", "zero point 3", DType::int16, shifted, q, q, DType::int16},
      {"int16 weights with a zero point", "zero point 3", DType::int16, q, shifted, q, DType::int16},
      {"int8 to int16", "only uint8 input can widen", DType::int8, q, q, q, DType::int16},
      {"hybrid weights with a zero point", "zero point 3", DType::float32, {}, shifted, {}, DType::float32},
  };
  for (const Refusal& row : rows) {
    const std::string text = refusal(row);
    INFO(row.name, ": ", text);
    CHECK(text.find(row.text) != std::string::npos);
    CHECK(text.find("layer") != std::string::npos);
  }
}

}  // namespace
}  // namespace litesmith::ops::fully_connected
