#include "ops/case.h"
#include "ops/reshape/reshape.h"

namespace litesmith::ops::reshape {
namespace {

Case same_bytes(std::string name, std::string_view op, ir::Attrs attrs, std::vector<Value> inputs, Shape shape) {
  const DType type = inputs[0].dtype;
  return {.name = std::move(name),
          .op = op,
          .attrs = std::move(attrs),
          .inputs = std::move(inputs),
          .outputs = {type},
          .reference = [shape](const std::vector<Value>& operands) {
            Value y = operands[0];
            y.shape = shape;
            return std::vector<Value>{y};
          }};
}

Value ints(const std::vector<std::int32_t>& values) {
  return value_of<std::int32_t>({static_cast<std::int32_t>(values.size())}, values);
}

}  // namespace

std::vector<Case> cases() {
  const Value x = distinct(DType::float32, {2, 3, 4});
  const Value ones = distinct(DType::int16, {1, 5, 1, 2});
  const ReshapeAttrs none{};
  const Value axis = value_of<std::int32_t>({}, {-2});
  return {
      same_bytes("constant shape with -1", "RESHAPE", none, {x, constant(ints({-1, 6}))}, {4, 6}),
      same_bytes("shape from the options", "RESHAPE", ReshapeAttrs{{24}}, {x}, {24}),
      same_bytes("shape fed at run time", "RESHAPE", none, {x, ints({4, 3, -1})}, {4, 3, 2}),
      same_bytes("an int64 shape", "RESHAPE", none, {x, constant(value_of<std::int64_t>({2}, {3, 8}))}, {3, 8}),
      same_bytes("nothing stays nothing", "RESHAPE", none, {distinct(DType::int8, {0, 3}), ints({3, 0, 7})}, {3, 0, 7}),
      same_bytes("a scalar written as [0]", "RESHAPE", ReshapeAttrs{{0}}, {distinct(DType::int64, {1, 1})}, {}),
      same_bytes("a scalar from an empty shape", "RESHAPE", none, {distinct(DType::boolean, {1}), ints({})}, {}),
      same_bytes("every dimension of 1", "SQUEEZE", SqueezeAttrs{}, {ones}, {5, 2}),
      same_bytes("one negative axis", "SQUEEZE", SqueezeAttrs{{-2}}, {ones}, {1, 5, 2}),
      same_bytes("two axes", "SQUEEZE", SqueezeAttrs{{0, 2}}, {ones}, {5, 2}),
      same_bytes("a constant axis", "EXPAND_DIMS", {}, {x, constant(axis)}, {2, 3, 1, 4}),
      same_bytes("an axis fed at run time", "EXPAND_DIMS", {}, {x, axis}, {2, 3, 1, 4}),
      same_bytes("values that are dense already", "DENSIFY", {}, {constant(x)}, {2, 3, 4}),
      same_bytes("a scalar", "EXPAND_DIMS", {},
                 {distinct(DType::complex64, {}), constant(value_of<std::int32_t>({1}, {0}))}, {1}),
  };
}

}  // namespace litesmith::ops::reshape
