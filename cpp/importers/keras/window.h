#pragma once

#include <string>

#include "importers/keras/layer_context.h"
#include "ops/padding.h"

/// What convolutions and poolings share: windows over one or two spatial axes, of which operators know only two.
namespace litesmith::importers::keras {

/// A number per spatial axis; layers over one axis have height 1.
struct PerAxis {
  int h = 1;
  int w = 1;
};

/// config[key] for `spatial` axes: a list or one number for all; `fallback` when absent or null.
PerAxis per_axis(const LayerContext& c, const char* key, int spatial, PerAxis fallback = {1, 1});

/// "same" or "valid"; "causal" is valid behind zeros in front (see pad_causal).
ops::Padding padding_of(const LayerContext& c);

/// The layer's operand as [batch, height, width, channels].
ir::TensorId to_image(LayerContext& c, int spatial);
/// The image as the layer's result, undoing to_image().
ir::TensorId from_image(LayerContext& c, ir::TensorId image, int spatial);
/// from_image() and config["activation"], the activation first where that gives the same values.
ir::TensorId activated_from_image(LayerContext& c, ir::TensorId image, int spatial);
/// Zeros before the first step of an image of height 1, as many as a causal window looks back.
ir::TensorId pad_causal(LayerContext& c, ir::TensorId image, int kernel, int dilation);

}  // namespace litesmith::importers::keras
