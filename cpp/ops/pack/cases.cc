#include "base/error.h"
#include "ops/case.h"
#include "ops/case_strings.h"
#include "ops/pack/pack.h"

namespace litesmith::ops::pack {
namespace {

std::vector<Value> stacked(const std::vector<Value>& inputs, int axis) {
  Value all = inputs[0];
  for (std::size_t i = 1; i < inputs.size(); ++i)
    all.bytes.insert(all.bytes.end(), inputs[i].bytes.begin(), inputs[i].bytes.end());
  all.shape.dims().insert(all.shape.dims().begin(), static_cast<std::int32_t>(inputs.size()));
  Shape shape = inputs[0].shape;
  shape.dims().insert(shape.dims().begin() + axis, all.shape[0]);
  return {pick(all, shape, [axis](Index index) {
    const std::int64_t which = index[static_cast<std::size_t>(axis)];
    index.erase(index.begin() + axis);
    index.insert(index.begin(), which);
    return std::optional(index);
  })};
}

std::vector<Value> unstacked(const Value& x, int axis) {
  Shape shape = x.shape;
  shape.dims().erase(shape.dims().begin() + axis);
  std::vector<Value> results;
  for (std::int32_t i = 0; i < x.shape[axis]; ++i)
    results.push_back(pick(x, shape, [axis, i](Index index) {
      index.insert(index.begin() + axis, i);
      return std::optional(index);
    }));
  return results;
}

Case pack_case(DType type, const Shape& shape, int axis, int count) {
  std::vector<Value> inputs;
  for (int i = 0; i < count; ++i) {
    inputs.push_back(distinct(type, shape));
    if (type != DType::boolean)
      for (std::byte& byte : inputs.back().bytes) byte ^= static_cast<std::byte>(i * 29);
  }
  const int normal = axis < 0 ? axis + shape.rank() + 1 : axis;
  return {.name = concat(count, " x ", name(type), " ", shape, " at ", axis),
          .op = "PACK",
          .attrs = PackAttrs{count, axis},
          .inputs = inputs,
          .outputs = {type},
          .reference = [normal](const std::vector<Value>& operands) { return stacked(operands, normal); }};
}

Case unpack_case(DType type, const Shape& shape, int axis) {
  const int normal = axis < 0 ? axis + shape.rank() : axis;
  return {.name = concat(name(type), " ", shape, " at ", axis),
          .op = "UNPACK",
          .attrs = PackAttrs{shape[normal], axis},
          .inputs = {distinct(type, shape)},
          .outputs = std::vector<DType>(static_cast<std::size_t>(shape[normal]), type),
          .reference = [normal](const std::vector<Value>& operands) { return unstacked(operands[0], normal); }};
}

}  // namespace

std::vector<Case> cases() {
  const Case of_strings = {
      "strings",       "PACK",
      PackAttrs{2, 1}, {strings({2}, {"a", "b"}), strings({2}, {"", "d"})},
      {DType::string}, [](const std::vector<Value>&) {
                             return std::vector{strings({2, 2}, {"a", "", "b", "d"})}; }};
  return {of_strings,
          pack_case(DType::int32, {}, 0, 4),
          pack_case(DType::float32, {3, 5}, -1, 3),
          pack_case(DType::float32, {3, 5}, 0, 2),
          pack_case(DType::int8, {2, 3, 4, 5, 2}, 2, 7),
          pack_case(DType::boolean, {0, 2}, 1, 3),
          pack_case(DType::int64, {40, 50}, 1, 1),
          unpack_case(DType::int16, {4}, 0),
          unpack_case(DType::float32, {3, 5, 7}, -1),
          unpack_case(DType::float32, {3, 5, 7}, 0),
          unpack_case(DType::uint8, {2, 3, 4, 5, 2, 3}, 2),
          unpack_case(DType::boolean, {2, 0, 3}, 2)};
}

}  // namespace litesmith::ops::pack
