#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ops/case.h"
#include "ops/softmax/softmax.h"

namespace litesmith::ops::softmax {
namespace {

std::vector<Value> naive(const Value& input, double beta, bool logarithm) {
  const auto x = input.as<float>();
  const auto columns = static_cast<std::size_t>(input.shape.back());
  std::vector<float> y;
  for (std::size_t first = 0; first < x.size(); first += columns) {
    const auto row = x.subspan(first, columns);
    const double most = static_cast<double>(*std::max_element(row.begin(), row.end()));
    double sum = 0;
    for (const float v : row) sum += std::exp(beta * (static_cast<double>(v) - most));
    for (const float v : row) {
      const double log_of_y = beta * (static_cast<double>(v) - most) - std::log(sum);
      y.push_back(static_cast<float>(logarithm ? log_of_y : std::exp(log_of_y)));
    }
  }
  return {value_of(input.shape, y)};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const std::string_view op : {"SOFTMAX", "LOG_SOFTMAX"})
    for (const Shape& shape : {Shape{1}, Shape{7}, Shape{3, 10}, Shape{2, 3, 16}, Shape{5, 17}, Shape{2, 33},
                               Shape{1, 1001}, Shape{300, 257}, Shape{2, 2, 2, 2, 5}, Shape{0, 4}})
      for (const float beta : {1.0F, 0.5F, 3.0F}) {
        const bool logarithm = op == "LOG_SOFTMAX";
        if (logarithm && beta != 1) continue;
        list.push_back({.name = concat(shape, " beta ", beta),
                        .op = op,
                        .attrs = logarithm ? ir::Attrs() : ir::Attrs(SoftmaxAttrs{beta}),
                        .inputs = {uniform(DType::float32, shape, -9, 9, 1)},
                        .outputs = {},
                        .reference =
                            [=](const std::vector<Value>& inputs) {
                              return naive(inputs[0], static_cast<double>(beta), logarithm);
                            },
                        .relative = 2e-6,
                        .absolute = 0});
      }
  return list;
}

}  // namespace litesmith::ops::softmax
