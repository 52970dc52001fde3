#include <numeric>

#include "importers/graphdef/layout.h"
#include "ops/batch_normalization/batch_normalization.h"
#include "ops/local_response_normalization/local_response_normalization.h"
#include "ops/softmax/softmax.h"

namespace litesmith::importers::graphdef {
namespace {

int channel_axis(const NodeContext& c, ir::TensorId x) { return channels_first(c) ? 1 : c.rank(x) - 1; }

/// A vector over the channels that broadcasts against x.
ir::TensorId along_channels(NodeContext& c, ir::TensorId vector, ir::TensorId x) {
  if (!channels_first(c)) return vector;
  Dims dims(static_cast<std::size_t>(c.rank(x)) - 1, 1);
  dims[0] = c.shape(x)[1];
  return reshape(c, vector, std::move(dims));
}

/// Statistics of the batch at hand, as training uses them; layer normalization is often written so.
Results normalize_by_batch(NodeContext& c, float epsilon) {
  const ir::TensorId x = c.input(0);
  std::vector<int> axes(static_cast<std::size_t>(c.rank(x)));
  std::iota(axes.begin(), axes.end(), 0);
  axes.erase(axes.begin() + channel_axis(c, x));
  const ir::TensorId mean = reduce(c, "MEAN", x, axes, true);
  const ir::TensorId variance = reduce(c, "MEAN", binary(c, "SQUARED_DIFFERENCE", x, mean), axes, true);
  const ir::TensorId inverse = unary(c, "RSQRT", with_number(c, "ADD", variance, static_cast<double>(epsilon)));
  const ir::TensorId normal = binary(c, "MUL", binary(c, "SUB", x, mean), inverse);
  const ir::TensorId scaled = binary(c, "MUL", normal, along_channels(c, c.input(1), x));
  return binary(c, "ADD", scaled, along_channels(c, c.input(2), x));
}

/// Operands x, scale, offset, mean, variance.
Results import_fused_batch_norm(NodeContext& c) {
  const float epsilon = c.attr_float("epsilon", 1e-4f);
  const ir::TensorId x = c.ranked(0, 2);
  if (c.attr_bool("is_training", true)) return normalize_by_batch(c, epsilon);
  const ops::BatchNormalizationAttrs attrs{epsilon, channel_axis(c, x)};
  const ir::TensorId y = c.add("BATCH_NORMALIZATION", attrs, {x, c.input(1), c.input(2), c.input(3), c.input(4)});
  return std::vector<ir::TensorId>{y, c.input(3), c.input(4)};
}

/// Operands x, mean, variance, beta, gamma.
Results import_batch_norm(NodeContext& c) {
  const ir::TensorId gamma = c.attr_bool("scale_after_normalization", true) ? c.input(4) : ir::kAbsent;
  const ops::BatchNormalizationAttrs attrs{c.attr_float("variance_epsilon", 1e-3f), c.rank(c.ranked(0, 1)) - 1};
  return c.add("BATCH_NORMALIZATION", attrs, {c.input(0), gamma, c.input(3), c.input(1), c.input(2)});
}

Results import_bias_add(NodeContext& c) {
  const ir::TensorId x = channels_first(c) ? c.ranked(0, 2) : c.input(0);
  return binary(c, "ADD", x, along_channels(c, c.input(1), x));
}

Results import_lrn(NodeContext& c) {
  const ops::LocalResponseNormalizationAttrs attrs{static_cast<std::int32_t>(c.attr_int("depth_radius", 5)),
                                                   c.attr_float("bias", 1), c.attr_float("alpha", 1),
                                                   c.attr_float("beta", 0.5f)};
  return c.add("LOCAL_RESPONSE_NORMALIZATION", attrs, {c.input(0)});
}

Results import_softmax(NodeContext& c) { return c.add("SOFTMAX", ops::SoftmaxAttrs{}, {c.input(0)}); }
Results import_log_softmax(NodeContext& c) { return unary(c, "LOG_SOFTMAX", c.input(0)); }

}  // namespace

std::span<const OpRule> normalization_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "BatchNormWithGlobalNormalization", .import = import_batch_norm},
      {.op = "BiasAdd", .import = import_bias_add},
      {.op = "BiasAddV1", .import = import_bias_add},
      {.op = "FusedBatchNorm", .import = import_fused_batch_norm},
      {.op = "FusedBatchNormV2", .import = import_fused_batch_norm},
      {.op = "FusedBatchNormV3", .import = import_fused_batch_norm},
      {.op = "LRN", .import = import_lrn},
      {.op = "LogSoftmax", .import = import_log_softmax},
      {.op = "Softmax", .import = import_softmax},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
