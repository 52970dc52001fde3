#include "ops/l2_normalization/l2_normalization.h"

#include <algorithm>
#include <cmath>

#include "kernels/lane_sum.h"
#include "ops/file_enum.h"
#include "ops/float_product.h"
#include "ops/kernel_table.h"
#include "ops/map.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::l2_normalization {
namespace {

constexpr float kLeastNorm = 1e-6F;

void infer(InferContext& context) {
  context.require_type(0, {DType::float32, DType::uint8, DType::int8});
  const TensorInfo& x = context.input(0);
  context.require(!x.shape.has_rank() || x.shape.rank() > 0, "'", x.name,
                  "' is a scalar but must have at least one dimension");
  const Activation activation = context.attrs<L2NormalizationAttrs>().activation;
  context.require(activation == Activation::none, "cannot fuse the activation ", name(activation),
                  "; make it an operator of its own");
  context.set_output(0, x.dtype, x.shape);
}

struct Rows {
  std::int64_t rows;
  std::int64_t columns;
};

Fault run(const Rows& p, const Operands& operands, TileRange tiles) noexcept {
  const Range rows = items_of(tiles, p.rows, items_per_tile(p.columns));
  for (std::int64_t row = rows.begin; row < rows.end; ++row) {
    const float* x = operands.in<float>(0) + row * p.columns;
    float* y = operands.out<float>() + row * p.columns;
    const float squares = kernels::lane_sum(x, p.columns, [](kernels::Lanes& lanes) { lanes *= lanes; });
    const float norm = std::max(std::sqrt(squares), kLeastNorm);
    for (std::int64_t i = 0; i < p.columns; ++i) y[i] = x[i] / norm;
  }
  return Fault::none;
}

Step prepare_float(const PrepareContext& context, simd::Isa isa) {
  const Shape& x = context.input(0).shape;
  if (elements(x) == 0) return empty_step("l2_normalization");
  const Rows params{x.count(0, x.rank() - 1), x.back()};
  Step step = make_step<run>(params, "", isa);
  step.tiles = tile_count(params.rows, items_per_tile(params.columns));
  step.work = 2 * static_cast<double>(elements(x));
  return step;
}

constexpr Kernel kKernels[] = {
    {"l2_normalization/scalar", simd::Isa::scalar, {DType::float32}, {}, nullptr, prepare_float},
};

int version(const VersionQuery& query) { return query.input_type(0) == DType::int8 ? 2 : 1; }

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_L2NormOptions();
  if (options == nullptr) return L2NormalizationAttrs{};
  return L2NormalizationAttrs{
      enum_from_file(options->fused_activation_function(), Activation::sign_bit, "fused activation")};
}

flatbuffers::Offset<void> write(const ir::Attrs& attributes, schema::Builder& builder) {
  ::tflite::L2NormOptionsBuilder options(builder);
  options.add_fused_activation_function(
      static_cast<::tflite::ActivationFunctionType>(attributes.as<L2NormalizationAttrs>().activation));
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"L2_NORMALIZATION"},
                                .builtin_code = 11,
                                .newest_version = 2,
                                .version = version,
                                .infer = infer,
                                .read = read,
                                .write = write,
                                .options_type = 12,
                                .prepare = prepare_from<kKernels>}};
  return kOps;
}

}  // namespace litesmith::ops::l2_normalization
