#include "ops/batch_matmul/batch_matmul.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/op_def.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

std::vector<float> transposed(const std::vector<float>& x, std::size_t rows, std::size_t columns) {
  std::vector<float> y(x.size());
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column) y[column * rows + row] = x[row * columns + column];
  return y;
}

}  // namespace

std::optional<ir::Patch> matmul_to_fully_connected(const Site& site) {
  if (!site.is("BATCH_MATMUL") || !site.is_constant(1)) return std::nullopt;
  const auto attrs = site.node().attrs.as<ops::BatchMatmulAttrs>();
  ir::Tensor filter = site.input(1);
  const Shape& x = site.input(0).shape;
  const bool is_plain = filter.dtype == DType::float32 && filter.sparsity == nullptr && filter.quantization.empty();
  if (attrs.adj_x || !is_plain || filter.shape.rank() != 2 || site.input(0).dtype != DType::float32 || !x.has_rank() ||
      x.back() < 1)
    return std::nullopt;
  ir::Patch patch(site.graph);
  ir::TensorId weights = site.node().input(1);
  if (!attrs.adj_y) {
    const std::int32_t in = filter.shape[0], out = filter.shape[1];
    const auto values =
        transposed(filter.data->to_vector<float>(), static_cast<std::size_t>(in), static_cast<std::size_t>(out));
    filter.data = Bytes::copy_of(std::span<const float>(values));
    filter.shape = {out, in};
    weights = patch.add_tensor(std::move(filter));
  }
  ops::FullyConnectedAttrs dense;
  dense.keep_num_dims = x.rank() > 2;
  patch.replace_node(site.id, ops::make_node("FULLY_CONNECTED", dense, {site.node().input(0), weights},
                                             site.node().outputs, site.node().origins));
  return patch;
}

}  // namespace litesmith::passes
