#include "ops/conv_2d/geometry.h"

#include "ops/conv_2d/conv_2d.h"
#include "ops/image_window.h"

namespace litesmith::ops::conv_2d {

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
  const Shape& x = context.input(0).shape;
  const Shape& w = context.input(1).shape;
  Geometry g;
  g.shape = conv2d_shape(context, filter_window(context.attrs<Conv2dAttrs>(), w), w[3]);
  g.x = kernels::dense_image(x[1], x[2], x[3]);
  g.groups = groups(context);
  g.n = w[0] / g.groups;
  return g;
}

}  // namespace litesmith::ops::conv_2d
