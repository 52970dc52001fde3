#include <algorithm>

#include "importers/graphdef/layout.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/conv_3d/conv_3d.h"
#include "ops/depthwise_conv_2d/depthwise_conv_2d.h"
#include "ops/transpose_conv/transpose_conv.h"

namespace litesmith::importers::graphdef {
namespace {

Results import_conv_2d(NodeContext& c) {
  const auto [image, padding] = padded_image(c, to_channels_last(c, c.ranked(0, 3)), 0);
  const auto stride = spatial_attr<2>(c, "strides"), dilation = spatial_attr<2>(c, "dilations");
  const ir::TensorId filter = transpose(c, c.ranked(1, 4), {3, 0, 1, 2});
  const ops::Conv2dAttrs attrs{.padding = padding,
                               .stride_h = stride[0],
                               .stride_w = stride[1],
                               .dilation_h = dilation[0],
                               .dilation_w = dilation[1]};
  return from_channels_last(c, c.add("CONV_2D", attrs, {image, filter, ir::kAbsent}));
}

/// Filter [h, w, channels, multiplier] as the operator's [1, h, w, channels * multiplier]: the same order of elements.
Results import_depthwise(NodeContext& c) {
  const auto [image, padding] = padded_image(c, to_channels_last(c, c.ranked(0, 3)), 0);
  const auto stride = spatial_attr<2>(c, "strides"), dilation = spatial_attr<2>(c, "dilations");
  const Shape stored = c.shape(c.input(1));
  if (stored.rank() != 4 || !stored.is_static())
    c.unsupported("its filter has shape ", stored, ", which must be known and have 4 dimensions");
  const ir::TensorId filter = reshape(c, c.input(1), {1, stored[0], stored[1], stored[2] * stored[3]});
  const ops::DepthwiseConv2dAttrs attrs{.padding = padding,
                                        .stride_h = stride[0],
                                        .stride_w = stride[1],
                                        .dilation_h = dilation[0],
                                        .dilation_w = dilation[1],
                                        .depth_multiplier = stored[3]};
  return from_channels_last(c, c.add("DEPTHWISE_CONV_2D", attrs, {image, filter, ir::kAbsent}));
}

/// The shape of the result, which the node has as an operand, with the channels last.
ir::TensorId result_shape(NodeContext& c, int operand) {
  const ir::TensorId dims = c.to_int32(c.input(operand));
  if (!channels_first(c)) return dims;
  const ir::TensorId order = c.ints("channels_last", {0, 2, 3, 1});
  return c.add("GATHER", {}, {dims, order});
}

/// What is known of a result whose dims are operand `dims`.
void refine_by_dims(NodeContext& c, ir::TensorId y, ir::TensorId dims) {
  const auto partial = c.known_ints(dims);
  if (!partial) return;
  Dims known;
  for (const auto& dim : *partial) known.push_back(dim ? static_cast<std::int32_t>(*dim) : kUnknownDim);
  c.refine_shape(y, Shape(std::move(known)));
}

/// The gradient of a convolution by its input: filter [h, w, result channels, operand channels].
Results import_transpose_conv(NodeContext& c) {
  const auto dilation = spatial_attr<2>(c, "dilations");
  if (dilation[0] != 1 || dilation[1] != 1)
    c.unsupported("its dilations are ", dilation[0], " and ", dilation[1], "; transposed convolutions have none");
  const std::string padding = c.attr_string("padding", "VALID");
  if (padding == "EXPLICIT") c.unsupported("explicit paddings of a transposed convolution have no conversion");
  const auto stride = spatial_attr<2>(c, "strides");
  const ir::TensorId dims = result_shape(c, 0);
  const ir::TensorId filter = transpose(c, c.ranked(1, 4), {2, 0, 1, 3});
  const ir::TensorId image = to_channels_last(c, c.ranked(2, 3));
  const ops::TransposeConvAttrs attrs{.padding = padding == "SAME" ? ops::Padding::same : ops::Padding::valid,
                                      .stride_h = stride[0],
                                      .stride_w = stride[1]};
  const ir::TensorId y = c.add("TRANSPOSE_CONV", attrs, {dims, filter, image}, c.dtype(image));
  refine_by_dims(c, y, dims);
  return from_channels_last(c, y);
}

ops::Conv3dAttrs volume_attrs(NodeContext& c, ops::Padding padding) {
  const auto stride = spatial_attr<3>(c, "strides"), dilation = spatial_attr<3>(c, "dilations");
  return {.padding = padding,
          .stride_d = stride[0],
          .stride_h = stride[1],
          .stride_w = stride[2],
          .dilation_d = dilation[0],
          .dilation_h = dilation[1],
          .dilation_w = dilation[2]};
}

Results import_conv_3d(NodeContext& c) {
  const auto [volume, padding] = padded_image(c, to_channels_last(c, c.ranked(0, 3)), 0);
  return from_channels_last(c, c.add("CONV_3D", volume_attrs(c, padding), {volume, c.input(1), ir::kAbsent}));
}

Results import_transpose_conv_3d(NodeContext& c) {
  if (channels_first(c)) c.unsupported("data_format NCDHW of a transposed convolution has no conversion; use NDHWC");
  const ops::Padding padding = c.attr_string("padding", "VALID") == "SAME" ? ops::Padding::same : ops::Padding::valid;
  const ir::TensorId dims = c.to_int32(c.input(0)), x = c.input(2);
  const ir::TensorId y = c.add("CONV_3D_TRANSPOSE", volume_attrs(c, padding), {dims, c.input(1), x}, c.dtype(x));
  refine_by_dims(c, y, dims);
  return y;
}

}  // namespace

std::span<const OpRule> convolution_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "Conv2D", .import = import_conv_2d},
      {.op = "Conv2DBackpropInput", .import = import_transpose_conv, .note = "no dilations"},
      {.op = "Conv3D", .import = import_conv_3d},
      {.op = "Conv3DBackpropInputV2", .import = import_transpose_conv_3d, .note = "NDHWC"},
      {.op = "DepthwiseConv2dNative", .import = import_depthwise},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
