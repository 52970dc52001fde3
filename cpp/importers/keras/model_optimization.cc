#include "importers/keras/model_optimization.h"

#include <algorithm>
#include <cmath>

#include "importers/keras/activation_functions.h"
#include "importers/keras/layer_context.h"
#include "importers/keras/unsupported.h"
#include "ops/quantize/trained_grid.h"

namespace litesmith::importers::keras {
namespace {

std::string joined(std::string_view quantity, std::string_view end) {
  return quantity.empty() ? std::string(end) : concat(quantity, "_", end);
}

void require_range(const LayerContext& c, std::string_view quantity, double min, double max) {
  if (!(min < max) || min > 0 || max < 0 || !std::isfinite(max - min))
    c.fail("learnt the range ", min, " to ", max, " for '", quantity.empty() ? "its input" : quantity,
           "', which is empty or does not contain 0; train the quantized model for at least one step before saving it");
}

void require_eight_bits(const LayerContext& c) {
  const int bits = c.config()["quantizer"]["config"].get("num_bits", 8);
  const int wrapped = c.config()["quantize_config"]["config"].get("num_bits", 8);
  if (bits != 8 || wrapped != 8)
    c.unsupported("was trained for ", std::min(bits, wrapped), " bits; ranges of 8 bits have a conversion");
}

void apply_mask(const LayerContext& c, std::string_view name, std::vector<float>& values) {
  if (name == "bias" || !c.has_weight("mask")) return;
  const std::vector<double> mask = c.weight_values("mask");
  if (mask.size() != values.size()) return;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= static_cast<float>(mask[i]);
}

/// Each value becomes the nearest centroid, the first of equally near ones; centroids are shared, or a row of their own
/// for each index of the last axis.
void apply_clusters(const LayerContext& c, std::string_view name, std::vector<float>& values) {
  const std::string centroids_name = concat("cluster_centroids_", name);
  if (!c.has_weight(centroids_name)) return;
  const std::vector<double> centroids = c.weight_values(centroids_name);
  const Shape& shape = c.weight_shape(centroids_name);
  const std::size_t rows = shape.rank() == 2 ? static_cast<std::size_t>(shape[0]) : 1;
  if (centroids.empty()) c.fail("has no centroids for '", name, "'");
  const std::size_t count = centroids.size() / rows;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto first = centroids.begin() + static_cast<std::ptrdiff_t>(i % rows * count);
    const auto distance = [&](double centroid) { return std::fabs(static_cast<float>(centroid) - values[i]); };
    const auto nearest = std::min_element(first, first + static_cast<std::ptrdiff_t>(count),
                                          [&](double a, double b) { return distance(a) < distance(b); });
    values[i] = static_cast<float>(*nearest);
  }
}

void snap_to_range(const LayerContext& c, std::string_view name, const Shape& shape, TrainedWeight& weight) {
  const std::vector<double> min = c.weight_values(joined(name, "min"));
  const std::vector<double> max = c.weight_values(joined(name, "max"));
  const bool transposed = c.layer().class_name.find("Transpose") != std::string::npos;
  weight.axis = std::max(shape.rank() - (transposed ? 2 : 1), 0);
  const auto channels = static_cast<std::size_t>(min.size() == 1 ? 1 : shape[weight.axis]);
  if (min.size() != max.size() || min.size() != channels)
    c.fail("'", name, "' ", shape, " has ", min.size(), " minima and ", max.size(), " maxima instead of ", channels);
  const auto inner = static_cast<std::size_t>(shape.count(weight.axis + 1, shape.rank()));
  std::vector<ops::TrainedGrid> grids;
  for (std::size_t i = 0; i < channels; ++i) {
    require_range(c, name, min[i], max[i]);
    const double bound = std::max(-min[i], max[i]);
    grids.emplace_back(static_cast<float>(-bound), static_cast<float>(bound), true);
    weight.scales.push_back(grids.back().scale);
  }
  for (std::size_t i = 0; i < weight.values.size(); ++i)
    weight.values[i] = grids[channels == 1 ? 0 : i / inner % channels].snap(weight.values[i]);
}

/// The wrapper's layer with the wrapper's weights, in the same place.
Results import_wrapped(LayerContext& c) {
  require_eight_bits(c);
  const Value wrapped = c.config()["layer"];
  if (!wrapped.is_object()) c.fail("wraps no layer");
  Layer layer = c.layer();
  layer.class_name = wrapped.get("class_name", "");
  layer.config = wrapped["config"];
  layer.module.clear();
  layer.registered_name.clear();
  const LayerRule* rule = find_rule(layer, c.keras_major());
  if (rule == nullptr)
    c.unsupported("wraps a ", layer.class_name.empty() ? "layer without class" : layer.class_name, ": ",
                  reason_without_rule(layer));
  LayerContext inner = c.in_place(*rule, layer);
  Results results = rule->import(inner);
  for (ir::TensorId& id : results.ids) id = on_learnt_grid(inner, id, "output");
  return results;
}

Results import_quantize_layer(LayerContext& c) {
  require_eight_bits(c);
  const ir::TensorId x = to_float(c, c.input());
  return on_learnt_grid(c, x, c.has_weight("min") ? std::string_view() : std::string_view("quantize_layer"));
}

Results import_quantize_aware_activation(LayerContext& c) {
  const ir::TensorId x = on_learnt_grid(c, to_float(c, c.input()), "pre_activation");
  return on_learnt_grid(c, activate(c, c.config()["activation"], x), "post_activation");
}

Results import_no_activation(LayerContext& c) { return c.input(); }

}  // namespace

std::optional<TrainedWeight> trained_weight(const LayerContext& c, std::string_view name) {
  const bool has_range = c.has_weight(joined(name, "min"));
  if (!has_range && !c.has_weight("mask") && !c.has_weight(concat("cluster_centroids_", name))) return std::nullopt;
  TrainedWeight weight;
  for (const double value : c.weight_values(name)) weight.values.push_back(static_cast<float>(value));
  apply_mask(c, name, weight.values);
  apply_clusters(c, name, weight.values);
  if (has_range) snap_to_range(c, name, c.weight_shape(name), weight);
  return weight;
}

ir::TensorId on_learnt_grid(LayerContext& c, ir::TensorId x, std::string_view quantity) {
  const std::string min_name = joined(quantity, "min");
  if (!c.has_weight(min_name)) return x;
  const double min = c.weight_values(min_name).at(0);
  const double max = c.weight_values(joined(quantity, "max")).at(0);
  require_range(c, quantity, min, max);
  const ops::TrainedGrid grid(static_cast<float>(min), static_cast<float>(max), false);
  const ir::TensorId quantized = c.add("QUANTIZE", {}, {x}, DType::uint8, {{grid.scale}, {grid.zero_point}});
  return c.add("DEQUANTIZE", {}, {quantized}, DType::float32);
}

std::span<const LayerRule> model_optimization_layers() {
  static constexpr LayerRule kRules[] = {
      {.name = "QuantizeWrapper",
       .import = import_wrapped,
       .weights = "*",
       .masks = Masks::keep,
       .aliases = "QuantizeWrapperV2 QuantizeAnnotate",
       .note = "8 bits"},
      {.name = "QuantizeLayer",
       .import = import_quantize_layer,
       .weights = "*",
       .masks = Masks::keep,
       .note = "8 bits"},
      {.name = "PruneLowMagnitude", .import = import_wrapped, .weights = "*", .masks = Masks::keep},
      {.name = "ClusterWeights", .import = import_wrapped, .weights = "*", .masks = Masks::keep},
      {.name = "QuantizeAwareActivation", .import = import_quantize_aware_activation, .weights = "*"},
      {.name = "NoOpActivation", .import = import_no_activation},
  };
  return kRules;
}

}  // namespace litesmith::importers::keras
