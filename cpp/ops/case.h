#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/dtype.h"
#include "base/shape.h"
#include "ir/model.h"

namespace litesmith::ops {

/// A tensor with its values, dense and native-endian.
struct Value {
  DType dtype = DType::float32;
  Shape shape;
  std::vector<std::byte> bytes;
  ir::Quantization quantization{};
  /// Given to the operator as a constant instead of being fed.
  bool constant = false;
  bool absent = false;
  /// A variable of the model: `bytes` are its state before the operator runs.
  bool is_variable = false;

  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

/// One thing worth trying on an operator: inputs, attributes and a naive reference.
struct Case {
  std::string name;
  std::string_view op;
  ir::Attrs attrs;
  std::vector<Value> inputs;
  /// Types of the results; one float32 result when empty.
  std::vector<DType> outputs;
  /// Computes the results the slow and obvious way; null = only that every ISA equals scalar bit for bit.
  std::function<std::vector<Value>(const std::vector<Value>& inputs)> reference;
  /// Allowed difference of float results to the reference: |a - b| <= relative * max |b| + absolute. Integers are
  /// equal.
  double relative = 0;
  double absolute = 0;
  /// Quantization of the results; none for those past its end.
  std::vector<ir::Quantization> output_quantization{};
};

/// Seeded values for cases: floats uniform in [low, high], integers likewise (bounds included).
Value uniform(DType dtype, const Shape& shape, double low, double high, std::uint64_t seed);
Value constant(Value value);
template <class T>
Value value_of(const Shape& shape, const std::vector<T>& values) {
  Value result{kDTypeOf<T>, shape, {}, {}, false, false, false};
  const auto* first = reinterpret_cast<const std::byte*>(values.data());
  result.bytes.assign(first, first + values.size() * sizeof(T));
  return result;
}
/// Values of any type whose elements differ from each other as long as their width allows.
Value distinct(DType dtype, const Shape& shape);

using Index = std::vector<std::int64_t>;
/// The slow way of every operator that moves elements: entry `index` of the result is x[source(index)], or `otherwise`
/// (bytes of one element; zeros when empty) where `source` gives nothing. Fails for an index outside of x.
Value pick(const Value& x, const Shape& shape, const std::function<std::optional<Index>(const Index& index)>& source,
           const std::vector<std::byte>& otherwise = {});

inline Value absent() {
  Value result;
  result.absent = true;
  return result;
}

}  // namespace litesmith::ops
