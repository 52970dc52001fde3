#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "kernels/requantize/fixed_point.h"
#include "ops/case.h"

namespace litesmith::ops::l2_normalization {
namespace {

std::vector<Value> naive(const std::vector<Value>& inputs) {
  const auto x = inputs[0].as<float>();
  const auto columns = static_cast<std::size_t>(inputs[0].shape.back());
  std::vector<float> y;
  for (std::size_t first = 0; first < x.size(); first += columns) {
    double squares = 0;
    for (const float v : x.subspan(first, columns)) squares += static_cast<double>(v) * static_cast<double>(v);
    for (const float v : x.subspan(first, columns))
      y.push_back(static_cast<float>(static_cast<double>(v) / std::max(std::sqrt(squares), 1e-6)));
  }
  return {value_of(inputs[0].shape, y)};
}

template <class T>
std::vector<Value> naive_quantized(const std::vector<Value>& inputs) {
  const auto x = inputs[0].as<T>();
  const auto columns = static_cast<std::size_t>(inputs[0].shape.back());
  const bool is_signed = std::is_signed_v<T>;
  std::vector<T> y;
  for (std::size_t first = 0; first < x.size(); first += columns) {
    std::int32_t squares = 0;
    for (const T v : x.subspan(first, columns)) squares += (v - 3) * (v - 3);
    const kernels::Multiplier norm = kernels::inverse_square_root(squares);
    for (const T v : x.subspan(first, columns)) {
      // uint8: the factor 128 in front of the multiplication, int8: in its exponent.
      const std::int32_t steps = is_signed ? kernels::multiply(v - 3, {norm.q, norm.exponent + 7})
                                           : kernels::multiply(128 * (v - 3), norm) + 128;
      y.push_back(static_cast<T>(std::clamp(steps, is_signed ? -128 : 0, is_signed ? 127 : 255)));
    }
  }
  return {value_of(inputs[0].shape, y)};
}

template <class T>
Case quantized(const Shape& shape) {
  Value x = uniform(kDTypeOf<T>, shape, std::is_signed_v<T> ? -128 : 0, 127, 2);
  x.quantization = {{0.5F}, {3}};
  return {.name = concat(name(kDTypeOf<T>), " ", shape),
          .op = "L2_NORMALIZATION",
          .attrs = {},
          .inputs = {x},
          .outputs = {kDTypeOf<T>},
          .reference = naive_quantized<T>,
          .output_quantization = {{{1.0F / 128}, {std::is_signed_v<T> ? 0 : 128}}}};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Shape& shape : {Shape{1}, Shape{2, 3, 17}, Shape{4, 300}}) {
    list.push_back(quantized<std::int8_t>(shape));
    list.push_back(quantized<std::uint8_t>(shape));
  }
  for (const Shape& shape : {Shape{1}, Shape{5}, Shape{2, 16}, Shape{2, 3, 17}, Shape{1, 2, 3, 100}, Shape{40, 1000}})
    for (const double scale : {3.0, 1e-9, 0.0})
      list.push_back({.name = concat(shape, " up to ", scale),
                      .op = "L2_NORMALIZATION",
                      .attrs = {},
                      .inputs = {uniform(DType::float32, shape, -scale, scale, 1)},
                      .outputs = {},
                      .reference = naive,
                      .relative = 1e-6,
                      .absolute = 0});
  return list;
}

}  // namespace litesmith::ops::l2_normalization
