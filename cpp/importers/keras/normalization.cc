#include "importers/keras/layer_context.h"
#include "ops/batch_normalization/batch_normalization.h"

namespace litesmith::importers::keras {
namespace {

Results import_batch_normalization(LayerContext& c) {
  ir::TensorId x = to_float(c, c.input());
  const auto axes = c.config().get("axis", std::vector<int>{-1});
  if (axes.size() != 1) c.unsupported("normalization over ", axes.size(), " axes has no conversion; use one axis");
  int axis = checked_axis(c, axes[0], c.rank(x));
  const Shape stored{c.shape(x)[axis]};
  const bool moved = axis == 1 && c.rank(x) > 2 && c.channels_first_model();
  if (moved) {
    x = channels_to_end(c, x);
    axis = c.rank(x) - 1;
  }
  const auto optional = [&](const char* key, const char* name) {
    return c.config().get(key, true) ? c.weight(name, stored) : ir::kAbsent;
  };
  const ir::TensorId gamma = optional("scale", "gamma");
  const ir::TensorId beta = optional("center", "beta");
  const ir::TensorId mean = c.weight("moving_mean", stored);
  const ir::TensorId variance = c.weight("moving_variance", stored);
  const ir::TensorId y = c.add("BATCH_NORMALIZATION",
                               ops::BatchNormalizationAttrs{static_cast<float>(c.config().get("epsilon", 1e-3)), axis},
                               {x, gamma, beta, mean, variance});
  return moved ? channels_to_front(c, y) : y;
}

/// A weight with a dim for each of the axes, shaped to broadcast against a tensor like x.
ir::TensorId along_axes(LayerContext& c, std::string_view name, ir::TensorId x, const std::vector<int>& axes) {
  Dims stored;
  Dims shape(static_cast<std::size_t>(c.rank(x) - axes.front()), 1);
  for (const int axis : axes) {
    stored.push_back(c.known_dim(x, axis, "a normalized dimension"));
    shape[static_cast<std::size_t>(axis - axes.front())] = stored.back();
  }
  return c.weight(name, Shape(stored), {.order = {}, .shape = Shape(shape), .reversed = {}});
}

/// 1 / sqrt(variance + epsilon)
ir::TensorId inverse_deviation(LayerContext& c, ir::TensorId variance, double epsilon) {
  return unary(c, "RSQRT", with_number(c, "ADD", variance, epsilon));
}

/// (x - mean) / sqrt(variance + epsilon), both over the axes.
ir::TensorId standardized(LayerContext& c, ir::TensorId x, const std::vector<int>& axes, double epsilon) {
  const ir::TensorId mean = reduce(c, "MEAN", x, axes, true);
  const ir::TensorId variance = reduce(c, "MEAN", binary(c, "SQUARED_DIFFERENCE", x, mean), axes, true);
  return binary(c, "MUL", binary(c, "SUB", x, mean), inverse_deviation(c, variance, epsilon));
}

Results import_layer_normalization(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  const auto axes = checked_axes(c, c.config().get("axis", std::vector<int>{-1}), c.rank(x));
  if (c.config().get("rms_scaling", false)) c.unsupported("rms_scaling has no conversion; use RMSNormalization");
  ir::TensorId y = standardized(c, x, axes, c.config().get("epsilon", 1e-3));
  if (c.config().get("scale", true)) y = binary(c, "MUL", y, along_axes(c, "gamma", x, axes));
  if (c.config().get("center", true)) y = binary(c, "ADD", y, along_axes(c, "beta", x, axes));
  return y;
}

Results import_rms_normalization(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  const auto axes = checked_axes(c, c.config().get("axis", std::vector<int>{-1}), c.rank(x));
  const ir::TensorId square = reduce(c, "MEAN", binary(c, "MUL", x, x), axes, true);
  const ir::TensorId y = binary(c, "MUL", x, inverse_deviation(c, square, c.config().get("epsilon", 1e-6)));
  return binary(c, "MUL", y, along_axes(c, "scale", x, axes));
}

Results import_unit_normalization(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  return l2_normalized(c, x, checked_axes(c, c.config().get("axis", std::vector<int>{-1}), c.rank(x)));
}

/// The channels in groups, all other dims but the batch as one: [batch, rest, groups, channels / groups].
Results import_group_normalization(LayerContext& c) {
  const ir::TensorId input = to_float(c, c.input());
  const int axis = checked_axis(c, c.config().get("axis", -1), c.rank(input));
  const bool moved = axis != c.rank(input) - 1;
  if (moved && axis != 1) c.unsupported("axis=", axis, " has no conversion; use the last axis or 1");
  const ir::TensorId x = moved ? channels_to_end(c, input) : input;
  const int channels = c.known_dim(x, c.rank(x) - 1, "the number of channels");
  int groups = c.config().get("groups", 32);
  if (groups == -1) groups = channels;
  if (groups < 1 || channels % groups != 0) c.fail("groups=", groups, " must divide its ", channels, " channels");
  std::int64_t rest = 1;
  for (int i = 1; i < c.rank(x) - 1 && rest != kUnknownDim; ++i)
    rest = c.shape(x)[i] == kUnknownDim ? kUnknownDim : checked_product(rest, c.shape(x)[i]);
  const Shape grouped{1, 1, groups, channels / groups};
  ir::TensorId y = reshape(c, x, {c.shape(x)[0], static_cast<std::int32_t>(rest), groups, channels / groups});
  y = standardized(c, y, {1, 3}, c.config().get("epsilon", 1e-3));
  const WeightForm form{.order = {}, .shape = grouped, .reversed = {}};
  if (c.config().get("scale", true)) y = binary(c, "MUL", y, c.weight("gamma", Shape{channels}, form));
  if (c.config().get("center", true)) y = binary(c, "ADD", y, c.weight("beta", Shape{channels}, form));
  y = reshape_like(c, y, x);
  return moved ? channels_to_front(c, y) : y;
}

}  // namespace

std::span<const LayerRule> normalization_layers() {
  static constexpr LayerRule kRules[] = {
      {.name = "BatchNormalization",
       .import = import_batch_normalization,
       .weights = "gamma? beta? moving_mean moving_variance moving_stddev? renorm_mean? renorm_stddev? "
                  "renorm_mean_weight? renorm_stddev_weight?",
       .masks = Masks::keep,
       .aliases = "SyncBatchNormalization",
       .note = "one axis"},
      {.name = "LayerNormalization",
       .import = import_layer_normalization,
       .weights = "gamma? beta?",
       .masks = Masks::keep},
      {.name = "GroupNormalization",
       .import = import_group_normalization,
       .weights = "gamma? beta?",
       .masks = Masks::keep,
       .note = "channels last or on axis 1"},
      {.name = "RMSNormalization", .import = import_rms_normalization, .weights = "scale", .masks = Masks::keep},
      {.name = "UnitNormalization", .import = import_unit_normalization, .masks = Masks::keep},
  };
  return kRules;
}

}  // namespace litesmith::importers::keras
