#include "ops/recurrent/basic_lstm.h"

#include <algorithm>

#include "base/aligned_buffer.h"
#include "ops/float_product.h"
#include "ops/recurrent/sequence.h"
#include "ops/recurrent/stacked_product.h"
#include "ops/recurrent/vectors.h"

namespace litesmith::ops::recurrent {
namespace {

constexpr int kInput = 0, kActivation = 1, kWeights = 2, kBias = 3, kState = 4;
constexpr int kActivationResult = 0, kStateResult = 1, kJoined = 2, kGateSums = 3;

struct BasicLstm {
  std::int64_t rows, in, units;
  StackedProduct product;
  StackedProduct::Plan plan;
  VectorOperand bias;
  kernels::ArrayFunction sigmoid, tanh;
};

void update_row(const BasicLstm& p, float* gates, float* state, float* activation) noexcept {
  const std::int64_t n = p.units;
  float *const input = gates, *const fresh = gates + n, *const forget = gates + 2 * n, *const output = gates + 3 * n;
  p.sigmoid(input, input, n);
  p.tanh(fresh, fresh, n);
  p.sigmoid(forget, forget, 2 * n);
  for (std::int64_t i = 0; i < n; ++i) state[i] = input[i] * fresh[i] + forget[i] * state[i];
  p.tanh(state, activation, n);
  for (std::int64_t i = 0; i < n; ++i) activation[i] *= output[i];
}

Fault run(const BasicLstm& p, const Operands& operands, TileRange) noexcept {
  const std::int64_t joined_width = p.in + p.units, gate_width = 4 * p.units;
  auto* const activation = const_cast<float*>(operands.in<float>(kActivation));
  auto* const state = const_cast<float*>(operands.in<float>(kState));
  auto* const joined = operands.out<float>(kJoined);
  auto* const gates = operands.out<float>(kGateSums);
  for (std::int64_t row = 0; row < p.rows; ++row) {
    std::copy_n(operands.in<float>(kInput) + row * p.in, p.in, joined + row * joined_width);
    std::copy_n(activation + row * p.units, p.units, joined + row * joined_width + p.in);
    std::copy_n(p.bias.values(operands), gate_width, gates + row * gate_width);
  }
  const std::byte* const packed = p.product.pack(operands, operands.scratch + align_up(p.plan.scratch_bytes));
  p.product.add(p.plan, packed, joined, gates, operands.scratch);
  for (std::int64_t row = 0; row < p.rows; ++row)
    update_row(p, gates + row * gate_width, state + row * p.units, activation + row * p.units);
  std::copy_n(activation, p.rows * p.units, operands.out<float>(kActivationResult));
  std::copy_n(state, p.rows * p.units, operands.out<float>(kStateResult));
  return Fault::none;
}

}  // namespace

void infer_basic_lstm(InferContext& context) {
  context.require(context.input_count() == 5 && context.output_count() == 4, "of kernel type BASIC takes 5 operands ",
                  "and has 4 results, but there are ", context.input_count(), " and ", context.output_count());
  context.require_type(kInput, {DType::float32});
  context.require_type(kWeights, {DType::float32});
  context.require_type(kBias, {DType::float32});
  context.require_rank(kInput, 2);
  context.require_rank(kWeights, 2);
  const Shape& x = context.input(kInput).shape;
  const Shape& weights = context.input(kWeights).shape;
  const std::int32_t batch = x.has_rank() ? x[0] : kUnknownDim, in = x.has_rank() ? x[1] : kUnknownDim;
  const std::int32_t rows = weights.has_rank() ? weights[0] : kUnknownDim;
  context.require(rows == kUnknownDim || (rows > 0 && rows % 4 == 0), "has weights with ", rows,
                  " rows; four gates need a multiple of 4");
  const std::int32_t units = rows == kUnknownDim ? kUnknownDim : rows / 4;
  const std::int32_t joined = units == kUnknownDim || in == kUnknownDim ? kUnknownDim : in + units;
  require_shape(context, kWeights, {rows, joined});
  require_shape(context, kBias, {rows});
  require_state(context, kActivation, DType::float32, batch, units);
  require_state(context, kState, DType::float32, batch, units);
  context.set_output(kActivationResult, DType::float32, {batch, units});
  context.set_output(kStateResult, DType::float32, {batch, units});
  context.set_output(kJoined, DType::float32, {batch, joined});
  context.set_output(kGateSums, DType::float32, {batch, rows});
}

Step prepare_basic_lstm(const PrepareContext& context, simd::Isa isa) {
  if (elements(context.output().shape) == 0) return empty_step("lstm");
  const Shape& x = context.input(kInput).shape;
  constexpr int kOperands[] = {kWeights};
  BasicLstm params{.rows = x[0],
                   .in = x[1],
                   .units = context.input(kWeights).shape[0] / 4,
                   .product = StackedProduct(context, isa, kOperands, kernels::RowRange::symmetric),
                   .plan = {},
                   .bias = VectorOperand(context, kBias),
                   .sigmoid = kernels::elementary_functions(isa).sigmoid,
                   .tanh = kernels::elementary_functions(isa).tanh};
  params.plan =
      params.product.plan({.inner = params.rows, .x_inner = params.product.k(), .y_inner = params.product.n()});
  const std::size_t scratch = align_up(params.plan.scratch_bytes) + params.product.packed_bytes();
  const double work = static_cast<double>(params.rows) * static_cast<double>(params.product.n() * params.product.k());
  Step step = make_step<run>(std::move(params), concat("lstm/", simd::isa_name(isa), "/basic"), isa);
  step.scratch_bytes = scratch;
  step.work = work;
  return step;
}

}  // namespace litesmith::ops::recurrent
