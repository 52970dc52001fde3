#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ops/case.h"

namespace litesmith::ops::l2_normalization {
namespace {

std::vector<Value> naive(const std::vector<Value>& inputs) {
  const auto x = inputs[0].as<float>();
  const auto columns = static_cast<std::size_t>(inputs[0].shape.back());
  std::vector<float> y;
  for (std::size_t first = 0; first < x.size(); first += columns) {
    double squares = 0;
    for (const float v : x.subspan(first, columns)) squares += static_cast<double>(v) * static_cast<double>(v);
    for (const float v : x.subspan(first, columns))
      y.push_back(static_cast<float>(static_cast<double>(v) / std::max(std::sqrt(squares), 1e-6)));
  }
  return {value_of(inputs[0].shape, y)};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Shape& shape : {Shape{1}, Shape{5}, Shape{2, 16}, Shape{2, 3, 17}, Shape{1, 2, 3, 100}, Shape{40, 1000}})
    for (const double scale : {3.0, 1e-9, 0.0})
      list.push_back({.name = concat(shape, " up to ", scale),
                      .op = "L2_NORMALIZATION",
                      .attrs = {},
                      .inputs = {uniform(DType::float32, shape, -scale, scale, 1)},
                      .outputs = {},
                      .reference = naive,
                      .relative = 1e-6,
                      .absolute = 0});
  return list;
}

}  // namespace litesmith::ops::l2_normalization
