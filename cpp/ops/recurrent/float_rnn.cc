#include "ops/recurrent/float_rnn.h"

#include <algorithm>

#include "ops/float_product.h"
#include "ops/recurrent/sequence.h"
#include "ops/recurrent/sequence_step.h"
#include "ops/recurrent/vectors.h"
#include "ops/weights.h"

namespace litesmith::ops::recurrent {
namespace {

constexpr TypePair kTypes[] = {
    {DType::float32, DType::float32}, {DType::float32, DType::int8}, {DType::float32, DType::uint8}};

/// Where the operands of one direction stand; -1 = nowhere.
struct RnnOperands {
  SequenceInputs inputs{};
  int weights = 1;
  int recurrent = 2;
  int bias = 3;
  int state = 4;
  int second_weights = -1;
};

constexpr int kSecondInput = 9;

std::vector<RnnOperands> directions_of(const NodeView& view) {
  if (view.op().identity.name != "BIDIRECTIONAL_SEQUENCE_RNN") return {RnnOperands{}};
  std::vector<RnnOperands> both{{},
                                {.inputs = {.is_backward = true}, .weights = 5, .recurrent = 6, .bias = 7, .state = 8}};
  if (!view.has_input(kSecondInput)) return both;
  if (!view.has_input(kSecondInput + 1)) {
    both[1].inputs.input = kSecondInput;
    return both;
  }
  for (std::size_t i = 0; i < both.size(); ++i) {
    both[i].inputs.second_input = kSecondInput;
    both[i].second_weights = kSecondInput + 1 + static_cast<int>(i);
  }
  return both;
}

int rank_of(const NodeView& view) { return view.op().identity.name == "RNN" ? 2 : 3; }

std::int32_t last_dimension(const NodeView& view, int operand) {
  const Shape& shape = view.input(operand).shape;
  return shape.has_rank() && shape.rank() > 0 ? shape.back() : kUnknownDim;
}

std::int32_t check(const NodeView& view, const RnnOperands& at, std::int32_t batch) {
  const TensorInfo& weights = view.input(at.weights);
  view.require_rank(at.weights, 2);
  const std::int32_t units = weights.shape.has_rank() ? weights.shape[0] : kUnknownDim;
  view.require(units != 0, "its weights '", weights.name, "' have no units");
  require_shape(view, at.weights, {units, last_dimension(view, at.inputs.input)});
  view.require_type(at.recurrent, {weights.dtype});
  require_shape(view, at.recurrent, {units, units});
  view.require_type(at.bias, {DType::float32});
  require_shape(view, at.bias, {units});
  require_state(view, at.state, DType::float32, batch, units);
  if (at.second_weights >= 0) {
    view.require(view.has_input(at.second_weights), "lacks the weights of its second input for one direction");
    view.require_type(at.second_weights, {weights.dtype});
    require_shape(view, at.second_weights, {units, last_dimension(view, at.inputs.second_input)});
  }
  return units;
}

struct RnnCell {
  SequenceInputs inputs;
  int state;
  std::int64_t unit_count;
  VectorOperand bias;
  RowActivation activation;

  std::int64_t width() const noexcept { return unit_count; }
  std::int64_t units() const noexcept { return unit_count; }
  std::int64_t own_floats(std::int64_t) const noexcept { return 0; }
  void start(const Operands& operands, float* sums, std::int64_t rows) const noexcept {
    for (std::int64_t row = 0; row < rows; ++row)
      std::copy_n(bias.values(operands), unit_count, sums + row * unit_count);
  }
  const float* advance(const SequenceMoment& moment) const noexcept {
    float* const values = moment.state(state, unit_count);
    moment.products.recurrent->add(moment.plans.recurrent, moment.work.recurrent, values, moment.sums,
                                   moment.work.scratch);
    activation.apply(moment.sums, moment.rows * unit_count);
    std::copy_n(moment.sums, moment.rows * unit_count, values);
    return values;
  }
};

}  // namespace

void infer_rnn(InferContext& context) {
  const auto& attrs = context.attrs<RnnAttrs>();
  require_pair(context, 0, 1, kTypes);
  const int rank = rank_of(context);
  const SequenceSize size = sequence_size(context, rank, attrs.time_major);
  const std::vector<RnnOperands> directions = directions_of(context);
  std::int32_t merged = 0;
  require_results(context, static_cast<int>(directions.size()), attrs.merge_outputs);
  for (std::size_t i = 0; i < directions.size(); ++i) {
    const std::int32_t units = check(context, directions[i], size.batch);
    merged = merged == kUnknownDim || units == kUnknownDim ? kUnknownDim : merged + units;
    if (!attrs.merge_outputs)
      context.set_output(static_cast<int>(i), DType::float32, sequence_shape(context, rank, units));
  }
  if (attrs.merge_outputs) context.set_output(0, DType::float32, sequence_shape(context, rank, merged));
}

Step prepare_float_rnn(const PrepareContext& context, simd::Isa isa) {
  if (elements(context.output().shape) == 0) return empty_step("rnn");
  const auto& attrs = context.attrs<RnnAttrs>();
  const kernels::RowRange range = row_range(attrs.asymmetric_quantize_inputs);
  std::vector<SequenceDirection<RnnCell>> directions;
  for (const RnnOperands& at : directions_of(context)) {
    RnnCell cell{.inputs = at.inputs,
                 .state = at.state,
                 .unit_count = context.input(at.weights).shape[0],
                 .bias = VectorOperand(context, at.bias),
                 .activation = RowActivation(context, isa, attrs.activation)};
    SequenceProducts products{.input = StackedProduct(context, isa, std::span(&at.weights, 1), range)};
    products.recurrent = StackedProduct(context, isa, std::span(&at.recurrent, 1), range);
    if (at.second_weights >= 0) products.second = StackedProduct(context, isa, std::span(&at.second_weights, 1), range);
    directions.push_back({.cell = std::move(cell), .products = std::move(products)});
  }
  return sequence_step(context, isa, std::move(directions), sequence_size(context, rank_of(context), attrs.time_major),
                       attrs.time_major, sequence_kernel("rnn", isa, context.input(1)));
}

}  // namespace litesmith::ops::recurrent
