#include <algorithm>
#include <numeric>

#include "importers/graphdef/node_context.h"
#include "ops/reduce/reduce.h"

/// Sums, means and extrema along axes.
namespace litesmith::importers::graphdef {
namespace {

/// Nothing to reduce leaves x as it is.
ir::TensorId reduced(NodeContext& c, std::string_view op, ir::TensorId x) {
  const bool keep_dims = c.attr_bool("keep_dims", false);
  std::vector<int> axes;
  if (c.shape(x).has_rank()) {
    axes = c.axes(1, c.rank(x));
    std::sort(axes.begin(), axes.end());
    if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) c.fail("one of its axes is named twice");
  } else {
    for (const std::int64_t axis : c.int_values(1, "the axis")) axes.push_back(static_cast<int>(axis));
  }
  if (axes.empty()) return x;
  return emit::reduce(c, op, x, axes, keep_dims);
}

Results import_reduction(NodeContext& c) { return reduced(c, c.rule().ir_op, c.input(0)); }

Results import_euclidean_norm(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  return unary(c, "SQRT", reduced(c, "SUM", binary(c, "MUL", x, x)));
}

/// Half the sum of all squares.
Results import_l2_loss(NodeContext& c) {
  ir::TensorId x = c.input(0);
  if (!c.shape(x).has_rank()) x = reshape(c, x, {kUnknownDim});
  std::vector<int> axes(static_cast<std::size_t>(c.rank(x)));
  std::iota(axes.begin(), axes.end(), 0);
  const ir::TensorId squares = binary(c, "MUL", x, x);
  return with_number(c, "MUL", axes.empty() ? squares : emit::reduce(c, "SUM", squares, axes, false), 0.5);
}

}  // namespace

std::span<const OpRule> reduction_ops() {
  static constexpr std::string_view kNote = "constant axes";
  static constexpr OpRule kRules[] = {
      {.op = "All", .import = import_reduction, .ir_op = "REDUCE_ALL", .note = kNote},
      {.op = "Any", .import = import_reduction, .ir_op = "REDUCE_ANY", .note = kNote},
      {.op = "EuclideanNorm", .import = import_euclidean_norm, .note = kNote},
      {.op = "L2Loss", .import = import_l2_loss},
      {.op = "Max", .import = import_reduction, .ir_op = "REDUCE_MAX", .note = kNote},
      {.op = "Mean", .import = import_reduction, .ir_op = "MEAN", .note = kNote},
      {.op = "Min", .import = import_reduction, .ir_op = "REDUCE_MIN", .note = kNote},
      {.op = "Prod", .import = import_reduction, .ir_op = "REDUCE_PROD", .note = kNote},
      {.op = "Sum", .import = import_reduction, .ir_op = "SUM", .note = kNote},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
