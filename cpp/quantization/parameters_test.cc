#include "quantization/parameters.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "quantization/weights.h"

namespace litesmith::quantization {
namespace {

ir::Tensor constant(const char* name, Shape shape, const std::vector<float>& values) {
  ir::Tensor tensor;
  tensor.name = name;
  tensor.shape = std::move(shape);
  tensor.data = Bytes::copy_of(std::span<const float>(values));
  return tensor;
}

float scale_of(const Form& form) { return form.quantization.scales.front(); }
std::int64_t zero_point_of(const Form& form) { return form.quantization.zero_points.front(); }

TEST_CASE("int8 activations: scale in float32, zero point from the least value, zero inside the range") {
  const Form both = int8_form({-1.0F, 2.0F}, "x");
  CHECK(scale_of(both) == 3.0F / 255.0F);
  CHECK(zero_point_of(both) == -43);
  const Form positive = int8_form({1.0F, 2.0F}, "x");
  CHECK(scale_of(positive) == 2.0F / 255.0F);
  CHECK(zero_point_of(positive) == -128);
  const Form negative = int8_form({-2.0F, -1.0F}, "x");
  CHECK(scale_of(negative) == 2.0F / 255.0F);
  CHECK(zero_point_of(negative) == 127);
}

TEST_CASE("halves of a zero point round as those of the integers that will hold it") {
  CHECK(zero_point_of(int8_form({-6, 6}, "x")) == -1);
  CHECK(zero_point_of(int8_form({-6, 6}, "x", DType::uint8)) == 0);
}

TEST_CASE("filters of uint8 have 254 steps, and zero inside the range") {
  const Form form = uint8_filter_form(constant("w", Shape{3}, {-1.0F, 0.5F, 1.54F}));
  CHECK(scale_of(form) == doctest::Approx(0.01).epsilon(1e-6));
  CHECK(zero_point_of(form) == 101 - 128);
  CHECK(zero_point_of(uint8_filter_form(constant("w", Shape{2}, {1.0F, 2.0F}))) == 1 - 128);
  CHECK(scale_of(uint8_filter_form(constant("w", Shape{1}, {0}))) > 0);
}

TEST_CASE("a range narrower than 1e-6 is widened") {
  CHECK(scale_of(int8_form({0, 0}, "x")) == doctest::Approx(2e-6 / 255));
  CHECK(scale_of(int8_form({0, 5e-7F}, "x")) == doctest::Approx(2.5e-6 / 255));
  CHECK(zero_point_of(int8_form({0, 5e-7F}, "x")) == -26);
  CHECK(scale_of(int8_form({0, 2e-6F}, "x")) == 2e-6F / 255.0F);
  CHECK(scale_of(int8_constant_form(constant("c", {}, {0}))) == doctest::Approx(1e-6 / 255));
}

TEST_CASE("ranges that are no ranges name the tensor") {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float greatest = std::numeric_limits<float>::max();
  for (const Range range : {Range{0, infinity}, Range{nan, 1}, Range{2, 1}, Range{-greatest, greatest}}) {
    CHECK_THROWS_WITH_AS(int8_form(range, "dense/out"), doctest::Contains("dense/out"), Error);
  }
}

TEST_CASE("int16 activations are symmetric") {
  CHECK(scale_of(int16_form({-3, 2}, "x")) == 3.0F / 32767.0F);
  CHECK(zero_point_of(int16_form({-3, 2}, "x")) == 0);
}

TEST_CASE("weights: a scale per channel, halves away from zero, all-zero channels get a tiny scale") {
  const ir::Tensor weights = constant("w", {3, 2}, {127, -63.5F, 1, 0.5F, 0, 0});
  const Form form = symmetric_int8(weights, 0);
  CHECK(form.quantization.scales == std::vector<float>{1.0F, 1.0F / 127.0F, 5e-7F / 127.0F});
  const auto q = quantized_values(weights, form).to_vector<std::int8_t>();
  CHECK(q == std::vector<std::int8_t>{127, -64, 127, 64, 0, 0});
  const Form columns = symmetric_int8(weights, 1);
  CHECK(columns.quantization.scales == std::vector<float>{1.0F, 0.5F});
  CHECK(quantized_values(weights, columns).to_vector<std::int8_t>() == std::vector<std::int8_t>{127, -127, 1, 1, 0, 0});
}

TEST_CASE("constants of activations are asymmetric and clamp") {
  const ir::Tensor two = constant("c", {}, {2});
  const Form form = int8_constant_form(two);
  CHECK(quantized_values(two, form).to_vector<std::int8_t>().front() == 127);
  CHECK(quantized_values(constant("c", {}, {9}), form).to_vector<std::int8_t>().front() == 127);
  CHECK(quantized_values(constant("c", {}, {-9}), form).to_vector<std::int8_t>().front() == -128);
}

TEST_CASE("constants that are not finite name tensor and element") {
  const ir::Tensor bad = constant("dense/kernel", {2}, {1, std::numeric_limits<float>::infinity()});
  CHECK_THROWS_WITH_AS(symmetric_int8(bad, kPerTensor), doctest::Contains("element 1 of the constant 'dense/kernel'"),
                       Error);
}

TEST_CASE("int8 bias: the product of the scales; too great a bias raises the filter's scale to 2^30") {
  const Form input = per_tensor(DType::int8, 0.5F, 3);
  const Form filter = per_channel(DType::int8, {0.25F, 1e-9F}, 0);
  const LinearForms forms = int8_linear(input, filter, constant("b", {2}, {1, 2}));
  CHECK(forms.bias.dtype == DType::int32);
  CHECK(forms.bias.quantization.scales[0] == 0.125F);
  CHECK(forms.filter.quantization.scales[0] == 0.25F);
  CHECK(forms.bias.quantization.scales[1] == static_cast<float>(2.0 / 0x1p30));
  CHECK(forms.filter.quantization.scales[1] == static_cast<float>(2.0 / 0x1p30 / 0.5));
  const auto q = quantized_values(constant("b", {2}, {1, 2}), forms.bias).to_vector<std::int32_t>();
  CHECK(q == std::vector<std::int32_t>{8, 1 << 30});
}

TEST_CASE("int16x8 keeps the int32 guard although the bias is int64") {
  const Form input = per_tensor(DType::int16, 0.001F, 0);
  const ir::Tensor bias = constant("b", {2}, {1, 2});
  const LinearForms forms = int16x8_linear(input, per_channel(DType::int8, {0.25F, 1e-9F}, 0), bias, DType::int64);
  CHECK(forms.filter.quantization.scales[0] == 0.25F);
  const auto greatest = static_cast<float>(4.0 / 2147483647.0 * static_cast<double>(127.0F / 0.001F));
  CHECK(forms.filter.quantization.scales[1] == greatest / 127.0F);
  CHECK(forms.bias.dtype == DType::int64);
  CHECK(forms.bias.quantization.scales[1] == forms.filter.quantization.scales[1] * 0.001F);
}

TEST_CASE("a bias of another length than the filter's channels names both") {
  const Form input = per_tensor(DType::int8, 1, 0);
  CHECK_THROWS_WITH_AS(int8_linear(input, per_channel(DType::int8, {1, 1, 1}, 0), constant("b", {2}, {1, 2})),
                       doctest::Contains("has 2 channels, its filter 3"), Error);
}

}  // namespace
}  // namespace litesmith::quantization
