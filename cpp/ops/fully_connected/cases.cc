#include <algorithm>

#include "base/error.h"
#include "ops/case.h"
#include "ops/fully_connected/fully_connected.h"

namespace litesmith::ops::fully_connected {
namespace {

std::vector<Value> naive(const FullyConnectedAttrs& attrs, const std::vector<Value>& inputs) {
  const auto x = inputs[0].as<float>();
  const auto w = inputs[1].as<float>();
  const auto bias = inputs[2].as<float>();
  const auto out = static_cast<std::size_t>(inputs[1].shape[0]);
  const auto in = static_cast<std::size_t>(inputs[1].shape[1]);
  Clamp clamp{};
  clamp_of(attrs.activation, clamp);
  std::vector<float> y;
  for (std::size_t row = 0; row < x.size() / in; ++row)
    for (std::size_t o = 0; o < out; ++o) {
      double sum = inputs[2].absent ? 0 : static_cast<double>(bias[o]);
      for (std::size_t i = 0; i < in; ++i) sum += static_cast<double>(x[row * in + i]) * w[o * in + i];
      y.push_back(std::clamp(static_cast<float>(sum), clamp.low, clamp.high));
    }
  Shape shape{static_cast<std::int32_t>(x.size() / in), inputs[1].shape[0]};
  if (attrs.keep_num_dims) {
    shape = inputs[0].shape;
    shape.dims().back() = inputs[1].shape[0];
  }
  return {value_of(shape, y)};
}

Case make(const Shape& input, std::int32_t out, std::int32_t in, FullyConnectedAttrs attrs, bool is_constant,
          bool has_bias) {
  Value x = uniform(DType::float32, input, -1, 1, 1);
  Value w = uniform(DType::float32, {out, in}, -1, 1, 2);
  Value bias = has_bias ? uniform(DType::float32, {out}, -1, 1, 3) : absent();
  w.constant = bias.constant = is_constant;
  return {.name = concat(input, " by [", out, ", ", in, "], ", name(attrs.activation), is_constant ? "" : ", fed",
                         has_bias ? "" : ", no bias", attrs.keep_num_dims ? ", keeps dims" : ""),
          .op = "FULLY_CONNECTED",
          .attrs = attrs,
          .inputs = {x, w, bias},
          .outputs = {},
          .reference = [attrs](const std::vector<Value>& inputs) { return naive(attrs, inputs); },
          .relative = 1e-6 * in,
          .absolute = 0};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const bool is_constant : {true, false})
    for (const bool has_bias : {true, false}) {
      for (const std::int32_t out : {1, 7, 16, 49, 130})
        for (const std::int32_t in : {1, 9, 64})
          for (const std::int32_t rows : {1, 5}) list.push_back(make({rows, in}, out, in, {}, is_constant, has_bias));
      list.push_back(make({3, 700}, 300, 700, {.activation = Activation::relu6}, is_constant, has_bias));
    }
  for (const Activation activation : {Activation::relu, Activation::relu_n1_to_1, Activation::relu6})
    list.push_back(make({4, 20}, 33, 20, {.activation = activation}, true, true));
  list.push_back(make({2, 3, 4}, 5, 12, {}, true, true));
  list.push_back(make({2, 3, 4}, 5, 2, {}, true, true));
  list.push_back(make({12}, 5, 4, {}, true, true));
  list.push_back(make({2, 3, 1, 4}, 5, 4, {.keep_num_dims = true}, true, true));
  list.push_back(make({0, 4}, 5, 4, {}, true, true));
  return list;
}

}  // namespace litesmith::ops::fully_connected
