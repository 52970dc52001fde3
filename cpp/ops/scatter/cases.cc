#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "ops/case.h"
#include "ops/scatter/scatter.h"

namespace litesmith::ops::scatter {
namespace {

/// Flat position of every entry of the updates in the result.
std::vector<std::size_t> places(const Value& indices, const Shape& result) {
  const int depth = indices.shape.back();
  const auto inner = static_cast<std::size_t>(result.count(depth, result.rank()));
  const auto values = indices.as<std::int32_t>();
  std::vector<std::size_t> list;
  for (std::size_t row = 0; row < values.size(); row += static_cast<std::size_t>(depth)) {
    std::size_t at = 0;
    for (int d = 0; d < depth; ++d)
      at = at * static_cast<std::size_t>(result[d]) +
           static_cast<std::size_t>(values[row + static_cast<std::size_t>(d)]);
    for (std::size_t i = 0; i < inner; ++i) list.push_back(at * inner + i);
  }
  return list;
}

template <class T>
Case sums(const Shape& indices, const Shape& result, bool is_constant) {
  const int depth = indices.back();
  std::vector<std::int32_t> dims(indices.begin(), indices.end() - 1);
  dims.insert(dims.end(), result.begin() + depth, result.end());
  Value shape = value_of<std::int32_t>({result.rank()}, result.dims());
  shape.constant = is_constant;
  return {.name = concat(name(kDTypeOf<T>), " ", indices, " into ", result),
          .op = "SCATTER_ND",
          .attrs = {},
          .inputs = {uniform(DType::int32, indices, 0, 1, 3), uniform(kDTypeOf<T>, Shape(dims), 0, 100, 4), shape},
          .outputs = {kDTypeOf<T>},
          .reference = [result](const std::vector<Value>& inputs) {
            std::vector<T> y(static_cast<std::size_t>(elements(result)));
            const auto at = places(inputs[0], result);
            for (std::size_t i = 0; i < at.size(); ++i) y[at[i]] = static_cast<T>(y[at[i]] + inputs[1].as<T>()[i]);
            return std::vector<Value>{value_of(result, y)};
          }};
}

Case sparse(const std::vector<std::int32_t>& indices, const Shape& indices_shape, const Shape& result, bool one_value) {
  const auto count = indices_shape.rank() == 0 ? 1 : indices_shape[0];
  return {.name = concat(indices_shape, " into ", result, one_value ? " of one value" : ""),
          .op = "SPARSE_TO_DENSE",
          .attrs = SparseToDenseAttrs{},
          .inputs = {value_of(indices_shape, indices), value_of<std::int32_t>({result.rank()}, result.dims()),
                     one_value ? distinct(DType::float32, {}) : distinct(DType::float32, {count}),
                     value_of<float>({}, {-2.5f})},
          .outputs = {DType::float32},
          .reference = [result, one_value](const std::vector<Value>& inputs) {
            std::vector<float> y(static_cast<std::size_t>(elements(result)), -2.5f);
            Value matrix = inputs[0];
            const std::int32_t depth = result.rank();
            matrix.shape = Shape{static_cast<std::int32_t>(elements(matrix.shape)) / depth, depth};
            const auto at = places(matrix, result);
            for (std::size_t i = 0; i < at.size(); ++i) y[at[i]] = inputs[2].as<float>()[one_value ? 0 : i];
            return std::vector<Value>{value_of(result, y)};
          }};
}

Case update(DType type, const Shape& x, const Shape& slice, const std::vector<std::int64_t>& starts, Index clamped) {
  Value changes = distinct(type, slice);
  std::reverse(changes.bytes.begin(), changes.bytes.end());
  return {.name = concat(name(type), " ", slice, " into ", x),
          .op = "DYNAMIC_UPDATE_SLICE",
          .attrs = {},
          .inputs = {distinct(type, x), changes, value_of<std::int64_t>({x.rank()}, starts)},
          .outputs = {type},
          .reference = [clamped](const std::vector<Value>& inputs) {
            Value both = inputs[0];  // operand and update, one after the other
            both.bytes.insert(both.bytes.end(), inputs[1].bytes.begin(), inputs[1].bytes.end());
            both.shape = Shape{static_cast<std::int32_t>(elements(inputs[0].shape) + elements(inputs[1].shape))};
            return std::vector<Value>{pick(both, inputs[0].shape, [&](const Index& index) {
              std::int64_t at = 0;
              std::int64_t inside = elements(inputs[0].shape);
              std::int64_t in_update = 0;
              bool is_inside = true;
              for (int d = 0; d < inputs[0].shape.rank(); ++d) {
                const auto axis = static_cast<std::size_t>(d);
                const std::int64_t offset = index[axis] - clamped[axis];
                at = at * inputs[0].shape[d] + index[axis];
                in_update = in_update * inputs[1].shape[d] + offset;
                is_inside = is_inside && offset >= 0 && offset < inputs[1].shape[d];
              }
              return std::optional(Index{is_inside ? inside + in_update : at});
            })};
          }};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const bool is_constant : {true, false}) {
    list.push_back(sums<float>({9, 1}, {3, 4}, is_constant));
    list.push_back(sums<float>({2, 3, 2}, {2, 2, 5}, is_constant));
    list.push_back(sums<std::int8_t>({40, 3}, {2, 2, 2}, is_constant));
    list.push_back(sums<std::uint8_t>({5, 1}, {2, 3}, is_constant));
    list.push_back(sums<std::int32_t>({4, 1}, {4}, is_constant));
    list.push_back(sums<std::int64_t>({1, 2}, {2, 3, 2, 2, 2, 2}, is_constant));
    list.push_back(sums<std::int64_t>({2}, {2, 3}, is_constant));
  }
  list.push_back(sparse({3}, {}, {5}, false));
  list.push_back(sparse({0, 4, 2}, {3}, {5}, false));
  list.push_back(sparse({0, 1, 2, 0, 1, 1}, {3, 2}, {3, 2}, true));
  list.push_back(sparse({0, 1, 2, 1, 0, 1}, {2, 3}, {2, 2, 3}, false));
  list.push_back(update(DType::float32, {4, 5}, {2, 3}, {1, 2}, {1, 2}));
  list.push_back(update(DType::int8, {4, 5}, {2, 3}, {-7, 9}, {0, 2}));
  list.push_back(update(DType::int64, {2, 3, 2, 2, 2}, {2, 1, 2, 1, 1}, {0, 2, 0, 1, 0}, {0, 2, 0, 1, 0}));
  list.push_back(update(DType::boolean, {4}, {0}, {2}, {2}));
  list.push_back(update(DType::int16, {}, {}, {}, {}));
  return list;
}

}  // namespace litesmith::ops::scatter
