#include <algorithm>

#include "base/error.h"
#include "ops/case.h"
#include "ops/split/split.h"

namespace litesmith::ops::split {
namespace {

std::function<std::vector<Value>(const std::vector<Value>&)> parts_of(int value, int axis, std::vector<int> parts) {
  return [=](const std::vector<Value>& inputs) {
    const Value& x = inputs[static_cast<std::size_t>(value)];
    std::vector<Value> results;
    std::int64_t start = 0;
    for (const int part : parts) {
      Shape shape = x.shape;
      shape[axis] = part;
      results.push_back(pick(x, shape, [&](Index index) {
        index[static_cast<std::size_t>(axis)] += start;
        return std::optional(index);
      }));
      start += part;
    }
    return results;
  };
}

}  // namespace

std::vector<Case> cases() {
  const struct {
    DType type;
    Shape shape;
    std::int32_t axis;
    std::vector<std::int32_t> sizes;
    std::vector<int> parts;
  } rows[] = {
      {DType::float32, {2, 6, 4}, 1, {2, 2, 2}, {2, 2, 2}}, {DType::float32, {2, 6, 4}, -1, {1, 3}, {1, 3}},
      {DType::int8, {12}, 0, {3, -1, 4}, {3, 5, 4}},        {DType::int16, {2, 3, 2, 2, 2, 2}, 1, {0, 3}, {0, 3}},
      {DType::boolean, {3, 4}, -2, {1, 1, 1}, {1, 1, 1}},   {DType::int64, {300, 64}, 1, {32, 32}, {32, 32}}};
  std::vector<Case> list;
  for (const auto& row : rows) {
    const int axis = row.axis < 0 ? row.axis + row.shape.rank() : row.axis;
    const auto count = static_cast<std::int32_t>(row.parts.size());
    const Value x = distinct(row.type, row.shape);
    const Value at = value_of<std::int32_t>({}, {row.axis});
    const std::vector<DType> types(row.parts.size(), row.type);
    const bool is_even = std::equal(row.parts.begin() + 1, row.parts.end(), row.parts.begin());
    for (const bool fed : {false, true}) {
      const auto given = [fed](Value v) { return fed ? v : constant(std::move(v)); };
      const std::string name = concat(row.shape, " along ", row.axis, fed ? " fed" : "");
      list.push_back({name,
                      "SPLIT_V",
                      SplitAttrs{count},
                      {x, given(value_of<std::int32_t>({count}, row.sizes)), given(at)},
                      types,
                      parts_of(0, axis, row.parts)});
      if (is_even)
        list.push_back({name, "SPLIT", SplitAttrs{count}, {given(at), x}, types, parts_of(1, axis, row.parts)});
    }
  }
  return list;
}

}  // namespace litesmith::ops::split
