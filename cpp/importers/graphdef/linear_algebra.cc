#include <numeric>

#include "importers/graphdef/node_context.h"
#include "ops/batch_matmul/batch_matmul.h"
#include "ops/fully_connected/fully_connected.h"

namespace litesmith::importers::graphdef {
namespace {

/// The last two dims change places.
ir::TensorId transpose_matrices(NodeContext& c, ir::TensorId x) {
  std::vector<int> order(static_cast<std::size_t>(c.rank(x)));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order.end()[-1], order.end()[-2]);
  return transpose(c, x, order);
}

bool is_constant_matrix(NodeContext& c, int operand) { return c.is_constant(operand) && c.rank(c.input(operand)) == 2; }

/// x by a constant matrix. `swapped`: the matrix is [out, in] already.
ir::TensorId by_constant(NodeContext& c, ir::TensorId x, ir::TensorId matrix, bool swapped) {
  const ops::FullyConnectedAttrs attrs{.keep_num_dims = c.rank(x) != 2};
  return c.add("FULLY_CONNECTED", attrs, {x, swapped ? matrix : transpose_matrices(c, matrix), ir::kAbsent});
}

Results import_matmul(NodeContext& c) {
  const bool transpose_a = c.attr_bool("transpose_a", false), transpose_b = c.attr_bool("transpose_b", false);
  const ir::TensorId a = c.ranked(0, 2), b = c.ranked(1, 2);
  if (is_float(c.dtype(a)) && is_constant_matrix(c, 1))
    return by_constant(c, transpose_a ? transpose_matrices(c, a) : a, b, transpose_b);
  return c.add("BATCH_MATMUL", ops::BatchMatmulAttrs{.adj_x = transpose_a, .adj_y = transpose_b}, {a, b});
}

Results import_batch_matmul(NodeContext& c) {
  const bool adj_x = c.attr_bool("adj_x", false), adj_y = c.attr_bool("adj_y", false);
  const ir::TensorId a = c.ranked(0, 2), b = c.ranked(1, 2);
  if (!adj_x && is_float(c.dtype(a)) && c.rank(a) >= 2 && is_constant_matrix(c, 1)) return by_constant(c, a, b, adj_y);
  return c.add("BATCH_MATMUL", ops::BatchMatmulAttrs{.adj_x = adj_x, .adj_y = adj_y}, {a, b});
}

}  // namespace

std::span<const OpRule> linear_algebra_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "BatchMatMul", .import = import_batch_matmul},   {.op = "BatchMatMulV2", .import = import_batch_matmul},
      {.op = "BatchMatMulV3", .import = import_batch_matmul}, {.op = "MatMul", .import = import_matmul},
      {.op = "SparseMatMul", .import = import_matmul},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
