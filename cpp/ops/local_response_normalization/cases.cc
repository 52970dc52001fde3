#include <cmath>

#include "base/error.h"
#include "ops/case.h"
#include "ops/case_image.h"
#include "ops/local_response_normalization/local_response_normalization.h"

namespace litesmith::ops::local_response_normalization {
namespace {

std::vector<Value> naive(const LocalResponseNormalizationAttrs& a, const Value& input) {
  const Shape& s = input.shape;
  const auto x = [&](std::int32_t n, std::int32_t h, std::int32_t w, std::int32_t c) {
    return static_cast<double>(input.as<float>()[at(s, n, h, w, c)]);
  };
  std::vector<float> y;
  for_each(s, [&](std::int32_t n, std::int32_t h, std::int32_t w, std::int32_t c) {
    double squares = 0;
    for (std::int32_t j = 0; j < s[3]; ++j)
      if (std::abs(j - c) <= a.radius) squares += x(n, h, w, j) * x(n, h, w, j);
    const double base = static_cast<double>(a.bias) + static_cast<double>(a.alpha) * squares;
    y.push_back(static_cast<float>(x(n, h, w, c) / std::pow(base, static_cast<double>(a.beta))));
  });
  return {value_of(s, y)};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const std::int32_t channels : {1, 5, 16, 200})
    for (const LocalResponseNormalizationAttrs attrs :
         {LocalResponseNormalizationAttrs{}, LocalResponseNormalizationAttrs{2, 2.0F, 1e-4F, 0.75F},
          LocalResponseNormalizationAttrs{0, 1.0F, 0.5F, 1.5F}})
      list.push_back({.name = concat(channels, " channels, radius ", attrs.radius),
                      .op = "LOCAL_RESPONSE_NORMALIZATION",
                      .attrs = attrs,
                      .inputs = {uniform(DType::float32, {2, 3, 2, channels}, -4, 4, 1)},
                      .outputs = {},
                      .reference = [attrs](const std::vector<Value>& inputs) { return naive(attrs, inputs[0]); },
                      .relative = 1e-6,
                      .absolute = 0});
  return list;
}

}  // namespace litesmith::ops::local_response_normalization
