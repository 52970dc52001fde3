#include "ops/padding.h"

#include <algorithm>

namespace litesmith::ops {
namespace {

void require_positive(const NodeView& view, const WindowAxis& axis, std::string_view what, std::int64_t value) {
  if (value < 1 || value > INT32_MAX)
    view.fail("its ", axis.name, " ", what, " is ", value, " but must be from 1 to 2147483647");
}

}  // namespace

WindowFit fit_window(const NodeView& view, Padding padding, const WindowAxis& axis) {
  require_positive(view, axis, "stride", axis.stride);
  require_positive(view, axis, "dilation", axis.dilation);
  if (axis.window != kUnknownDim) require_positive(view, axis, "window", axis.window);
  if (axis.input == kUnknownDim || (axis.window == kUnknownDim && padding == Padding::valid)) return {};
  if (padding == Padding::same) {
    const std::int64_t output = (axis.input + axis.stride - 1) / axis.stride;
    if (axis.window == kUnknownDim) return {output, 0};
    const std::int64_t extent = (axis.window - 1) * axis.dilation + 1;
    return {output, std::max<std::int64_t>((output - 1) * axis.stride + extent - axis.input, 0) / 2};
  }
  const std::int64_t extent = (axis.window - 1) * axis.dilation + 1;
  if (axis.input < extent)
    view.fail("its window covers ", extent, " in ", axis.name, " but operand 0 ('", view.input(0).name, "', ",
              view.input(0).shape, ") has only ", axis.input, "; use padding SAME, a smaller window or a larger input");
  return {(axis.input - extent) / axis.stride + 1, 0};
}

Window2dFit fit_window(const NodeView& view, const Shape& image, const Window2d& window) {
  const auto size = [&](int axis) { return image.has_rank() ? std::int64_t{image[axis]} : kUnknownDim; };
  return {fit_window(view, window.padding, {"height", size(1), window.height, window.stride_h, window.dilation_h}),
          fit_window(view, window.padding, {"width", size(2), window.width, window.stride_w, window.dilation_w})};
}

}  // namespace litesmith::ops
