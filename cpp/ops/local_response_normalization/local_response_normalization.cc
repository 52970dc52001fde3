#include "ops/local_response_normalization/local_response_normalization.h"

#include <algorithm>

#include "ops/float_product.h"
#include "ops/kernel_table.h"
#include "ops/map.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::local_response_normalization {
namespace {

void infer(InferContext& context) {
  const auto& a = context.attrs<LocalResponseNormalizationAttrs>();
  context.require_type(0, {DType::float32});
  context.require_rank(0, 4);
  context.require(a.radius >= 0, "its radius is ", a.radius, " but must not be negative");
  context.set_output(0, DType::float32, context.input(0).shape);
}

struct Params {
  LocalResponseNormalizationAttrs attrs;
  std::int64_t rows;
  std::int64_t channels;
  kernels::Elementary functions;
};

void normalize(const Params& p, const float* x, float* y) noexcept {
  constexpr std::int64_t kBlock = 128;
  float base[kBlock];
  float exponent[kBlock];
  std::fill(exponent, exponent + kBlock, -p.attrs.beta);
  for (std::int64_t first = 0; first < p.channels; first += kBlock) {
    const std::int64_t count = std::min(kBlock, p.channels - first);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t c = first + i;
      float squares = 0;
      for (std::int64_t j = std::max<std::int64_t>(c - p.attrs.radius, 0);
           j < std::min(c + p.attrs.radius + 1, p.channels); ++j)
        squares += x[j] * x[j];
      base[i] = p.attrs.bias + p.attrs.alpha * squares;
    }
    p.functions.pow(base, exponent, base, count);
    for (std::int64_t i = 0; i < count; ++i) y[first + i] = x[first + i] * base[i];
  }
}

Fault run(const Params& p, const Operands& operands, TileRange tiles) noexcept {
  const Range rows = items_of(tiles, p.rows, items_per_tile(p.channels));
  for (std::int64_t row = rows.begin; row < rows.end; ++row)
    normalize(p, operands.in<float>(0) + row * p.channels, operands.out<float>() + row * p.channels);
  return Fault::none;
}

Step prepare_float(const PrepareContext& context, simd::Isa isa) {
  const Shape& x = context.input(0).shape;
  if (elements(x) == 0) return empty_step("local_response_normalization");
  const Params params{.attrs = context.attrs<LocalResponseNormalizationAttrs>(),
                      .rows = x.count(0, 3),
                      .channels = x[3],
                      .functions = kernels::elementary_functions(context.isa())};
  Step step = make_step<run>(params, "", isa);
  step.tiles = tile_count(params.rows, items_per_tile(params.channels));
  step.work = static_cast<double>(elements(x)) * std::min<double>(2.0 * params.attrs.radius + 1, x[3]);
  return step;
}

constexpr Kernel kKernels[] = {
    {"local_response_normalization/scalar", simd::Isa::scalar, {DType::float32}, {}, nullptr, prepare_float},
};

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_LocalResponseNormalizationOptions();
  if (options == nullptr) return LocalResponseNormalizationAttrs{0, 0, 0, 0};
  return LocalResponseNormalizationAttrs{options->radius(), options->bias(), options->alpha(), options->beta()};
}

flatbuffers::Offset<void> write(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& attrs = attributes.as<LocalResponseNormalizationAttrs>();
  ::tflite::LocalResponseNormalizationOptionsBuilder options(builder);
  options.add_beta(attrs.beta);
  options.add_alpha(attrs.alpha);
  options.add_bias(attrs.bias);
  options.add_radius(attrs.radius);
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"LOCAL_RESPONSE_NORMALIZATION"},
                                .builtin_code = 13,
                                .infer = infer,
                                .read = read,
                                .write = write,
                                .options_type = 13,
                                .prepare = prepare_from<kKernels>}};
  return kOps;
}

}  // namespace litesmith::ops::local_response_normalization
