#include <cmath>

#include "base/error.h"
#include "ops/case.h"
#include "ops/case_image.h"
#include "ops/pool_2d/pool_2d.h"

namespace litesmith::ops::pool_2d {
namespace {

double pooled(std::string_view op, const std::vector<double>& window) {
  double sum = 0;
  double squares = 0;
  for (const double x : window) {
    sum += x;
    squares += x * x;
  }
  const auto count = static_cast<double>(window.size());
  if (op == "AVERAGE_POOL_2D") return sum / count;
  if (op == "L2_POOL_2D") return std::sqrt(squares / count);
  return *std::max_element(window.begin(), window.end());
}

std::vector<Value> naive(std::string_view op, const Pool2dAttrs& a, const Value& input) {
  const Shape& xs = input.shape;
  const Extent h = extent(a.padding, xs[1], a.filter_h, a.stride_h);
  const Extent v = extent(a.padding, xs[2], a.filter_w, a.stride_w);
  const Shape ys{xs[0], h.out, v.out, xs[3]};
  Clamp clamp{};
  clamp_of(a.activation, clamp);
  std::vector<float> y;
  for_each(ys, [&](std::int32_t b, std::int32_t oy, std::int32_t ox, std::int32_t c) {
    std::vector<double> window;
    for (std::int32_t ky = 0; ky < a.filter_h; ++ky)
      for (std::int32_t kx = 0; kx < a.filter_w; ++kx) {
        const std::int32_t iy = oy * a.stride_h + ky - h.before;
        const std::int32_t ix = ox * a.stride_w + kx - v.before;
        if (iy >= 0 && iy < xs[1] && ix >= 0 && ix < xs[2])
          window.push_back(static_cast<double>(input.as<float>()[at(xs, b, iy, ix, c)]));
      }
    y.push_back(std::clamp(static_cast<float>(pooled(op, window)), clamp.low, clamp.high));
  });
  return {value_of(ys, y)};
}

Case make(std::string_view op, const Shape& input, Pool2dAttrs attrs) {
  return {.name = concat(input, " window ", attrs.filter_h, ",", attrs.filter_w, " strides ", attrs.stride_h, ",",
                         attrs.stride_w, " ", padding_name(attrs.padding), " ", name(attrs.activation)),
          .op = op,
          .attrs = attrs,
          .inputs = {uniform(DType::float32, input, -2, 9, 1)},
          .outputs = {},
          .reference = [op, attrs](const std::vector<Value>& inputs) { return naive(op, attrs, inputs[0]); },
          .relative = 2e-7 * attrs.filter_h * attrs.filter_w,
          .absolute = 0};
}

template <class T>
std::vector<Value> naive_integer(std::string_view op, const Pool2dAttrs& a, const Value& input) {
  const Shape& xs = input.shape;
  const Extent h = extent(a.padding, xs[1], a.filter_h, a.stride_h);
  const Extent v = extent(a.padding, xs[2], a.filter_w, a.stride_w);
  const Shape ys{xs[0], h.out, v.out, xs[3]};
  std::vector<T> y;
  for_each(ys, [&](std::int32_t b, std::int32_t oy, std::int32_t ox, std::int32_t c) {
    std::vector<double> window;
    for (std::int32_t ky = 0; ky < a.filter_h; ++ky)
      for (std::int32_t kx = 0; kx < a.filter_w; ++kx) {
        const std::int32_t iy = oy * a.stride_h + ky - h.before;
        const std::int32_t ix = ox * a.stride_w + kx - v.before;
        if (iy >= 0 && iy < xs[1] && ix >= 0 && ix < xs[2]) window.push_back(input.as<T>()[at(xs, b, iy, ix, c)]);
      }
    y.push_back(static_cast<T>(std::round(pooled(op, window))));
  });
  return {value_of(ys, y)};
}

template <class T>
Case make_integer(std::string_view op, const Shape& input, Pool2dAttrs attrs) {
  return {.name = concat(name(kDTypeOf<T>), " ", input, " window ", attrs.filter_h, ",", attrs.filter_w),
          .op = op,
          .attrs = attrs,
          .inputs = {uniform(kDTypeOf<T>, input, std::is_signed_v<T> ? -100 : 0, 100, 1)},
          .outputs = {kDTypeOf<T>},
          .reference = [op, attrs](const std::vector<Value>& in) { return naive_integer<T>(op, attrs, in[0]); }};
}

void add_integers(std::vector<Case>& list, std::string_view op) {
  for (const std::int32_t channels : {16, 24, 70, 100}) {
    const Pool2dAttrs attrs{.padding = Padding::same, .stride_h = 2, .stride_w = 2, .filter_h = 3, .filter_w = 3};
    list.push_back(make_integer<std::int8_t>(op, {1, 6, 11, channels}, attrs));
    list.push_back(make_integer<std::int16_t>(op, {1, 6, 11, channels}, attrs));
  }
  for (const std::int32_t filter : {1, 2, 3})
    for (const std::int32_t channels : {1, 5, 300}) {
      const Shape shape{2, 5, 6, channels};
      const Pool2dAttrs attrs{.stride_h = 2, .filter_h = filter, .filter_w = 2};
      list.push_back(make_integer<std::int8_t>(op, shape, attrs));
      list.push_back(make_integer<std::uint8_t>(op, shape, attrs));
      list.push_back(make_integer<std::int16_t>(op, shape, attrs));
    }
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  add_integers(list, "AVERAGE_POOL_2D");
  add_integers(list, "MAX_POOL_2D");
  for (const std::string_view op : {"AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"}) {
    for (const Padding padding : {Padding::same, Padding::valid})
      for (const std::int32_t stride : {1, 2, 3})
        for (const std::int32_t filter : {1, 2, 3})
          list.push_back(make(op, {2, 7, 8, 5},
                              {.padding = padding,
                               .stride_h = stride,
                               .stride_w = 2,
                               .filter_h = filter,
                               .filter_w = filter == 3 ? 2 : filter}));
    for (const std::int32_t channels : {1, 8, 17, 256, 300})
      list.push_back(make(op, {1, 7, 7, channels}, {.padding = Padding::valid, .filter_h = 7, .filter_w = 7}));
    for (const std::int32_t channels : {4, 16, 23, 37})
      list.push_back(make(op, {1, 6, 11, channels},
                          {.padding = Padding::same, .stride_h = 2, .stride_w = 2, .filter_h = 3, .filter_w = 3}));
    for (const Activation activation : {Activation::relu, Activation::relu_n1_to_1, Activation::relu6})
      list.push_back(make(op, {1, 4, 4, 9}, {.filter_h = 2, .filter_w = 2, .activation = activation}));
    list.push_back(make(op, {1, 3, 3, 4}, {.filter_h = 9, .filter_w = 5}));
    list.push_back(make(op, {0, 3, 3, 4}, {.filter_h = 2, .filter_w = 2}));
    list.push_back(make(op, {1, 3, 3, 0}, {.filter_h = 2, .filter_w = 2}));
  }
  return list;
}

}  // namespace litesmith::ops::pool_2d
