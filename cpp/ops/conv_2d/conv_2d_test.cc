#include "ops/conv_2d/conv_2d.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "testing/case_runner.h"

namespace litesmith::ops::conv_2d {
namespace {

Value quantized(DType type, const Shape& shape, const ir::Quantization& quantization) {
  Value value = constant(uniform(type, shape, -3, 3, 1));
  value.quantization = quantization;
  return value;
}

/// A 1x1 convolution of 2 to 4 channels with everything in place, for tests to take something out.
Case sound(DType type = DType::int8) {
  const Value x = type == DType::float32 ? uniform(type, {1, 2, 2, 2}, -1, 1, 1)
                                         : quantized(type, {1, 2, 2, 2}, {.scales = {0.5F}, .zero_points = {0}});
  const Value w = quantized(DType::int8, {4, 1, 1, 2}, {.scales = {0.5F, 0.25F, 1, 2}, .zero_points = {0, 0, 0, 0}});
  Case one{
      .name = "layer", .op = "CONV_2D", .attrs = Conv2dAttrs{}, .inputs = {x, w}, .outputs = {type}, .reference = {}};
  if (type != DType::float32) one.output_quantization = {{.scales = {1}, .zero_points = {0}}};
  return one;
}

std::string failure(const Case& one) {
  try {
    testing::run(one, simd::best_isa());
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

void check_mentions(const Case& one, std::string_view text) {
  const std::string message = failure(one);
  CAPTURE(message);
  CHECK(message.find(text) != std::string::npos);
}

TEST_CASE("a quantized convolution names the loops that ran") {
  for (const DType type : {DType::int8, DType::int16, DType::float32}) {
    CHECK(failure(sound(type)) == "no error");
    const std::string kernel = testing::run(sound(type), simd::Isa::scalar).kernel;
    CHECK(kernel == concat("conv_2d/scalar/", type == DType::float32 ? "hybrid" : name(type), "/packed"));
  }
}

TEST_CASE("a convolution without the scales it needs says which tensor lacks them") {
  Case one = sound();
  one.inputs[0].quantization = {};
  check_mentions(one, "'input0' is int8 but has no scale");
  one = sound();
  one.output_quantization = {};
  check_mentions(one, "'output0' is int8 but has no scale");
  for (const DType type : {DType::int8, DType::float32}) {
    one = sound(type);
    one.inputs[1].quantization = {};
    check_mentions(one, "'input1' are int8 but have no scale");
  }
}

TEST_CASE("scales and zero points that do not fit a convolution are errors with both numbers") {
  Case one = sound();
  one.inputs[1].quantization.scales.pop_back();
  check_mentions(one, "3 scales along dimension 0");
  one = sound();
  one.inputs[1].quantization.dimension = 3;
  check_mentions(one, "4 scales along dimension 3");
  one = sound();
  one.inputs[1].quantization.zero_points[2] = 5;
  check_mentions(one, "have the zero point 5");
  one = sound(DType::int16);
  one.inputs[0].quantization.zero_points = {1};
  check_mentions(one, "it must be 0");
  one = sound(DType::int16);
  one.inputs[0].quantization.scales = {1000};
  check_mentions(one, "less than 128");
  one = sound();
  one.inputs[0].quantization.scales = {1e30F};
  check_mentions(one, "check the scales");
}

}  // namespace
}  // namespace litesmith::ops::conv_2d
