#include "ops/case.h"
#include "ops/reshape/reshape.h"

namespace litesmith::ops::reshape {

std::vector<Case> cases() {
  const auto expect = [](Shape shape) {
    return [shape](const std::vector<Value>& inputs) {
      Value y = inputs[0];
      y.shape = shape;
      return std::vector<Value>{y};
    };
  };
  const Value x = uniform(DType::float32, {2, 3, 4}, -1, 1, 7);
  return {
      {.name = "constant shape with -1",
       .op = "RESHAPE",
       .attrs = ReshapeAttrs{},
       .inputs = {x, constant(value_of<std::int32_t>({2}, {-1, 6}))},
       .outputs = {},
       .reference = expect({4, 6})},
      {.name = "shape from the options",
       .op = "RESHAPE",
       .attrs = ReshapeAttrs{{24}},
       .inputs = {x},
       .outputs = {},
       .reference = expect({24})},
      {.name = "shape fed at run time",
       .op = "RESHAPE",
       .attrs = ReshapeAttrs{},
       .inputs = {x, value_of<std::int32_t>({3}, {4, 3, -1})},
       .outputs = {},
       .reference = expect({4, 3, 2})},
  };
}

}  // namespace litesmith::ops::reshape
