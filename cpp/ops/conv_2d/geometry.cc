#include "ops/conv_2d/geometry.h"

#include "ops/conv_2d/conv_2d.h"

namespace litesmith::ops::conv_2d {

Window2dFit fit(const NodeView& view) {
  const auto& a = view.attrs<Conv2dAttrs>();
  const Shape& w = view.input(1).shape;
  const auto size = [&](int axis) { return w.has_rank() ? std::int64_t{w[axis]} : kUnknownDim; };
  return fit_window(view, view.input(0).shape,
                    {a.padding, size(1), size(2), a.stride_h, a.stride_w, a.dilation_h, a.dilation_w});
}

std::int64_t groups(const NodeView& view) {
  const TensorInfo& x = view.input(0);
  const TensorInfo& w = view.input(1);
  if (!w.shape.has_rank()) return 1;
  const std::int64_t of_filter = w.shape[3];
  view.require(of_filter != 0 && w.shape[0] != 0, "the filter '", w.name, "' (", w.shape, ") has no channels");
  if (!x.shape.has_rank() || x.shape[3] == kUnknownDim || of_filter == kUnknownDim) return 1;
  const std::int64_t channels = x.shape[3];
  if (channels == 0 || channels % of_filter != 0)
    view.fail("the filter '", w.name, "' (", w.shape, ") takes ", of_filter, " channels but '", x.name, "' (", x.shape,
              ") has ", channels, "; is there an alpha channel, or are the channels not the last dimension?");
  const std::int64_t count = channels / of_filter;
  if (w.shape[0] != kUnknownDim && w.shape[0] % count != 0)
    view.fail("its ", w.shape[0], " output channels cannot be shared among ", count, " groups (", channels,
              " input channels of '", x.name, "' by ", of_filter, " of the filter '", w.name, "')");
  return count;
}

Geometry geometry(const PrepareContext& context) {
  const auto& a = context.attrs<Conv2dAttrs>();
  const Shape& x = context.input(0).shape;
  const Shape& w = context.input(1).shape;
  const Shape& y = context.output().shape;
  const Window2dFit f = fit(context);
  Geometry g;
  g.shape = {.batch = x[0],
             .in_h = x[1],
             .in_w = x[2],
             .in_c = w[3],
             .out_h = y[1],
             .out_w = y[2],
             .kernel_h = w[1],
             .kernel_w = w[2],
             .stride_h = a.stride_h,
             .stride_w = a.stride_w,
             .dilation_h = a.dilation_h,
             .dilation_w = a.dilation_w,
             .pad_top = f.h.pad_before,
             .pad_left = f.w.pad_before};
  g.x = kernels::dense_image(x[1], x[2], x[3]);
  g.groups = groups(context);
  g.n = w[0] / g.groups;
  return g;
}

}  // namespace litesmith::ops::conv_2d
