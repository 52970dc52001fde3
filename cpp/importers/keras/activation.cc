#include <cmath>

#include "importers/keras/activation_functions.h"
#include "importers/keras/layer_context.h"

namespace litesmith::importers::keras {
namespace {

Results import_activation(LayerContext& c) { return activate(c, c.config()["activation"], to_float(c, c.input())); }

Results import_relu(LayerContext& c) {
  return relu(c, to_float(c, c.input()), c.config().get("negative_slope", 0.0),
              c.config().get("max_value", double{INFINITY}), c.config().get("threshold", 0.0));
}

Results import_leaky_relu(LayerContext& c) {
  return leaky_relu(c, to_float(c, c.input()), c.number_parameter("negative_slope|alpha", 0.3));
}

Results import_elu(LayerContext& c) { return elu(c, to_float(c, c.input()), c.config().get("alpha", 1.0)); }

Results import_softmax(LayerContext& c) {
  const auto axes = c.config().get("axis", std::vector<int>{-1});
  if (axes.size() != 1) c.unsupported("softmax over ", axes.size(), " axes has no conversion; use one axis");
  return softmax(c, to_float(c, c.input()), axes[0]);
}

Results import_prelu(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  Shape stored(Dims(c.shape(x).begin() + 1, c.shape(x).end()));
  for (const int axis : c.config().get("shared_axes", std::vector<int>{}))
    stored[checked_axis(c, axis, c.rank(x)) - 1] = 1;
  return c.add("PRELU", {}, {x, c.weight("alpha", stored)});
}

Results import_thresholded_relu(LayerContext& c) {
  return keep_above(c, to_float(c, c.input()), c.config().get("theta", 1.0));
}

}  // namespace

std::span<const LayerRule> activation_layers() {
  static constexpr LayerRule kRules[] = {
      {.name = "Activation", .import = import_activation, .masks = Masks::keep},
      {.name = "ReLU", .import = import_relu, .masks = Masks::keep},
      {.name = "LeakyReLU", .import = import_leaky_relu, .masks = Masks::keep},
      {.name = "ELU", .import = import_elu, .masks = Masks::keep},
      {.name = "Softmax", .import = import_softmax, .masks = Masks::refuse, .note = "one axis; no masks"},
      {.name = "PReLU", .import = import_prelu, .weights = "alpha", .masks = Masks::keep},
      {.name = "ThresholdedReLU", .import = import_thresholded_relu, .masks = Masks::keep},
  };
  return kRules;
}

}  // namespace litesmith::importers::keras
