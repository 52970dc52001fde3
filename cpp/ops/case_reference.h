#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "base/error.h"
#include "ops/case.h"

namespace litesmith::ops {

using Reference = std::function<std::vector<Value>(const std::vector<Value>& inputs)>;

/// Reference of y[i] = f(x[i]), element types X and Y.
template <class X, class Y, class Function>
Reference mapped(Function f) {
  return [f](const std::vector<Value>& inputs) {
    std::vector<Y> y;
    for (const X x : inputs[0].as<X>()) y.push_back(static_cast<Y>(f(x)));
    return std::vector<Value>{value_of(inputs[0].shape, y)};
  };
}

/// Index into an operand of shape `shape` for result element `i` of shape `result`, by the definition of broadcasting.
inline std::size_t broadcast_index(const Shape& result, const Shape& shape, std::int64_t i) {
  std::int64_t index = 0, stride = 1;
  for (int k = 1; k <= result.rank(); ++k) {
    const std::int64_t at = i % result.back(k);
    i /= result.back(k);
    if (k > shape.rank()) continue;
    if (shape.back(k) != 1) index += at * stride;
    stride *= shape.back(k);
  }
  return static_cast<std::size_t>(index);
}

/// Reference of z = f(x, y) with broadcasting.
template <class X, class Z, class Function>
Reference broadcast_mapped(Function f) {
  return [f](const std::vector<Value>& inputs) {
    const Shape result = broadcast(inputs[0].shape, inputs[1].shape).value();
    const auto x = inputs[0].as<X>(), y = inputs[1].as<X>();
    std::vector<Z> z;
    for (std::int64_t i = 0; i < elements(result); ++i)
      z.push_back(static_cast<Z>(
          f(x[broadcast_index(result, inputs[0].shape, i)], y[broadcast_index(result, inputs[1].shape, i)])));
    return std::vector<Value>{value_of(result, z)};
  };
}

inline ir::Quantization per_tensor(float scale, std::int64_t zero_point) {
  ir::Quantization quantization;
  quantization.scales = {scale};
  quantization.zero_points = {zero_point};
  return quantization;
}
inline Value quantized(Value value, const ir::Quantization& quantization) {
  value.quantization = quantization;
  return value;
}
/// A level limited to what its type holds.
template <class T>
T saturated(double level) {
  return static_cast<T>(
      std::clamp(level, double{std::numeric_limits<T>::lowest()}, double{std::numeric_limits<T>::max()}));
}

/// A reference that computes bytes of 0 and 1, as one of booleans.
inline Reference as_bool(Reference reference) {
  return [reference = std::move(reference)](const std::vector<Value>& inputs) {
    std::vector<Value> results = reference(inputs);
    results[0].dtype = DType::boolean;
    return results;
  };
}

}  // namespace litesmith::ops
