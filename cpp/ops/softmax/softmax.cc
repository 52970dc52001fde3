#include "ops/softmax/softmax.h"

#include <cmath>

#include "ops/float_product.h"
#include "ops/kernel_table.h"
#include "ops/softmax/quantized.h"
#include "ops/static_rules.h"
#include "ops/tiles.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::softmax {
namespace {

void require_axis(const NodeView& view) {
  const TensorInfo& x = view.input(0);
  view.require(!x.shape.has_rank() || x.shape.rank() > 0, "'", x.name,
               "' is a scalar but must have at least one dimension");
}

void infer_softmax(InferContext& context) {
  context.require_type(0, {DType::float32, DType::float16, DType::uint8, DType::int8, DType::int16});
  require_axis(context);
  const float beta = context.attrs<SoftmaxAttrs>().beta;
  context.require(std::isfinite(beta), "its beta is ", beta, " but must be finite");
  const DType x = context.input(0).dtype;
  const bool widens = (x == DType::uint8 || x == DType::int8) && context.output_type(0) == DType::int16;
  context.set_output(0, widens ? DType::int16 : x, context.input(0).shape);
}

void infer_log_softmax(InferContext& context) {
  context.require_type(0, {DType::float32, DType::uint8, DType::int8});
  require_axis(context);
  context.set_output(0, context.input(0).dtype, context.input(0).shape);
}

struct FloatParams {
  FloatRowsFunction function;
  kernels::ArrayFunction exp;
  std::int64_t rows;
  std::int64_t columns;
  float beta;
};

Fault run_float(const FloatParams& p, const Operands& operands, TileRange tiles) noexcept {
  const Range rows = items_of(tiles, p.rows, items_per_tile(p.columns));
  const std::int64_t first = rows.begin * p.columns;
  p.function({operands.in<float>(0) + first, operands.out<float>() + first, rows.size(), p.columns, p.beta, p.exp});
  return Fault::none;
}

template <FloatRowsFunction SoftmaxLoops::* function, const SoftmaxLoops& loops>
Step prepare_float(const PrepareContext& context, simd::Isa isa) {
  const Shape& x = context.input(0).shape;
  if (elements(x) == 0) return empty_step("softmax");
  constexpr bool kHasBeta = function == &SoftmaxLoops::softmax;
  const FloatParams params{.function = loops.*function,
                           .exp = kernels::elementary_functions(isa).exp,
                           .rows = x.count(0, x.rank() - 1),
                           .columns = x.back(),
                           .beta = kHasBeta ? context.attrs<SoftmaxAttrs>().beta : 1.0F};
  Step step = make_step<run_float>(params, "", isa);
  step.tiles = tile_count(params.rows, items_per_tile(params.columns));
  step.work = 4 * static_cast<double>(elements(x));
  return step;
}

template <FloatRowsFunction SoftmaxLoops::* function, const SoftmaxLoops& loops>
Step prepare_quantized(const PrepareContext& context, simd::Isa) {
  return function == &SoftmaxLoops::softmax ? quantized_softmax(context, loops.byte_levels)
                                            : quantized_log_softmax(context);
}

template <FloatRowsFunction SoftmaxLoops::* function>
Step prepare(const PrepareContext& context) {
  static constexpr Kernel kKernels[] = {
#include "ops/softmax/kernels.inc"
  };
  return prepare_best(kKernels, context);
}

int softmax_version(const VersionQuery& query) {
  const DType x = query.input_type(0);
  if (x == DType::float16) return 4;
  return x == DType::int16 ? 3 : (x == DType::int8 ? 2 : 1);
}
int log_softmax_version(const VersionQuery& query) { return query.input_type(0) == DType::int8 ? 2 : 1; }

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_SoftmaxOptions();
  return SoftmaxAttrs{.beta = options == nullptr ? 0.0F : options->beta()};
}

flatbuffers::Offset<void> write(const ir::Attrs& attributes, schema::Builder& builder) {
  ::tflite::SoftmaxOptionsBuilder options(builder);
  options.add_beta(attributes.as<SoftmaxAttrs>().beta);
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"SOFTMAX"},
                                .builtin_code = 25,
                                .newest_version = 4,
                                .version = softmax_version,
                                .infer = infer_softmax,
                                .read = read,
                                .write = write,
                                .options_type = 9,
                                .prepare = prepare<&SoftmaxLoops::softmax>,
                                .quantization = {.int8 = fixed(1.0F / 256, -128), .int16x8 = fixed(1.0F / 32768, 0)}},
                               {.identity = {"LOG_SOFTMAX"},
                                .builtin_code = 50,
                                .newest_version = 2,
                                .version = log_softmax_version,
                                .infer = infer_log_softmax,
                                .options_type = 36,
                                .prepare = prepare<&SoftmaxLoops::log_softmax>,
                                .quantization = {.int8 = fixed(16.0F / 256, 127)}}};
  return kOps;
}

}  // namespace litesmith::ops::softmax
