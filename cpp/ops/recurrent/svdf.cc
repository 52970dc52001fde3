#include "ops/recurrent/svdf.h"

#include <algorithm>

#include "base/aligned_buffer.h"
#include "kernels/requantize/requantize.h"
#include "ops/float_product.h"
#include "ops/quantized_tensor.h"
#include "ops/recurrent/recurrent.h"
#include "ops/recurrent/sequence.h"
#include "ops/recurrent/stacked_product.h"
#include "ops/recurrent/vectors.h"
#include "ops/weights.h"

namespace litesmith::ops::recurrent {
namespace {

constexpr TypePair kTypes[] = {{DType::float32, DType::float32},
                               {DType::float32, DType::int8},
                               {DType::float32, DType::uint8},
                               {DType::int8, DType::int8}};
constexpr int kInput = 0, kFeatures = 1, kTime = 2, kBias = 3, kState = 4;

struct Size {
  std::int64_t batch, in, filters, units, rank, memory;
};

Size size_of(const PrepareContext& context) {
  const Shape& features = context.input(kFeatures).shape;
  const std::int32_t rank = context.attrs<SvdfAttrs>().rank;
  return {context.input(kInput).shape[0], features[1], features[0], features[0] / rank, rank,
          context.input(kTime).shape[1]};
}

/// Moves the memory of all filters of a row by one and puts the newest products in.
template <class State, class Sum, class Convert>
void remember(const Size& size, State* state, const Sum* sums, Convert convert) noexcept {
  for (std::int64_t filter = 0; filter < size.filters; ++filter) {
    State* const memory = state + filter * size.memory;
    std::copy(memory + 1, memory + size.memory, memory);
    memory[size.memory - 1] = convert(sums[filter]);
  }
}

struct FloatSvdf {
  Size size;
  StackedProduct features;
  StackedProduct::Plan plan;
  VectorOperand time, bias;
  RowActivation activation;
};

Fault run_float(const FloatSvdf& p, const Operands& operands, TileRange) noexcept {
  const Size& size = p.size;
  auto* const sums = reinterpret_cast<float*>(operands.scratch);
  std::byte* const scratch = operands.scratch + align_up(static_cast<std::size_t>(size.batch * size.filters) * 4);
  const std::byte* const packed = p.features.pack(operands, scratch + align_up(p.plan.scratch_bytes));
  std::fill_n(sums, size.batch * size.filters, 0.0F);
  p.features.add(p.plan, packed, operands.in<float>(kInput), sums, scratch);
  const float* const time = p.time.values(operands);
  const float* const bias = p.bias.values(operands);
  for (std::int64_t row = 0; row < size.batch; ++row) {
    float* const state = const_cast<float*>(operands.in<float>(kState)) + row * size.filters * size.memory;
    remember(size, state, sums + row * size.filters, [](float sum) { return sum; });
    for (std::int64_t unit = 0; unit < size.units; ++unit) {
      float total = 0;
      for (std::int64_t filter = unit * size.rank; filter < (unit + 1) * size.rank; ++filter) {
        float sum = 0;
        for (std::int64_t i = filter * size.memory; i < (filter + 1) * size.memory; ++i) sum += time[i] * state[i];
        total += sum;
      }
      operands.out<float>()[row * size.units + unit] = bias == nullptr ? total : total + bias[unit];
    }
  }
  p.activation.apply(operands.out<float>(), size.batch * size.units);
  return Fault::none;
}

struct IntegerSvdf {
  Size size;
  std::vector<std::int16_t> time;
  std::vector<std::int32_t> bias;
  std::int32_t input_zero_point;
  kernels::Multiplier to_state, to_output;
  kernels::OutputRange range;
};

Fault run_integer(const IntegerSvdf& p, const Operands& operands, TileRange) noexcept {
  const Size& size = p.size;
  auto* const sums = reinterpret_cast<std::int32_t*>(operands.scratch);
  const auto* const weights = operands.in<std::int8_t>(kFeatures);
  for (std::int64_t row = 0; row < size.batch; ++row) {
    const std::int8_t* const x = operands.in<std::int8_t>(kInput) + row * size.in;
    for (std::int64_t filter = 0; filter < size.filters; ++filter) {
      sums[filter] = 0;
      for (std::int64_t i = 0; i < size.in; ++i)
        sums[filter] += weights[filter * size.in + i] * (x[i] - p.input_zero_point);
    }
    auto* const state = const_cast<std::int16_t*>(operands.in<std::int16_t>(kState)) + row * size.filters * size.memory;
    remember(size, state, sums, [&](std::int32_t sum) {
      return static_cast<std::int16_t>(std::clamp(kernels::multiply(sum, p.to_state), -32768, 32767));
    });
    for (std::int64_t unit = 0; unit < size.units; ++unit) {
      std::uint32_t sum = p.bias.empty() ? 0U : static_cast<std::uint32_t>(p.bias[static_cast<std::size_t>(unit)]);
      const std::int64_t first = unit * size.rank * size.memory;
      for (std::int64_t i = first; i < first + size.rank * size.memory; ++i)
        sum += static_cast<std::uint32_t>(std::int32_t{p.time[static_cast<std::size_t>(i)]} * state[i]);
      operands.out<std::int8_t>()[row * size.units + unit] =
          static_cast<std::int8_t>(kernels::requantize(static_cast<std::int32_t>(sum), p.to_output, p.range));
    }
  }
  return Fault::none;
}

template <class T>
std::vector<T> constant_values(const PrepareContext& context, int operand) {
  if (!context.has_input(operand)) return {};
  if (!is_known(context, operand))
    context.fail("'", context.input(operand).name, "' (operand ", operand, ") must be constant in an integer SVDF");
  static_cast<void>(known_bytes(context, operand));
  return context.input(operand).data->to_vector<T>();
}

double work_of(const Size& size) {
  return static_cast<double>(size.batch) * static_cast<double>(size.filters) *
         static_cast<double>(size.in + size.memory);
}

}  // namespace

void infer_svdf(InferContext& context) {
  require_pair(context, kInput, kFeatures, kTypes);
  context.require_rank(kInput, 2);
  context.require_rank(kFeatures, 2);
  context.require_rank(kTime, 2);
  const auto& attrs = context.attrs<SvdfAttrs>();
  context.require(attrs.rank >= 1, "has the rank ", attrs.rank, "; it must be at least 1");
  const TensorInfo& features = context.input(kFeatures);
  const TensorInfo& time = context.input(kTime);
  const Shape& x = context.input(kInput).shape;
  const std::int32_t batch = x.has_rank() ? x[0] : kUnknownDim, in = x.has_rank() ? x[1] : kUnknownDim;
  const std::int32_t filters = features.shape.has_rank() ? features.shape[0] : kUnknownDim;
  const std::int32_t memory = time.shape.has_rank() ? time.shape[1] : kUnknownDim;
  context.require(filters != 0 && memory != 0, "has no filters or no memory");
  context.require(filters == kUnknownDim || filters % attrs.rank == 0, "has ", filters,
                  " filters, which is no multiple of its rank ", attrs.rank);
  const std::int32_t units = filters == kUnknownDim ? kUnknownDim : filters / attrs.rank;
  const bool is_integer = context.input(kInput).dtype == DType::int8;
  require_shape(context, kFeatures, {filters, in});
  context.require_type(kTime, {is_integer ? DType::int16 : features.dtype});
  require_shape(context, kTime, {filters, memory});
  if (context.has_input(kBias)) {
    context.require_type(kBias, {is_integer ? DType::int32 : DType::float32});
    require_shape(context, kBias, {units});
  }
  const std::int32_t width =
      filters == kUnknownDim || memory == kUnknownDim
          ? kUnknownDim
          : static_cast<std::int32_t>(std::min<std::int64_t>(std::int64_t{filters} * memory, 0x7FFFFFFF));
  require_state(context, kState, is_integer ? DType::int16 : DType::float32, batch, width);
  context.set_output(0, context.input(kInput).dtype, {batch, units});
}

Step prepare_float_svdf(const PrepareContext& context, simd::Isa isa) {
  if (elements(context.output().shape) == 0) return empty_step("svdf");
  const auto& attrs = context.attrs<SvdfAttrs>();
  const Size size = size_of(context);
  constexpr int kOperands[] = {kFeatures};
  FloatSvdf params{.size = size,
                   .features = StackedProduct(context, isa, kOperands, row_range(attrs.asymmetric_quantize_inputs)),
                   .plan = {},
                   .time = VectorOperand(context, kTime),
                   .bias = VectorOperand(context, kBias),
                   .activation = RowActivation(context, isa, attrs.activation)};
  params.plan = params.features.plan({.inner = size.batch, .x_inner = size.in, .y_inner = size.filters});
  const std::size_t scratch = align_up(static_cast<std::size_t>(size.batch * size.filters) * sizeof(float)) +
                              align_up(params.plan.scratch_bytes) + params.features.packed_bytes();
  const bool is_hybrid = context.input(kFeatures).dtype != DType::float32;
  Step step = make_step<run_float>(std::move(params),
                                   concat("svdf/", simd::isa_name(isa), is_hybrid ? "/hybrid" : "/float"), isa);
  step.scratch_bytes = scratch;
  step.work = work_of(size);
  return step;
}

Step prepare_integer_svdf(const PrepareContext& context, simd::Isa) {
  if (elements(context.output().shape) == 0) return empty_step("svdf");
  const Size size = size_of(context);
  const auto of = [&](int operand) { return per_tensor_quantization(context, context.input(operand)); };
  const PerTensor x = of(kInput), y = per_tensor_quantization(context, context.output());
  const float state = of(kState).scale;
  IntegerSvdf params{
      .size = size,
      .time = constant_values<std::int16_t>(context, kTime),
      .bias = constant_values<std::int32_t>(context, kBias),
      .input_zero_point = x.zero_point,
      .to_state = multiplier_of_scales(context, static_cast<double>(x.scale * of(kFeatures).scale / state)),
      .to_output = multiplier_of_scales(context, static_cast<double>(state * of(kTime).scale / y.scale)),
      .range = {y.zero_point, -128, 127}};
  Step step = make_step<run_integer>(std::move(params), "svdf/int8");
  step.scratch_bytes = static_cast<std::size_t>(size.filters) * sizeof(std::int32_t);
  step.work = work_of(size);
  return step;
}

}  // namespace litesmith::ops::recurrent
