#include "ops/l2_normalization/l2_normalization.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/lane_sum.h"
#include "kernels/requantize/fixed_point.h"
#include "ops/file_enum.h"
#include "ops/float_product.h"
#include "ops/kernel_table.h"
#include "ops/map.h"
#include "ops/quantization_match.h"
#include "ops/quantized_tensor.h"
#include "ops/static_rules.h"
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

Rows rows_of(const PrepareContext& context) {
  const Shape& x = context.input(0).shape;
  return {x.count(0, x.rank() - 1), x.back()};
}

Step over_rows(Step step, Rows rows) {
  step.tiles = tile_count(rows.rows, items_per_tile(rows.columns));
  step.work = 2 * static_cast<double>(rows.rows) * static_cast<double>(rows.columns);
  return step;
}

Step prepare_float(const PrepareContext& context, simd::Isa isa) {
  if (elements(context.input(0).shape) == 0) return empty_step("l2_normalization");
  const Rows rows = rows_of(context);
  return over_rows(make_step<run>(rows, "", isa), rows);
}

struct QuantizedRows {
  Rows size;
  std::int32_t zero_point;
};

/// 2^bits / sqrt(squares); sums beyond 32 bits, where the reference kernel wraps around, are divided by 4.
kernels::Multiplier norm_of(std::int64_t squares, int bits) noexcept {
  for (; squares > std::numeric_limits<std::int32_t>::max(); --bits) squares /= 4;
  const kernels::Multiplier norm = kernels::inverse_square_root(static_cast<std::int32_t>(squares));
  return {norm.q, norm.exponent + bits};
}

/// Results have 2^-7 as their scale. int8: the exponent is raised by 7; uint8: the differences are (reference:
/// arithmetic.md §7).
template <class T>
Fault run_quantized(const QuantizedRows& p, const Operands& operands, TileRange tiles) noexcept {
  constexpr bool kIsSigned = std::is_signed_v<T>;
  const Range rows = items_of(tiles, p.size.rows, items_per_tile(p.size.columns));
  for (std::int64_t row = rows.begin; row < rows.end; ++row) {
    const T* x = operands.in<T>(0) + row * p.size.columns;
    T* y = operands.out<T>() + row * p.size.columns;
    std::int64_t squares = 0;
    for (std::int64_t i = 0; i < p.size.columns; ++i) {
      const std::int32_t difference = x[i] - p.zero_point;
      squares += difference * difference;
    }
    const kernels::Multiplier norm = norm_of(squares, kIsSigned ? 7 : 0);
    for (std::int64_t i = 0; i < p.size.columns; ++i) {
      const std::int32_t difference = x[i] - p.zero_point;
      const std::int32_t steps = kernels::multiply(kIsSigned ? difference : 128 * difference, norm);
      y[i] = static_cast<T>(kIsSigned ? std::clamp(steps, -128, 127) : std::clamp(steps + 128, 0, 255));
    }
  }
  return Fault::none;
}

template <class T>
Step prepare_quantized(const PrepareContext& context, simd::Isa isa) {
  const TensorInfo& x = context.input(0);
  if (elements(x.shape) == 0) return empty_step("l2_normalization");
  const std::int32_t zero_point = per_tensor_quantization(context, x).zero_point;
  require_quantization(context, context.output(), 1.0 / 128, std::is_signed_v<T> ? 0 : 128);
  const QuantizedRows params{rows_of(context), zero_point};
  return over_rows(make_step<run_quantized<T>>(params, "", isa), params.size);
}

constexpr simd::Isa kScalar = simd::Isa::scalar;
constexpr Kernel kKernels[] = {
    {"l2_normalization/scalar", kScalar, {DType::float32}, {}, nullptr, prepare_float},
    {"l2_normalization/scalar/i8", kScalar, {DType::int8}, {}, nullptr, prepare_quantized<std::int8_t>},
    {"l2_normalization/scalar/u8", kScalar, {DType::uint8}, {}, nullptr, prepare_quantized<std::uint8_t>},
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
                                .prepare = prepare_from<kKernels>,
                                .quantization = {.int8 = fixed(1.0F / 128, 0)}}};
  return kOps;
}

}  // namespace litesmith::ops::l2_normalization
