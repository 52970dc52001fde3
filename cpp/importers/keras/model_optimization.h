#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "importers/keras/layer_context.h"

/// Layers of the model-optimization toolkit: wrappers that train with quantized, pruned or clustered weights. Each
/// wrapper is its layer again; what it learnt besides (ranges, masks, centroids) are weights of the wrapper.
namespace litesmith::importers::keras {

/// A weight as its wrapper leaves it.
struct TrainedWeight {
  /// Values in the stored order.
  std::vector<float> values;
  /// Steps of its integers, one or one per index of the stored axis `axis`; empty when it has no learnt range.
  std::vector<float> scales;
  int axis = 0;
};

/// The weight with mask, centroids and range of the wrapper applied; nullopt for a weight without them.
std::optional<TrainedWeight> trained_weight(const LayerContext& c, std::string_view name);

/// x on the 8-bit grid of the range that the weights "<quantity>_min" and "<quantity>_max" hold (just "min" and "max"
/// for an empty name): QUANTIZE and DEQUANTIZE. x itself when there are none.
ir::TensorId on_learnt_grid(LayerContext& c, ir::TensorId x, std::string_view quantity);

}  // namespace litesmith::importers::keras
