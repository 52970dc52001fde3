#include "importers/keras/activation_functions.h"
#include "importers/keras/layer_context.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/gather/gather.h"

namespace litesmith::importers::keras {
namespace {

Results identity(LayerContext& c) { return c.input(); }

Results import_dense(LayerContext& c) {
  ir::TensorId x = to_float(c, c.input());
  const int rank = c.rank(x);
  if (rank < 2) c.fail("needs a batch and features, but its input has shape ", c.shape(x));
  const auto units = c.config()["units"].as<int>();
  const Shape stored{c.shape(x).back(), units};
  const Shape& got = c.weight_shape("kernel");
  const std::int32_t features = got.rank() == 2 ? got[0] : kUnknownDim;
  const ir::TensorId kernel =
      c.weight("kernel", stored, {.order = {1, 0}, .shape = Shape{units, features}, .reversed = {}});
  const ir::TensorId bias = c.config().get("use_bias", true) ? c.weight("bias", Shape{units}) : ir::kAbsent;
  x = c.add("FULLY_CONNECTED", ops::FullyConnectedAttrs{.keep_num_dims = rank > 2}, {x, kernel, bias});
  return activate(c, c.config()["activation"], x);
}

Results import_embedding(LayerContext& c) {
  const ir::TensorId indices = cast(c, c.input(), c.dtype(c.input()) == DType::int64 ? DType::int64 : DType::int32);
  const Shape stored{c.config()["input_dim"].as<int>(), c.config()["output_dim"].as<int>()};
  const ir::TensorId table = c.weight("embeddings", stored);
  return c.add("GATHER", ops::GatherAttrs{.axis = 0}, {table, indices});
}

/// Steps whose features all equal mask_value become zeros.
Results import_masking(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  const ir::TensorId value = c.number("mask_value", c.config().get("mask_value", 0.0));
  const ir::TensorId differs = compare(c, "NOT_EQUAL", x, value);
  const ir::TensorId kept = reduce(c, "REDUCE_ANY", differs, {c.rank(x) - 1}, true);
  return binary(c, "MUL", x, cast(c, kept, DType::float32));
}

/// x * gamma of ConvNeXt. Files give the variable different names.
Results import_layer_scale(LayerContext& c) {
  if (c.layer().weights.size() != 1) c.fail("has ", c.layer().weights.size(), " weights but must have one");
  const Shape stored{c.config()["projection_dim"].as<int>()};
  return binary(c, "MUL", to_float(c, c.input()), c.weight(c.layer().weights[0].name, stored));
}

}  // namespace

std::span<const LayerRule> core_layers() {
  static constexpr LayerRule kRules[] = {
      {.name = "Dense", .import = import_dense, .weights = "kernel bias?", .masks = Masks::keep},
      {.name = "Embedding",
       .import = import_embedding,
       .weights = "embeddings",
       .masks = Masks::make,
       .note = "indices outside of the table are an error when the model runs; masks only where they change nothing"},
      {.name = "Masking", .import = import_masking, .masks = Masks::make},
      {.name = "Identity", .import = identity, .masks = Masks::keep},
      {.name = "LayerScale", .import = import_layer_scale, .weights = "*", .note = "of keras.applications.ConvNeXt"},
      {.name = "StochasticDepth", .import = identity, .note = "of keras.applications.ConvNeXt; nothing at inference"},
      {.name = "ActivityRegularization", .import = identity, .masks = Masks::keep},
      {.name = "Dropout",
       .import = identity,
       .masks = Masks::keep,
       .aliases = "AlphaDropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout GaussianNoise",
       .note = "nothing at inference"},
  };
  return kRules;
}

}  // namespace litesmith::importers::keras
