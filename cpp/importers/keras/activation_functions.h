#pragma once

#include <string_view>

#include "importers/keras/layer_context.h"

/// Activations that layers and operations share with the functions of the same name.
namespace litesmith::importers::keras {

/// min(x, max_value) above the threshold, negative_slope * (x - threshold) below; max_value may be infinite.
ir::TensorId relu(LayerContext& c, ir::TensorId x, double negative_slope, double max_value, double threshold);
ir::TensorId leaky_relu(LayerContext& c, ir::TensorId x, double slope);
/// x above the threshold, else `otherwise`.
ir::TensorId keep_above(LayerContext& c, ir::TensorId x, double threshold, double otherwise = 0);
ir::TensorId elu(LayerContext& c, ir::TensorId x, double alpha);
ir::TensorId softmax(LayerContext& c, ir::TensorId x, int axis);
/// An operator over the last axis, applied to another one.
ir::TensorId over_axis(LayerContext& c, std::string_view op, ir::Attrs attrs, ir::TensorId x, int axis);
/// Activation by function name or serialized function or layer; `linear` and null give x itself.
ir::TensorId activate(LayerContext& c, const Value& activation, ir::TensorId x);

}  // namespace litesmith::importers::keras
