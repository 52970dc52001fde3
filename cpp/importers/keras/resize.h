#pragma once

#include <string>

#include "importers/keras/layer_context.h"

namespace litesmith::importers::keras {

/// The image [batch, height, width, channels] in another size; "nearest" or "bilinear" over pixel centres, other names
/// are refused. Nothing when it has the size already.
ir::TensorId resized(LayerContext& c, ir::TensorId image, int height, int width, const std::string& interpolation);
/// The image with every pixel repeated or interpolated; unknown sizes are read at run time.
ir::TensorId enlarged(LayerContext& c, ir::TensorId image, int rows, int columns, const std::string& interpolation);

}  // namespace litesmith::importers::keras
