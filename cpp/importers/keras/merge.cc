#include <algorithm>

#include "importers/keras/layer_context.h"
#include "ops/batch_matmul/batch_matmul.h"

namespace litesmith::importers::keras {
namespace {

/// Operands of one type and rank: axes of 1 are put behind the batch.
std::vector<ir::TensorId> merged_operands(LayerContext& c) {
  std::vector<ir::TensorId> xs = with_common_type(c, {c.inputs().begin(), c.inputs().end()});
  if (xs.empty()) c.fail("is called without tensors");
  int rank = 0;
  for (const ir::TensorId x : xs) rank = std::max(rank, c.rank(x));
  for (ir::TensorId& x : xs)
    while (c.rank(x) < rank) x = expand_dims(c, x, 1);
  return xs;
}

ir::TensorId chain(LayerContext& c, std::string_view op, const std::vector<ir::TensorId>& xs) {
  ir::TensorId y = xs[0];
  for (std::size_t i = 1; i < xs.size(); ++i) y = binary(c, op, y, xs[i]);
  return y;
}

Results import_elementwise(LayerContext& c) { return chain(c, c.rule().op, merged_operands(c)); }

Results import_subtract(LayerContext& c) {
  if (c.inputs().size() != 2) c.fail("takes two tensors but is called with ", c.inputs().size());
  return chain(c, "SUB", merged_operands(c));
}

Results import_average(LayerContext& c) {
  const auto xs = merged_operands(c);
  const ir::TensorId sum = to_float(c, chain(c, "ADD", xs));
  return xs.size() == 1 ? sum : with_number(c, "MUL", sum, 1.0 / static_cast<double>(xs.size()));
}

/// x + scale * y of InceptionResNetV2.
Results import_scaled_sum(LayerContext& c) {
  if (c.inputs().size() != 2) c.fail("takes two tensors but is called with ", c.inputs().size());
  const ir::TensorId x = to_float(c, c.inputs()[0]);
  return binary(c, "ADD", x, with_number(c, "MUL", to_float(c, c.inputs()[1]), c.config()["scale"].as<double>()));
}

Results import_concatenate(LayerContext& c) {
  const std::vector<ir::TensorId> xs = with_common_type(c, {c.inputs().begin(), c.inputs().end()});
  if (xs.empty()) c.fail("is called without tensors");
  const int axis = checked_axis(c, c.config().get("axis", -1), c.rank(xs[0]));
  return xs.size() == 1 ? xs[0] : concatenate(c, xs, axis);
}

/// One operand of Dot as a matrix per batch entry.
struct Factor {
  ir::TensorId x;
  int axis;  // that is summed over
  bool was_vector;
};

Factor factor_of(LayerContext& c, ir::TensorId x, int axis, int axis_of_vector) {
  const int rank = c.rank(x);
  if (rank < 2 || rank > 3)
    c.unsupported("tensors of ", rank, " dimensions have no conversion; reshape them to two or three");
  axis = checked_axis(c, axis, rank);
  if (axis == 0) c.fail("the batch axis cannot be summed over");
  if (rank == 3) return {x, axis, false};
  return {expand_dims(c, x, axis_of_vector), 3 - axis_of_vector, true};
}

Results import_dot(LayerContext& c) {
  if (c.inputs().size() != 2) c.fail("takes two tensors but is called with ", c.inputs().size());
  auto axes = c.config()["axes"].as<std::vector<int>>();
  if (axes.size() == 1) axes.push_back(axes[0]);
  if (axes.size() != 2) c.fail("'axes' must be one axis or a pair");
  ir::TensorId xs[2] = {to_float(c, c.inputs()[0]), to_float(c, c.inputs()[1])};
  if (c.config().get("normalize", false))
    for (int i = 0; i < 2; ++i)
      xs[i] = l2_normalized(c, xs[i], {checked_axis(c, axes[static_cast<std::size_t>(i)], c.rank(xs[i]))});
  const Factor a = factor_of(c, xs[0], axes[0], 1);
  const Factor b = factor_of(c, xs[1], axes[1], 2);
  ir::TensorId y = c.add("BATCH_MATMUL", ops::BatchMatmulAttrs{.adj_x = a.axis == 1, .adj_y = b.axis == 2}, {a.x, b.x});
  if (a.was_vector) return squeeze(c, y, 1);
  return b.was_vector ? squeeze(c, y, 2) : y;
}

}  // namespace

std::span<const LayerRule> merge_layers() {
  static constexpr LayerRule kRules[] = {
      {.name = "Add", .import = import_elementwise, .masks = Masks::keep, .op = "ADD"},
      {.name = "Subtract", .import = import_subtract, .masks = Masks::keep},
      {.name = "Multiply", .import = import_elementwise, .masks = Masks::refuse_in_3, .op = "MUL"},
      {.name = "Average", .import = import_average, .masks = Masks::keep},
      {.name = "Maximum", .import = import_elementwise, .masks = Masks::refuse_in_3, .op = "MAXIMUM"},
      {.name = "Minimum", .import = import_elementwise, .masks = Masks::refuse_in_3, .op = "MINIMUM"},
      {.name = "CustomScaleLayer", .import = import_scaled_sum, .note = "of keras.applications.InceptionResNetV2"},
      {.name = "Concatenate", .import = import_concatenate, .masks = Masks::keep},
      {.name = "Dot", .import = import_dot, .note = "tensors of two or three dimensions"},
  };
  return kRules;
}

}  // namespace litesmith::importers::keras
