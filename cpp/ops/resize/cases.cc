#include <cmath>

#include "base/error.h"
#include "ops/case.h"
#include "ops/case_image.h"
#include "ops/resize/resize.h"

namespace litesmith::ops::resize {
namespace {

/// Where output pixel i lies among `in` input pixels, in exact fractions of the sizes.
double position(const ResizeAttrs& a, std::int32_t i, std::int32_t in, std::int32_t out, bool centred) {
  if (a.align_corners && out > 1) return static_cast<double>(i) * (in - 1) / (out - 1);
  const double at_edge = a.half_pixel_centers ? (i + 0.5) * in / out : static_cast<double>(i) * in / out;
  return a.half_pixel_centers && centred ? at_edge - 0.5 : at_edge;
}

std::int32_t clamped(double value, std::int32_t in) { return std::clamp(static_cast<std::int32_t>(value), 0, in - 1); }

std::vector<Value> bilinear(const ResizeAttrs& a, const Value& input, const Shape& ys) {
  const Shape& xs = input.shape;
  std::vector<float> y;
  for_each(ys, [&](std::int32_t n, std::int32_t oy, std::int32_t ox, std::int32_t c) {
    const double py = std::clamp(position(a, oy, xs[1], ys[1], true), 0.0, xs[1] - 1.0);
    const double px = std::clamp(position(a, ox, xs[2], ys[2], true), 0.0, xs[2] - 1.0);
    double sum = 0;
    for (const bool below : {false, true})
      for (const bool beside : {false, true}) {
        const std::int32_t iy = clamped(std::floor(py) + below, xs[1]);
        const std::int32_t ix = clamped(std::floor(px) + beside, xs[2]);
        const double fy = py - std::floor(py);
        const double fx = px - std::floor(px);
        sum += (below ? fy : 1 - fy) * (beside ? fx : 1 - fx) *
               static_cast<double>(input.as<float>()[at(xs, n, iy, ix, c)]);
      }
    y.push_back(static_cast<float>(sum));
  });
  return {value_of(ys, y)};
}

template <class T>
std::vector<Value> nearest(const ResizeAttrs& a, const Value& input, const Shape& ys) {
  const Shape& xs = input.shape;
  std::vector<T> y;
  for_each(ys, [&](std::int32_t n, std::int32_t oy, std::int32_t ox, std::int32_t c) {
    const double py = position(a, oy, xs[1], ys[1], false);
    const double px = position(a, ox, xs[2], ys[2], false);
    const std::int32_t iy = clamped(a.align_corners ? std::round(py) : std::floor(py + 1e-6), xs[1]);
    const std::int32_t ix = clamped(a.align_corners ? std::round(px) : std::floor(px + 1e-6), xs[2]);
    y.push_back(input.as<T>()[at(xs, n, iy, ix, c)]);
  });
  return {value_of(ys, y)};
}

Case make(std::string_view op, DType type, const Shape& from, std::int32_t height, std::int32_t width,
          ResizeAttrs attrs, bool is_constant) {
  Value size = value_of<std::int32_t>({2}, {height, width});
  size.constant = is_constant;
  const Shape to{from[0], height, width, from[3]};
  return {.name = concat(name(type), " ", from, " to ", to, attrs.align_corners ? " aligned" : "",
                         attrs.half_pixel_centers ? " half pixel" : "", is_constant ? "" : ", fed"),
          .op = op,
          .attrs = attrs,
          .inputs = {uniform(type, from, -9, 9, 1), size},
          .outputs = {type},
          .reference =
              [=](const std::vector<Value>& inputs) {
                if (op == "RESIZE_BILINEAR") return bilinear(attrs, inputs[0], to);
                return type == DType::float32 ? nearest<float>(attrs, inputs[0], to)
                                              : nearest<std::int8_t>(attrs, inputs[0], to);
              },
          .relative = op == "RESIZE_BILINEAR" ? 1e-6 : 0,
          .absolute = 0};
}

/// Doubling: all positions are exact in fixed point, so that the integers are the rounded true values.
template <class T>
Case doubled(const ResizeAttrs& attrs) {
  Case one = make("RESIZE_BILINEAR", kDTypeOf<T>, {2, 4, 5, 3}, 8, 10, attrs, true);
  one.inputs[0] = uniform(kDTypeOf<T>, {2, 4, 5, 3}, std::is_signed_v<T> ? -100 : 0, 100, 5);
  one.relative = 0;
  one.reference = [attrs](const std::vector<Value>& inputs) {
    std::vector<float> x;
    for (const T v : inputs[0].as<T>()) x.push_back(static_cast<float>(v));
    const Value exact = bilinear(attrs, value_of(inputs[0].shape, x), {2, 8, 10, 3}).front();
    std::vector<T> y;
    for (const float v : exact.as<float>()) y.push_back(static_cast<T>(std::round(v)));
    return std::vector<Value>{value_of(exact.shape, y)};
  };
  return one;
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const ResizeAttrs attrs :
       {ResizeAttrs{}, ResizeAttrs{.align_corners = true}, ResizeAttrs{.half_pixel_centers = true}})
    for (const std::int32_t height : {1, 2, 4, 7, 8})
      for (const std::int32_t width : {1, 3, 10}) {
        const bool is_constant = width != 3;
        list.push_back(make("RESIZE_BILINEAR", DType::float32, {2, 4, 5, 3}, height, width, attrs, is_constant));
        list.push_back(
            make("RESIZE_NEAREST_NEIGHBOR", DType::float32, {2, 4, 5, 3}, height, width, attrs, is_constant));
        list.push_back(make("RESIZE_NEAREST_NEIGHBOR", DType::int8, {1, 3, 3, 17}, height, width, attrs, is_constant));
      }
  list.push_back(make("RESIZE_BILINEAR", DType::float32, {1, 6, 6, 33}, 12, 12, {.half_pixel_centers = true}, true));
  for (const ResizeAttrs attrs : {ResizeAttrs{}, ResizeAttrs{.half_pixel_centers = true}}) {
    list.push_back(doubled<std::int8_t>(attrs));
    list.push_back(doubled<std::uint8_t>(attrs));
    list.push_back(doubled<std::int16_t>(attrs));
  }
  return list;
}

}  // namespace litesmith::ops::resize
