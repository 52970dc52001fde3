#include "ops/image_window.h"

#include "ops/axes.h"

namespace litesmith::ops {

Shape windowed_shape(const NodeView& view, const Window2d& window, std::int32_t channels) {
  const Shape& x = view.input(0).shape;
  const Window2dFit fit = fit_window(view, x, window);
  return {x.has_rank() ? x[0] : kUnknownDim, dimension_or_unknown(view, fit.h.output),
          dimension_or_unknown(view, fit.w.output), channels};
}

kernels::Conv2dShape conv2d_shape(const PrepareContext& context, const Window2d& window, std::int64_t in_c) {
  const Shape& x = context.input(0).shape;
  const Shape& y = context.output().shape;
  const Window2dFit fit = fit_window(context, x, window);
  return {.batch = x[0],
          .in_h = x[1],
          .in_w = x[2],
          .in_c = in_c,
          .out_h = y[1],
          .out_w = y[2],
          .kernel_h = window.height,
          .kernel_w = window.width,
          .stride_h = window.stride_h,
          .stride_w = window.stride_w,
          .dilation_h = window.dilation_h,
          .dilation_w = window.dilation_w,
          .pad_top = fit.h.pad_before,
          .pad_left = fit.w.pad_before};
}

}  // namespace litesmith::ops
