#include "ops/elementwise_binary/elementwise_binary.h"

#include <doctest/doctest.h>

#include "testing/case_runner.h"

namespace litesmith::ops {
namespace {

std::string failure(std::string_view op, Value x, Value y, std::vector<ir::Quantization> quantization = {}) {
  const DType type = x.dtype;
  try {
    testing::run({.name = "n",
                  .op = op,
                  .attrs = {},
                  .inputs = {std::move(x), std::move(y)},
                  .outputs = {type},
                  .reference = nullptr,
                  .output_quantization = std::move(quantization)},
                 simd::Isa::scalar);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("integer division by a zero that arrives at run time is an error, not a crash") {
  for (const std::string_view op : {"DIV", "FLOOR_DIV", "FLOOR_MOD"}) {
    INFO(op);
    const auto x = value_of<std::int32_t>({3}, {1, 2, 3});
    CHECK(failure(op, x, value_of<std::int32_t>({3}, {1, 1, 2})) == "");
    CHECK(failure(op, x, value_of<std::int32_t>({3}, {1, 0, 2})).find("a divisor is zero") != std::string::npos);
  }
}

TEST_CASE("a quantized divisor that is its zero point is an error") {
  ir::Quantization quantization;
  quantization.scales = {0.5F};
  quantization.zero_points = {3};
  const auto quantized = [&](const std::vector<std::int8_t>& levels) {
    Value value = value_of<std::int8_t>({2}, levels);
    value.quantization = quantization;
    return value;
  };
  CHECK(failure("DIV", quantized({1, 2}), quantized({1, 2}), {quantization}) == "");
  CHECK(failure("DIV", quantized({1, 2}), quantized({1, 3}), {quantization}).find("a divisor is zero") !=
        std::string::npos);
}

TEST_CASE("quantization that arithmetic cannot use is an error") {
  const auto quantized = [](std::vector<float> scales, std::int64_t zero_point) {
    Value value = value_of<std::int8_t>({2}, {1, 2});
    value.quantization.scales = std::move(scales);
    value.quantization.zero_points = {zero_point};
    return value;
  };
  const auto of = [&](const Value& x, std::string_view op = "MUL") {
    return failure(op, x, quantized({0.5F}, 0), {quantized({0.5F}, 0).quantization});
  };
  CHECK(of(quantized({0.5F}, 3)) == "");
  CHECK(of(quantized({0.5F}, 300)).find("300") != std::string::npos);
  CHECK(of(quantized({-1.0F}, 3)) != "");
  CHECK(of(quantized({1e30F}, 3), "DIV").find("ratio") != std::string::npos);
  CHECK(of(quantized({1e30F}, 3)) == "");  // a product is 0 or beyond the ends
}

TEST_CASE("8-bit operands without a scale are named") {
  const Value x = value_of<std::int8_t>({2}, {1, 2});
  CHECK(failure("ADD", x, x).find("'input0' is int8 but has no scale") != std::string::npos);
}

TEST_CASE("negative integer exponents are an error") {
  CHECK(failure("POW", value_of<std::int32_t>({1}, {2}), value_of<std::int32_t>({1}, {-1})) != "");
}

TEST_CASE("shapes that do not broadcast are named") {
  const std::string text =
      failure("ADD", uniform(DType::float32, {2, 3}, 0, 1, 1), uniform(DType::float32, {4}, 0, 1, 1));
  CHECK(text.find("[2, 3]") != std::string::npos);
  CHECK(text.find("[4]") != std::string::npos);
}

TEST_CASE("operands of different types are an error") {
  CHECK(failure("MUL", uniform(DType::float32, {2}, 0, 1, 1), uniform(DType::int32, {2}, 0, 1, 1)) != "");
}

}  // namespace
}  // namespace litesmith::ops
