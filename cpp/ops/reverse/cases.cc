#include <algorithm>

#include "base/error.h"
#include "ops/case.h"
#include "ops/reverse/reverse.h"

namespace litesmith::ops::reverse {
namespace {

Case turned(DType type, const Shape& shape, const std::vector<std::int32_t>& axes, bool is_constant) {
  Value operand = value_of<std::int32_t>({static_cast<std::int32_t>(axes.size())}, axes);
  operand.constant = is_constant;
  return {.name = concat(name(type), " ", shape, is_constant ? "" : " fed"),
          .op = "REVERSE_V2",
          .attrs = {},
          .inputs = {distinct(type, shape), operand},
          .outputs = {type},
          .reference = [axes](const std::vector<Value>& inputs) {
            const Shape& x = inputs[0].shape;
            return std::vector{pick(inputs[0], x, [&](Index index) {
              for (const std::int32_t axis : axes) {
                const int at = axis < 0 ? axis + x.rank() : axis;
                std::int64_t& i = index[static_cast<std::size_t>(at)];
                i = x[at] - 1 - i;
              }
              return std::optional(index);
            })};
          }};
}

Case sequences(DType type, const Shape& shape, ReverseSequenceAttrs attrs, const std::vector<std::int64_t>& lengths) {
  return {
      .name = concat(name(type), " ", shape, " along ", attrs.sequence_axis, " by ", attrs.batch_axis),
      .op = "REVERSE_SEQUENCE",
      .attrs = attrs,
      .inputs = {distinct(type, shape), value_of<std::int64_t>({static_cast<std::int32_t>(lengths.size())}, lengths)},
      .outputs = {type},
      .reference = [attrs, lengths](const std::vector<Value>& inputs) {
        return std::vector{pick(inputs[0], inputs[0].shape, [&](Index index) {
          const std::int64_t length =
              lengths[static_cast<std::size_t>(index[static_cast<std::size_t>(attrs.batch_axis)])];
          std::int64_t& i = index[static_cast<std::size_t>(attrs.sequence_axis)];
          if (i < length) i = length - 1 - i;
          return std::optional(index);
        })};
      }};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const bool is_constant : {true, false}) {
    list.push_back(turned(DType::float32, {3, 4, 5}, {1}, is_constant));
    list.push_back(turned(DType::int8, {17}, {-1}, is_constant));
    list.push_back(turned(DType::boolean, {3, 4, 2}, {0, -1}, is_constant));
    list.push_back(turned(DType::int64, {2, 3, 2, 2, 3, 2}, {1, 2, 4}, is_constant));
    list.push_back(turned(DType::float16, {2, 3}, {}, is_constant));
    list.push_back(turned(DType::float32, {0, 3}, {0, 1}, is_constant));
  }
  list.push_back(sequences(DType::float32, {3, 5}, {1, 0}, {0, 5, 3}));
  list.push_back(sequences(DType::float32, {5, 3, 2}, {0, 1}, {1, 2, 4}));
  list.push_back(sequences(DType::int16, {2, 4, 3, 5, 2}, {3, 1}, {5, 0, 2, 3}));
  list.push_back(sequences(DType::int8, {2, 4, 3, 5, 2}, {1, 3}, {4, 0, 1, 2, 3}));
  return list;
}

}  // namespace litesmith::ops::reverse
