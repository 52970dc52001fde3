#include "ops/reduce/reduce.h"

#include <span>

#include "ops/host_prepare.h"
#include "ops/kernel_table.h"
#include "ops/map.h"
#include "ops/reduce/kernels.h"
#include "ops/reduce/quantized.h"
#include "ops/static_rules.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::reduce {
namespace {

using enum DType;

template <class Op, class T, class Acc = T>
Step step(const PrepareContext& context, simd::Isa isa) {
  const Work work = plan_work(context);
  return over_parts(make_step<reduce<Op, T, Acc>>(work, "", isa), work);
}

constexpr simd::Isa kScalar = simd::Isa::scalar;

const OperationLoops& operations(simd::Isa isa) {
#if defined(__x86_64__)
  if (isa >= simd::Isa::avx512) return avx512_operations;
  if (isa >= simd::Isa::avx2) return avx2_operations;
#endif
  (void)isa;
  return scalar_operations;
}

template <class Op, class T>
RunLoops<T> loops_of(const OperationLoops& of) {
  if constexpr (std::is_same_v<Op, Sum>)
    return of.sum;
  else if constexpr (std::is_same_v<Op, Mean>)
    return of.mean;
  else if constexpr (std::is_same_v<Op, Product>)
    return of.product;
  else {
    const ExtremumLoops& loops = std::is_same_v<Op, Maximum> ? of.maximum : of.minimum;
    if constexpr (std::is_same_v<T, float>)
      return loops.f32;
    else if constexpr (std::is_same_v<T, std::int8_t>)
      return loops.i8;
    else if constexpr (std::is_same_v<T, std::uint8_t>)
      return loops.u8;
    else
      return loops.i16;
  }
}

template <class Op, class T>
Step loops_step(const PrepareContext& context, simd::Isa isa) {
  const Work work = plan_work(context);
  const LoopParams<T> params{work, loops_of<Op, T>(operations(isa))};
  return over_parts(make_step<reduce_by_loops<Op, T>>(params, "", isa), work);
}

using Prepare = Step (*)(const PrepareContext&, simd::Isa);

template <class Op, Prepare quantized>
constexpr Kernel kArithmetic[] = {
#if defined(__x86_64__)
    {"reduce/f32/avx512", simd::Isa::avx512, {float32}, {}, nullptr, loops_step<Op, float>},
    {"reduce/f32/avx2", simd::Isa::avx2, {float32}, {}, nullptr, loops_step<Op, float>},
#endif
    {"reduce/f32", kScalar, {float32}, {}, nullptr, loops_step<Op, float>},
    {"reduce/i32", kScalar, {int32}, {}, nullptr, step<Op, std::int32_t, std::int64_t>},
    {"reduce/i64", kScalar, {int64}, {}, nullptr, step<Op, std::int64_t>},
#if defined(__x86_64__)
    {"reduce/i8/avx512", simd::Isa::avx512, {int8}, {}, nullptr, quantized},
    {"reduce/u8/avx512", simd::Isa::avx512, {uint8}, {}, nullptr, quantized},
    {"reduce/i16/avx512", simd::Isa::avx512, {int16}, {}, nullptr, quantized},
    {"reduce/i8/avx2", simd::Isa::avx2, {int8}, {}, nullptr, quantized},
    {"reduce/u8/avx2", simd::Isa::avx2, {uint8}, {}, nullptr, quantized},
    {"reduce/i16/avx2", simd::Isa::avx2, {int16}, {}, nullptr, quantized},
#endif
    {"reduce/i8", kScalar, {int8}, {}, nullptr, quantized},
    {"reduce/u8", kScalar, {uint8}, {}, nullptr, quantized},
    {"reduce/i16", kScalar, {int16}, {}, nullptr, quantized},
};
template <class Op>
constexpr Kernel kExtremum[] = {
#if defined(__x86_64__)
    {"reduce/f32/avx512", simd::Isa::avx512, {float32}, {}, nullptr, loops_step<Op, float>},
    {"reduce/i8/avx512", simd::Isa::avx512, {int8}, {}, nullptr, loops_step<Op, std::int8_t>},
    {"reduce/u8/avx512", simd::Isa::avx512, {uint8}, {}, nullptr, loops_step<Op, std::uint8_t>},
    {"reduce/i16/avx512", simd::Isa::avx512, {int16}, {}, nullptr, loops_step<Op, std::int16_t>},
    {"reduce/f32/avx2", simd::Isa::avx2, {float32}, {}, nullptr, loops_step<Op, float>},
    {"reduce/i8/avx2", simd::Isa::avx2, {int8}, {}, nullptr, loops_step<Op, std::int8_t>},
    {"reduce/u8/avx2", simd::Isa::avx2, {uint8}, {}, nullptr, loops_step<Op, std::uint8_t>},
    {"reduce/i16/avx2", simd::Isa::avx2, {int16}, {}, nullptr, loops_step<Op, std::int16_t>},
#endif
    {"reduce/f32", kScalar, {float32}, {}, nullptr, loops_step<Op, float>},
    {"reduce/i32", kScalar, {int32}, {}, nullptr, step<Op, std::int32_t>},
    {"reduce/i64", kScalar, {int64}, {}, nullptr, step<Op, std::int64_t>},
    {"reduce/i8", kScalar, {int8}, {}, nullptr, loops_step<Op, std::int8_t>},
    {"reduce/u8", kScalar, {uint8}, {}, nullptr, loops_step<Op, std::uint8_t>},
    {"reduce/i16", kScalar, {int16}, {}, nullptr, loops_step<Op, std::int16_t>},
};
template <class Op>
constexpr Kernel kLogical[] = {{"reduce/bool", kScalar, {boolean}, {}, nullptr, step<Op, std::uint8_t>}};

/// Any of bytes that are 0 or 1 is their maximum, starting from 0.
struct Any : Maximum {};
struct All : Minimum {
  template <class Acc>
  static constexpr Acc initial() noexcept {
    return 1;
  }
};

Shape result_shape(const NodeView& view, const std::vector<int>& axes) {
  const Shape& shape = view.input(0).shape;
  const bool keep = view.attrs<ReduceAttrs>().keep_dims;
  std::vector<std::int32_t> dims;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool reduced = std::binary_search(axes.begin(), axes.end(), axis);
    if (!reduced || keep) dims.push_back(reduced ? 1 : shape[axis]);
  }
  return Shape(std::move(dims));
}

template <DType... types>
void infer(InferContext& context) {
  context.require_type(0, {types...});
  context.require_type(1, {int32, int64});
  const TensorInfo& x = context.input(0);
  const auto axes = context.ints(1);
  if (!x.shape.has_rank())
    context.set_output(0, x.dtype, Shape::unknown_rank());
  else if (axes)
    context.set_output(0, x.dtype, result_shape(context, checked_axes(context, *axes)));
  else if (context.attrs<ReduceAttrs>().keep_dims)
    context.set_output(0, x.dtype, Shape(std::vector<std::int32_t>(x.shape.dims().size(), kUnknownDim)));
  else
    context.set_output(0, x.dtype, Shape::unknown_rank());
}

int int16_3_int8_2(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == int16 ? 3 : (type == int8 ? 2 : 1);
}
int sum_version(const VersionQuery& query) { return query.input_type(0) == int8 ? 2 : 1; }
int product_version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == int8 || type == int16 ? 2 : 1;
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_ReducerOptions();
  return ReduceAttrs{options != nullptr && options->keep_dims()};
}
flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::ReducerOptionsBuilder options(builder);
  options.add_keep_dims(attrs.as<ReduceAttrs>().keep_dims);
  return options.Finish().Union();
}

OpDef row(std::string_view name, std::int32_t code, int newest, int (*version)(const VersionQuery&),
          void (*infer)(InferContext&), Step (*prepare)(const PrepareContext&)) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = {2, 2},
          .newest_version = newest,
          .version = version,
          .infer = infer,
          .read = read,
          .write = write,
          .options_type = 27,
          .prepare = prepare,
          .host = prepare_and_run};
}

constexpr auto kNumbers = infer<float32, int32, int64, uint8, int8, int16>;

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      quantized(row("MEAN", 40, 3, int16_3_int8_2, kNumbers, prepare_from<kArithmetic<Mean, quantized_mean>>), kFree,
                kFree),
      quantized(row("SUM", 74, 2, sum_version, kNumbers, prepare_from<kArithmetic<Sum, quantized_sum>>), kFree, kSame),
      quantized(row("REDUCE_PROD", 81, 2, product_version, infer<float32, int32, int64, int8, int16>,
                    prepare_from<kArithmetic<Product, quantized_product>>),
                kFree, kFree),
      quantized(row("REDUCE_MAX", 82, 3, int16_3_int8_2, kNumbers, prepare_from<kExtremum<Maximum>>), kSame, kSame),
      quantized(row("REDUCE_MIN", 89, 3, int16_3_int8_2, kNumbers, prepare_from<kExtremum<Minimum>>), kSame, kSame),
      row("REDUCE_ANY", 91, 1, nullptr, infer<boolean>, prepare_from<kLogical<Any>>),
      row("REDUCE_ALL", 140, 1, nullptr, infer<boolean>, prepare_from<kLogical<All>>),
  };
  return kOps;
}

}  // namespace litesmith::ops::reduce
