#include <array>

#include "base/error.h"
#include "ops/case.h"
#include "ops/case_image.h"
#include "ops/conv_3d/conv_3d.h"

namespace litesmith::ops::conv_3d {
namespace {

using Point = std::array<std::int32_t, 3>;

std::size_t at5(const Shape& s, std::int32_t n, const Point& p, std::int32_t c) {
  return static_cast<std::size_t>((((n * s[1] + p[0]) * s[2] + p[1]) * s[3] + p[2]) * s[4] + c);
}

template <class Visit>
void for_each_point(const Point& size, Visit visit) {
  for (std::int32_t d = 0; d < size[0]; ++d)
    for (std::int32_t h = 0; h < size[1]; ++h)
      for (std::int32_t w = 0; w < size[2]; ++w) visit(Point{d, h, w});
}

Point spatial(const Shape& s, int first) { return {s[first], s[first + 1], s[first + 2]}; }

/// The pixel of the large image that pixel `small` of the other meets by `tap`; false outside.
struct Meeting {
  Conv3dAttrs attrs;
  Point large, kernel, before;

  Meeting(const Conv3dAttrs& a, Point large_size, Point kernel_size)
      : attrs(a), large(large_size), kernel(kernel_size) {
    for (std::size_t i = 0; i < 3; ++i)
      before[i] = extent(a.padding, large[i], kernel[i], stride(i), dilation(i)).before;
  }
  std::int32_t stride(std::size_t i) const { return std::array{attrs.stride_d, attrs.stride_h, attrs.stride_w}[i]; }
  std::int32_t dilation(std::size_t i) const {
    return std::array{attrs.dilation_d, attrs.dilation_h, attrs.dilation_w}[i];
  }
  bool find(const Point& small, const Point& tap, Point& result) const {
    for (std::size_t i = 0; i < 3; ++i) {
      result[i] = small[i] * stride(i) + tap[i] * dilation(i) - before[i];
      if (result[i] < 0 || result[i] >= large[i]) return false;
    }
    return true;
  }
};

std::vector<Value> finish(const Conv3dAttrs& a, const Shape& shape, std::vector<double> sums, const Value& bias) {
  Clamp clamp{};
  clamp_of(a.activation, clamp);
  const auto channels = static_cast<std::size_t>(shape[4]);
  std::vector<float> y;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (!bias.absent) sums[i] += static_cast<double>(bias.as<float>()[i % channels]);
    y.push_back(std::clamp(static_cast<float>(sums[i]), clamp.low, clamp.high));
  }
  return {value_of(shape, y)};
}

std::vector<Value> naive(const Conv3dAttrs& a, const std::vector<Value>& in, const Shape& result) {
  const Shape& xs = in[0].shape;
  const Shape& ws = in[1].shape;
  const Meeting meeting(a, spatial(xs, 1), spatial(ws, 0));
  std::vector<double> sums(static_cast<std::size_t>(elements(result)));
  for (std::int32_t n = 0; n < xs[0]; ++n)
    for_each_point(spatial(result, 1), [&](const Point& to) {
      for_each_point(spatial(ws, 0), [&](const Point& tap) {
        Point from{};
        if (!meeting.find(to, tap, from)) return;
        for (std::int32_t i = 0; i < ws[3]; ++i)
          for (std::int32_t o = 0; o < ws[4]; ++o)
            sums[at5(result, n, to, o)] += static_cast<double>(in[0].as<float>()[at5(xs, n, from, i)]) *
                                           in[1].as<float>()[at5(ws, tap[0], {tap[1], tap[2], i}, o)];
      });
    });
  return finish(a, result, std::move(sums), in[2]);
}

std::vector<Value> naive_transpose(const Conv3dAttrs& a, const std::vector<Value>& in, const Shape& result) {
  const Shape& ws = in[1].shape;
  const Shape& xs = in[2].shape;
  const Meeting meeting(a, spatial(result, 1), spatial(ws, 0));
  std::vector<double> sums(static_cast<std::size_t>(elements(result)));
  for (std::int32_t n = 0; n < xs[0]; ++n)
    for_each_point(spatial(xs, 1), [&](const Point& from) {
      for_each_point(spatial(ws, 0), [&](const Point& tap) {
        Point to{};
        if (!meeting.find(from, tap, to)) return;
        for (std::int32_t o = 0; o < ws[3]; ++o)
          for (std::int32_t i = 0; i < ws[4]; ++i)
            sums[at5(result, n, to, o)] += static_cast<double>(in[2].as<float>()[at5(xs, n, from, i)]) *
                                           in[1].as<float>()[at5(ws, tap[0], {tap[1], tap[2], o}, i)];
      });
    });
  return finish(a, result, std::move(sums), in[3]);
}

Shape shape_of(std::int32_t n, const Point& p, std::int32_t c) { return {n, p[0], p[1], p[2], c}; }

constexpr Point kLarge{7, 6, 8};
constexpr Point kKernel{2, 3, 3};

Point small_size(const Conv3dAttrs& a) {
  const Meeting m(a, kLarge, kKernel);
  Point size{};
  for (std::size_t i = 0; i < 3; ++i)
    size[i] = extent(a.padding, kLarge[i], kKernel[i], m.stride(i), m.dilation(i)).out;
  return size;
}

void add(std::vector<Case>& list, const Conv3dAttrs& a, bool known, bool has_bias) {
  const Point small = small_size(a);
  const std::string label = concat(padding_name(a.padding), " strides ", a.stride_d, ",", a.stride_h, ",", a.stride_w,
                                   " dilation ", a.dilation_h, known ? "" : ", fed", has_bias ? "" : ", no bias");
  Value w = uniform(DType::float32, {kKernel[0], kKernel[1], kKernel[2], 5, 18}, -1, 1, 2);
  Value bias = has_bias ? uniform(DType::float32, {18}, -1, 1, 3) : absent();
  w.constant = bias.constant = known;
  const Shape result = shape_of(2, small, 18);
  list.push_back({.name = label,
                  .op = "CONV_3D",
                  .attrs = a,
                  .inputs = {uniform(DType::float32, shape_of(2, kLarge, 5), -1, 1, 1), w, bias},
                  .outputs = {},
                  .reference = [a, result](const std::vector<Value>& in) { return naive(a, in, result); },
                  .relative = 1e-5,
                  .absolute = 0});
  const Shape large = shape_of(2, kLarge, 5);
  Value size = value_of<std::int32_t>({5}, large.dims());
  size.constant = known;
  Value few = has_bias ? uniform(DType::float32, {5}, -1, 1, 3) : absent();
  few.constant = known;
  list.push_back({.name = label,
                  .op = "CONV_3D_TRANSPOSE",
                  .attrs = a,
                  .inputs = {size, w, uniform(DType::float32, result, -1, 1, 1), few},
                  .outputs = {},
                  .reference = [a, large](const std::vector<Value>& in) { return naive_transpose(a, in, large); },
                  .relative = 1e-5,
                  .absolute = 0});
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Padding padding : {Padding::same, Padding::valid})
    for (const std::int32_t stride : {1, 2})
      for (const std::int32_t dilation : {1, 2}) {
        Conv3dAttrs attrs{.padding = padding, .stride_d = stride, .stride_h = stride, .stride_w = 1};
        attrs.dilation_h = dilation;
        if (dilation == 2) attrs.activation = Activation::relu;
        add(list, attrs, stride == 1, dilation == 1);
      }
  return list;
}

}  // namespace litesmith::ops::conv_3d
