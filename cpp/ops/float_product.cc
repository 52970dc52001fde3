#include "ops/float_product.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/aligned_buffer.h"
#include "ops/weights.h"

namespace litesmith::ops {
namespace {

/// Weights a tile packs at run time: a quarter of a usual L2 cache.
constexpr std::int64_t kBlockFloats = 65'536;

struct Packed {
  kernels::Conv2dPlan plan;
  std::shared_ptr<std::byte[]> weights;
  kernels::Clamp clamp;
  int input;
};

Fault run_packed(const Packed& p, const Operands& operands, TileRange tiles) noexcept {
  kernels::run_conv2d(p.plan, operands.in<float>(p.input), reinterpret_cast<const float*>(p.weights.get()),
                      operands.out<float>(), p.clamp, tiles.begin, tiles.end, operands.scratch);
  return Fault::none;
}

struct Fed {
  FloatProduct product;
  std::vector<float> weights;  // copies of operands that are known; empty when read at run time
  std::vector<float> bias;
  bool has_bias;
  std::int64_t columns;
  std::int64_t blocks;  // per group
  ColumnBlock full;
  ColumnBlock last;
};

Fault run_fed(const Fed& p, const Operands& operands, TileRange tiles) noexcept {
  const FloatProduct& product = p.product;
  const float* weights = p.weights.empty() ? operands.in<float>(product.weights) : p.weights.data();
  const float* bias = p.bias.empty() && p.has_bias ? operands.in<float>(product.bias) : p.bias.data();
  for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
    const std::int64_t group = tile / p.blocks;
    const std::int64_t block = tile % p.blocks;
    const std::int64_t channel = group * product.n + block * p.columns;
    kernels::WeightView view = product.view;
    view.data = weights + channel * view.n_stride;
    run_columns(block + 1 < p.blocks ? p.full : p.last, operands.in<float>(product.input) + group * product.shape.in_c,
                view, p.has_bias ? bias + channel : nullptr, operands.out<float>() + channel, product.clamp,
                operands.scratch);
  }
  return Fault::none;
}

std::int64_t terms(const kernels::Conv2dShape& shape) { return shape.kernel_h * shape.kernel_w * shape.in_c; }

Step fed_step(const PrepareContext& context, simd::Isa isa, const FloatProduct& product, const std::string& kernel) {
  const std::int64_t k = terms(product.shape);
  const std::int64_t columns = block_columns(isa, product.n, k);
  const std::int64_t blocks = (product.n + columns - 1) / columns;
  Fed fed{.product = product,
          .weights = known_floats(context, product.weights),
          .bias = known_floats(context, product.bias),
          .has_bias = context.has_input(product.bias),
          .columns = columns,
          .blocks = blocks,
          .full = plan_columns(isa, columns, k, product.shape, product.x, product.y),
          .last = plan_columns(isa, product.n - (blocks - 1) * columns, k, product.shape, product.x, product.y)};
  const std::size_t scratch = std::max(fed.full.scratch_bytes(), fed.last.scratch_bytes());
  Step step = make_step<run_fed>(std::move(fed), kernel, isa);
  step.tiles = product.groups * blocks;
  step.scratch_bytes = scratch;
  return step;
}

Step packed_step(const PrepareContext& context, simd::Isa isa, const FloatProduct& product, const std::string& kernel) {
  const std::vector<float> weights = known_floats(context, product.weights);
  const std::vector<float> bias = known_floats(context, product.bias);
  const auto layout = kernels::panel_layout(isa, product.n, terms(product.shape), product.groups);
  kernels::WeightView view = product.view;
  view.data = weights.data();
  Packed packed{.plan = kernels::plan_conv2d(layout, product.shape, product.x, product.y),
                .weights = aligned_buffer(kernels::packed_bytes(layout)),
                .clamp = kernel_clamp(product.clamp),
                .input = product.input};
  kernels::pack_weights(layout, view, bias.empty() ? nullptr : bias.data(),
                        reinterpret_cast<float*>(packed.weights.get()));
  return tiled_step<run_packed>(std::move(packed), kernel, isa);
}

}  // namespace

FloatProduct matrix_product(std::int64_t m, std::int64_t k, std::int64_t n, const kernels::WeightView& view) {
  return {.shape = {.in_w = m, .in_c = k, .out_w = m}, .x = {0, 0, k}, .y = {0, 0, n}, .n = n, .view = view};
}

Step float_product_step(const PrepareContext& context, simd::Isa isa, const FloatProduct& product,
                        std::string_view family) {
  const kernels::Conv2dShape& shape = product.shape;
  if (shape.batch == 0 || shape.out_h == 0 || shape.out_w == 0) return empty_step(family);
  const bool all_known = is_known(context, product.weights) && is_known(context, product.bias);
  const std::string kernel = concat(family, "/", simd::isa_name(isa), all_known ? "/packed" : "/fed");
  Step step = all_known ? packed_step(context, isa, product, kernel) : fed_step(context, isa, product, kernel);
  step.work = static_cast<double>(shape.batch * shape.out_h * shape.out_w) *
              static_cast<double>(product.groups * product.n * terms(shape));
  return step;
}

Step empty_step(std::string_view family) {
  struct Nothing {};
  constexpr auto run = [](const Nothing&, const Operands&, TileRange) noexcept { return Fault::none; };
  Step step = make_step<run>(Nothing{}, concat(family, "/empty"));
  step.tiles = 0;
  return step;
}

std::int64_t block_columns(simd::Isa isa, std::int64_t n, std::int64_t k) noexcept {
  const std::int64_t vector = kernels::panel_layout(isa, n, k).vector;
  const std::int64_t fitting = kBlockFloats / k / (4 * vector) * (4 * vector);
  return std::min(n, std::max(fitting, vector));
}

ColumnBlock plan_columns(simd::Isa isa, std::int64_t n, std::int64_t k, const kernels::Conv2dShape& shape,
                         kernels::ImageStrides x, kernels::ImageStrides y) noexcept {
  const auto layout = kernels::panel_layout(isa, n, k);
  return {kernels::plan_conv2d(layout, shape, x, y), align_up(kernels::packed_bytes(layout))};
}

void run_columns(const ColumnBlock& block, const float* x, const kernels::WeightView& weights, const float* bias,
                 float* y, Clamp clamp, std::byte* scratch) noexcept {
  auto* packed = reinterpret_cast<float*>(scratch);
  kernels::pack_weights(block.plan.layout, weights, bias, packed);
  kernels::run_conv2d(block.plan, x, packed, y, kernel_clamp(clamp), 0, block.plan.tiles, scratch + block.packed_bytes);
}

}  // namespace litesmith::ops
