#include <algorithm>

#include "ops/case.h"

namespace litesmith::ops::activation {
namespace {

std::function<std::vector<Value>(const std::vector<Value>&)> clamped(float low, float high) {
  return [low, high](const std::vector<Value>& inputs) {
    std::vector<float> y;
    for (const float x : inputs[0].as<float>()) y.push_back(std::clamp(x, low, high));
    return std::vector<Value>{value_of(inputs[0].shape, y)};
  };
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  const struct {
    std::string_view op;
    float low, high;
  } rows[] = {{"RELU", 0, 1e30f}, {"RELU6", 0, 6}, {"RELU_N1_TO_1", -1, 1}, {"RELU_0_TO_1", 0, 1}};
  for (const auto& row : rows)
    for (const int n : {1, 7, 16, 1000})
      list.push_back({.name = std::string(row.op) + " of " + std::to_string(n),
                      .op = row.op,
                      .attrs = {},
                      .inputs = {uniform(DType::float32, {3, n}, -10, 10, 1)},
                      .outputs = {},
                      .reference = clamped(row.low, row.high)});
  return list;
}

}  // namespace litesmith::ops::activation
