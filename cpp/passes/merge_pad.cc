#include <algorithm>

#include "ops/conv_2d/conv_2d.h"
#include "ops/depthwise_conv_2d/depthwise_conv_2d.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

/// True when SAME adds exactly `before` and `after` zeros along an axis.
bool same_pads(std::int64_t input, std::int64_t window, std::int64_t stride, std::int64_t dilation, std::int32_t before,
               std::int32_t after) {
  if (stride < 1 || dilation < 1) return false;
  const std::int64_t reach = (window - 1) * dilation + 1;
  std::int64_t total = reach - 1;  // with stride 1, whatever the size of the input
  if (stride != 1) {
    if (input < 0) return false;
    const std::int64_t outputs = (input + stride - 1) / stride;
    total = std::max<std::int64_t>((outputs - 1) * stride + reach - input, 0);
  }
  return before == total / 2 && after == total - total / 2;
}

/// Paddings of an NHWC image that pads height and width only: {top, bottom, left, right}.
std::optional<std::vector<std::int32_t>> image_paddings(const Site& pad) {
  if (!pad.is("PAD") || !pad.is_constant(1) || pad.input(1).dtype != DType::int32 || pad.input(0).shape.rank() != 4)
    return std::nullopt;
  const auto rows = pad.input(1).data->to_vector<std::int32_t>();
  if (rows.size() != 8 || rows[0] != 0 || rows[1] != 0 || rows[6] != 0 || rows[7] != 0) return std::nullopt;
  return std::vector<std::int32_t>(rows.begin() + 2, rows.begin() + 6);
}

template <class ConvolutionAttrs>
std::optional<ir::Patch> merge(const Site& site) {
  auto attrs = site.node().attrs.as<ConvolutionAttrs>();
  const auto pad = site.producer_of(0);
  if (attrs.padding != ops::Padding::valid || !pad) return std::nullopt;
  const auto paddings = image_paddings(*pad);
  if (!paddings) return std::nullopt;
  const Shape& x = pad->input(0).shape;
  const Shape& filter = site.input(1).shape;
  if (!same_pads(x[1], filter[1], attrs.stride_h, attrs.dilation_h, (*paddings)[0], (*paddings)[1]) ||
      !same_pads(x[2], filter[2], attrs.stride_w, attrs.dilation_w, (*paddings)[2], (*paddings)[3]))
    return std::nullopt;
  attrs.padding = ops::Padding::same;
  ir::Node node = site.node();
  node.attrs = attrs;
  node.inputs[0] = pad->node().input(0);
  node.origins = merge_origins(node.origins, pad->node().origins);
  ir::Patch patch(site.graph);
  patch.replace_node(site.id, std::move(node));
  return patch;
}

}  // namespace

std::optional<ir::Patch> merge_pad_into_convolution(const Site& site) {
  if (site.is("CONV_2D")) return merge<ops::Conv2dAttrs>(site);
  if (site.is("DEPTHWISE_CONV_2D")) return merge<ops::DepthwiseConv2dAttrs>(site);
  return std::nullopt;
}

}  // namespace litesmith::passes
