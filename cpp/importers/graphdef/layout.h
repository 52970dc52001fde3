#pragma once

#include <array>

#include "importers/graphdef/node_context.h"
#include "ops/padding.h"

/// Windows over images in either of TensorFlow's layouts; the graph under construction has channels last.
namespace litesmith::importers::graphdef {

/// data_format has the channels behind the batch.
bool channels_first(const NodeContext& c);
/// The operand with the channels last, and a result back in the node's layout.
ir::TensorId to_channels_last(NodeContext& c, ir::TensorId x);
ir::TensorId from_channels_last(NodeContext& c, ir::TensorId y);

/// The entries of an attribute with one number per axis ("strides") that belong to the spatial axes; ones when it is
/// missing. Fails unless batch and channels have 1.
template <int kSpatial>
std::array<std::int32_t, kSpatial> spatial_attr(const NodeContext& c, std::string_view name);
extern template std::array<std::int32_t, 2> spatial_attr<2>(const NodeContext& c, std::string_view name);
extern template std::array<std::int32_t, 3> spatial_attr<3>(const NodeContext& c, std::string_view name);
/// The same of numbers that are no attribute.
std::array<std::int32_t, 2> spatial_numbers(const NodeContext& c, const std::vector<std::int64_t>& numbers,
                                            std::string_view name);

/// An image with the padding that is left for the operator's window.
struct PaddedImage {
  ir::TensorId image;
  ops::Padding padding;
};
/// SAME and VALID as they are; EXPLICIT puts `fill` around the image, whose window is then VALID.
PaddedImage padded_image(NodeContext& c, ir::TensorId channels_last, double fill);

}  // namespace litesmith::importers::graphdef
