#include "ops/batch_matmul/batch_matmul.h"

#include <algorithm>
#include <vector>

#include "base/aligned_buffer.h"
#include "ops/batch_matmul/integer.h"
#include "ops/batch_matmul/matrices.h"
#include "ops/dynamic_range_rules.h"
#include "ops/float_product.h"
#include "ops/kernel_table.h"
#include "ops/static_rules.h"
#include "ops/weights.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::batch_matmul {
namespace {

constexpr TypePair kTypes[] = {{DType::float32, DType::float32},
                               {DType::int8, DType::int8},
                               {DType::int16, DType::int16},
                               {DType::int16, DType::int8},
                               {DType::float32, DType::int8}};

DType output_type(const InferContext& context) {
  const DType x = context.input(0).dtype;
  return x == DType::int8 && context.output_type(0) == DType::int32 ? DType::int32 : x;
}

void infer(InferContext& context) {
  require_pair(context, 0, 1, kTypes);
  const TensorInfo& x = context.input(0);
  const TensorInfo& y = context.input(1);
  for (const TensorInfo* operand : {&x, &y})
    context.require(!operand->shape.has_rank() || operand->shape.rank() >= 2, "'", operand->name, "' has shape ",
                    operand->shape, " but must have at least two dimensions");
  if (!x.shape.has_rank() || !y.shape.has_rank())
    return context.set_output(0, output_type(context), Shape::unknown_rank());
  const Matrices sizes = matrices(context);
  auto shape = broadcast(batch_dims(x.shape), batch_dims(y.shape));
  if (!shape)
    context.fail("the dimensions before the matrices of '", x.name, "' (", x.shape, ") and '", y.name, "' (", y.shape,
                 ") cannot be broadcast; each pair must be equal or contain a 1");
  shape->dims().push_back(sizes.m);
  shape->dims().push_back(sizes.n);
  context.set_output(0, output_type(context), *shape);
}

struct Params {
  std::vector<std::int64_t> x, y;  // matrix of each operand, by matrix of the result
  std::int64_t m, k, n;
  kernels::WeightView view;
  bool transpose_x;
  std::int64_t columns;
  std::int64_t blocks;
  ColumnBlock full;
  ColumnBlock last;
};

void transpose(const float* x, std::int64_t rows, std::int64_t columns, float* y) noexcept {
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t first = 0; first < columns; first += kBlock)
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t column = first; column < std::min(first + kBlock, columns); ++column)
        y[column * rows + row] = x[row * columns + column];
}

/// Tile = (matrix of the result, block of its columns).
Fault run(const Params& p, const Operands& operands, TileRange tiles) noexcept {
  const std::size_t transposed_bytes =
      p.transpose_x ? align_up(static_cast<std::size_t>(p.m * p.k) * sizeof(float)) : 0;
  auto* transposed = reinterpret_cast<float*>(operands.scratch);
  std::int64_t present = -1;
  for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
    const std::int64_t matrix = tile / p.blocks;
    const std::int64_t block = tile % p.blocks;
    const std::int64_t first = block * p.columns;
    const std::int64_t x_matrix = p.x[static_cast<std::size_t>(matrix)];
    const float* x = operands.in<float>(0) + x_matrix * p.m * p.k;
    if (p.transpose_x && present != x_matrix) {
      transpose(x, p.k, p.m, transposed);
      present = x_matrix;
    }
    kernels::WeightView view = p.view;
    view.data = operands.in<float>(1) + p.y[static_cast<std::size_t>(matrix)] * p.k * p.n + first * view.n_stride;
    run_columns(block + 1 < p.blocks ? p.full : p.last, p.transpose_x ? transposed : x, view, nullptr,
                operands.out<float>() + matrix * p.m * p.n + first, Clamp{}, operands.scratch + transposed_bytes);
  }
  return Fault::none;
}

Step prepare_batches(const PrepareContext& context, simd::Isa isa, const FloatProduct& product, std::int64_t m) {
  const Shape& x = context.input(0).shape;
  const Shape& y = context.input(1).shape;
  const Shape batch = batch_dims(context.output().shape);
  const std::int64_t k = product.shape.in_c;
  const std::int64_t columns = block_columns(isa, product.n, k);
  const std::int64_t blocks = (product.n + columns - 1) / columns;
  Params p{.x = matrix_of(batch, batch_dims(x)),
           .y = matrix_of(batch, batch_dims(y)),
           .m = m,
           .k = k,
           .n = product.n,
           .view = product.view,
           .transpose_x = context.attrs<BatchMatmulAttrs>().adj_x,
           .columns = columns,
           .blocks = blocks,
           .full = plan_columns(isa, columns, k, product.shape, product.x, product.y),
           .last = plan_columns(isa, product.n - (blocks - 1) * columns, k, product.shape, product.x, product.y)};
  std::size_t scratch = std::max(p.full.scratch_bytes(), p.last.scratch_bytes());
  if (p.transpose_x) scratch += align_up(static_cast<std::size_t>(m * k) * sizeof(float));
  const auto count = static_cast<std::int64_t>(p.x.size());
  Step step = make_step<run>(std::move(p), concat("batch_matmul/", simd::isa_name(isa), "/fed"), isa);
  step.tiles = count * blocks;
  step.scratch_bytes = scratch;
  step.work = static_cast<double>(count * m) * static_cast<double>(k * product.n);
  return step;
}

Step prepare_float(const PrepareContext& context, simd::Isa isa) {
  const auto& a = context.attrs<BatchMatmulAttrs>();
  if (elements(context.output().shape) == 0) return empty_step("batch_matmul");
  const Matrices sizes = matrices(context);
  const kernels::WeightView view =
      a.adj_y ? kernels::weights_nk(nullptr, sizes.k) : kernels::weights_kn(nullptr, sizes.k, sizes.n);
  const std::int64_t x_matrices = elements(batch_dims(context.input(0).shape));
  if (!a.adj_x && elements(batch_dims(context.input(1).shape)) == 1)
    return float_product_step(context, isa, matrix_product(x_matrices * sizes.m, sizes.k, sizes.n, view),
                              "batch_matmul");
  return prepare_batches(context, isa, matrix_product(sizes.m, sizes.k, sizes.n, view), sizes.m);
}

constexpr Kernel kKernels[] = {
#include "ops/batch_matmul/kernels.inc"
};

Step prepare(const PrepareContext& context) { return prepare_best(kKernels, context); }

int version(const VersionQuery& query) {
  const DType x = query.input_type(0);
  if (x == DType::int16) return 3;
  if (x == DType::int8) return 2;
  return is_hybrid(query, 0, 1) && query.node.attrs.as<BatchMatmulAttrs>().asymmetric_quantize_inputs ? 4 : 1;
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_BatchMatMulOptions();
  if (options == nullptr) return BatchMatmulAttrs{};
  return BatchMatmulAttrs{options->adj_x(), options->adj_y(), options->asymmetric_quantize_inputs()};
}

flatbuffers::Offset<void> write(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& attrs = attributes.as<BatchMatmulAttrs>();
  ::tflite::BatchMatMulOptionsBuilder options(builder);
  options.add_asymmetric_quantize_inputs(attrs.asymmetric_quantize_inputs);
  options.add_adj_y(attrs.adj_y);
  options.add_adj_x(attrs.adj_x);
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      {.identity = {"BATCH_MATMUL"},
       .builtin_code = 126,
       .inputs = {2, 2},
       .newest_version = 4,
       .version = version,
       .infer = infer,
       .read = read,
       .write = write,
       .options_type = 101,
       .prepare = prepare,
       .quantization = {
           .int8 = kFree, .int16x8 = kFree, .dynamic_range = hybrid_weights_asymmetric<BatchMatmulAttrs>(-1)}}};
  return kOps;
}

}  // namespace litesmith::ops::batch_matmul
