#include "ops/recurrent/recurrent.h"

#include "ops/dynamic_range_rules.h"
#include "ops/kernel_table.h"
#include "ops/map.h"
#include "ops/op_row.h"
#include "ops/recurrent/basic_lstm.h"
#include "ops/recurrent/float_lstm.h"
#include "ops/recurrent/float_rnn.h"
#include "ops/recurrent/integer_lstm.h"
#include "ops/recurrent/lstm_operands.h"
#include "ops/recurrent/options.h"
#include "ops/recurrent/sequence.h"
#include "ops/recurrent/svdf.h"
#include "ops/static_rules.h"
#include "ops/weights.h"

namespace litesmith::ops::recurrent {
namespace {

constexpr TypePair kLstmTypes[] = {{DType::float32, DType::float32},
                                   {DType::float32, DType::int8},
                                   {DType::float32, DType::uint8},
                                   {DType::int8, DType::int8}};

void infer_lstm_of_rank(InferContext& context, int rank) {
  const auto& attrs = context.attrs<LstmAttrs>();
  require_pair(context, 0, 2, kLstmTypes);
  const SequenceSize size = sequence_size(context, rank, attrs.time_major);
  const std::vector<LstmOperands> directions = lstm_directions(context);
  std::int32_t merged = 0;
  require_results(context, static_cast<int>(directions.size()), attrs.merge_outputs);
  for (std::size_t i = 0; i < directions.size(); ++i) {
    const LstmSize cell = check_lstm(context, directions[i], size.batch);
    merged = merged == kUnknownDim || cell.units == kUnknownDim ? kUnknownDim : merged + cell.units;
    if (!attrs.merge_outputs)
      context.set_output(static_cast<int>(i), context.input(0).dtype, sequence_shape(context, rank, cell.units));
  }
  if (attrs.merge_outputs) context.set_output(0, context.input(0).dtype, sequence_shape(context, rank, merged));
}

void infer_sequence_lstm(InferContext& context) { infer_lstm_of_rank(context, 3); }

bool is_basic(const NodeView& view) { return view.attrs<LstmAttrs>().kernel_type == LstmKernelType::basic; }

void infer_lstm(InferContext& context) {
  if (is_basic(context)) return infer_basic_lstm(context);
  context.require(context.input_count() >= 20 && context.output_count() == 1,
                  "of kernel type FULL takes 20 operands or 24 and has one result, but there are ",
                  context.input_count(), " and ", context.output_count());
  infer_lstm_of_rank(context, 2);
}

/// Float activations by integer weights need `first`, one more with rows that have zero points.
int hybrid_version(const VersionQuery& query, int weights, bool is_asymmetric, int first) {
  const bool is_hybrid = query.input_type(0) == DType::float32 && query.input_type(weights) != DType::float32;
  return is_hybrid ? first + (is_asymmetric ? 1 : 0) : 1;
}

int unidirectional_version(const VersionQuery& query) {
  const auto& attrs = query.node.attrs.as<LstmAttrs>();
  return attrs.diagonal_recurrent ? 4 : hybrid_version(query, 2, attrs.asymmetric_quantize_inputs, 2);
}

int lstm_version(const VersionQuery& query) {
  const auto& attrs = query.node.attrs.as<LstmAttrs>();
  return attrs.kernel_type == LstmKernelType::basic ? 2 : hybrid_version(query, 2, attrs.asymmetric_quantize_inputs, 3);
}

int svdf_version(const VersionQuery& query) {
  if (query.input_type(0) == DType::int8) return 3;
  const bool is_hybrid = query.input_type(1) != DType::float32;
  return is_hybrid ? (query.node.attrs.as<SvdfAttrs>().asymmetric_quantize_inputs ? 4 : 2) : 1;
}

int bidirectional_version(const VersionQuery& query) {
  return hybrid_version(query, 2, query.node.attrs.as<LstmAttrs>().asymmetric_quantize_inputs, 2);
}

int rnn_version(const VersionQuery& query) {
  return hybrid_version(query, 1, query.node.attrs.as<RnnAttrs>().asymmetric_quantize_inputs, 2);
}

constexpr int kOptionalLstm[] = {1, 5, 9, 10, 11, 12, 16, 17, 20, 21, 22, 23};
constexpr int kOptionalBias[] = {3};
constexpr int kOptionalBidirectionalLstm[] = {1,  5,  9,  10, 11, 12, 16, 17, 18, 22, 26, 27, 28,
                                              29, 33, 34, 39, 40, 41, 42, 43, 44, 45, 46, 47};
constexpr int kOptionalBidirectionalRnn[] = {9, 10, 11};

constexpr Kernel kLstmKernels[] = {
    {"lstm/avx512", simd::Isa::avx512, {DType::float32}, {}, nullptr, prepare_float_lstm},
    {"lstm/avx2", simd::Isa::avx2, {DType::float32}, {}, nullptr, prepare_float_lstm},
    {"lstm/scalar", simd::Isa::scalar, {DType::float32}, {}, nullptr, prepare_float_lstm},
    {"lstm/int8", simd::Isa::scalar, {DType::int8}, {}, nullptr, prepare_integer_lstm},
};

Step prepare_float_one_step(const PrepareContext& context, simd::Isa isa) {
  return is_basic(context) ? prepare_basic_lstm(context, isa) : prepare_float_lstm(context, isa);
}

constexpr Kernel kOneStepKernels[] = {
    {"lstm/avx512", simd::Isa::avx512, {DType::float32}, {}, nullptr, prepare_float_one_step},
    {"lstm/avx2", simd::Isa::avx2, {DType::float32}, {}, nullptr, prepare_float_one_step},
    {"lstm/scalar", simd::Isa::scalar, {DType::float32}, {}, nullptr, prepare_float_one_step},
    {"lstm/int8", simd::Isa::scalar, {DType::int8}, {}, nullptr, prepare_integer_lstm},
};

constexpr Kernel kSvdfKernels[] = {
    {"svdf/avx512", simd::Isa::avx512, {DType::float32}, {}, nullptr, prepare_float_svdf},
    {"svdf/avx2", simd::Isa::avx2, {DType::float32}, {}, nullptr, prepare_float_svdf},
    {"svdf/scalar", simd::Isa::scalar, {DType::float32}, {}, nullptr, prepare_float_svdf},
    {"svdf/int8", simd::Isa::scalar, {DType::int8}, {}, nullptr, prepare_integer_svdf},
};

constexpr Kernel kRnnKernels[] = {
    {"rnn/avx512", simd::Isa::avx512, {DType::float32}, {}, nullptr, prepare_float_rnn},
    {"rnn/avx2", simd::Isa::avx2, {DType::float32}, {}, nullptr, prepare_float_rnn},
    {"rnn/scalar", simd::Isa::scalar, {DType::float32}, {}, nullptr, prepare_float_rnn},
};

/// An operator that keeps state from one invoke to the next.
OpDef row(std::string_view name, Codes codes, Arity inputs, std::span<const int> optional_inputs,
          int (*version)(const VersionQuery&), void (*infer)(InferContext&), Step (*prepare)(const PrepareContext&)) {
  OpDef def = op_row(name, codes, version, infer, prepare);
  def.inputs = inputs;
  def.optional_inputs = optional_inputs;
  def.foldable = false;
  def.stateful = true;
  return def;
}

OpDef with_options(OpDef def, ir::Attrs (*read)(const ::tflite::Operator&),
                   Options (*write)(const ir::Attrs&, schema::Builder&)) {
  def.read = read;
  def.write = write;
  return def;
}

OpDef with_results(OpDef def, Arity outputs) {
  def.outputs = outputs;
  return def;
}

constexpr int kLstmWeights[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16};
constexpr int kBidirectionalLstmWeights[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 16, 18, 19, 20, 21,
                                             22, 23, 24, 25, 26, 27, 28, 33, 40, 41, 42, 43, 44, 45, 46, 47};
constexpr int kTwoWeights[] = {1, 2};

/// Weights become int8 with one scale each and the kernel quantizes rows with zero points; T = the attributes.
template <class T>
OpDef hybrid(OpDef def, std::span<const int> weights) {
  def.quantization.dynamic_range = {
      .form = DynamicRangeRule::Form::hybrid, .weights = weights, .with_asymmetric_inputs = with_asymmetric_inputs<T>};
  return def;
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      quantized(
          hybrid<LstmAttrs>(with_options(row("UNIDIRECTIONAL_SEQUENCE_LSTM", {44, 71, 4}, {20, 24}, kOptionalLstm,
                                             unidirectional_version, infer_sequence_lstm, prepare_from<kLstmKernels>),
                                         read_unidirectional_lstm, write_unidirectional_lstm),
                            kLstmWeights),
          kFree),
      hybrid<LstmAttrs>(with_results(with_options(row("BIDIRECTIONAL_SEQUENCE_LSTM", {52, 69, 3}, {39, 48},
                                                      kOptionalBidirectionalLstm, bidirectional_version,
                                                      infer_sequence_lstm, prepare_from<kLstmKernels>),
                                                  read_bidirectional_lstm, write_bidirectional_lstm),
                                     {1, 2}),
                        kBidirectionalLstmWeights),
      hybrid<LstmAttrs>(with_results(with_options(row("LSTM", {16, 14, 4}, {5, 24}, kOptionalLstm, lstm_version,
                                                      infer_lstm, prepare_from<kOneStepKernels>),
                                                  read_lstm, write_lstm),
                                     {1, 4}),
                        kLstmWeights),
      hybrid<SvdfAttrs>(with_options(row("SVDF", {27, 6, 4}, {5, 5}, kOptionalBias, svdf_version, infer_svdf,
                                         prepare_from<kSvdfKernels>),
                                     read_svdf, write_svdf),
                        kTwoWeights),
      with_options(row("RNN", {24, 7, 3}, {5, 5}, {}, rnn_version, infer_rnn, prepare_from<kRnnKernels>), read_rnn,
                   write_rnn),
      hybrid<RnnAttrs>(with_options(row("UNIDIRECTIONAL_SEQUENCE_RNN", {35, 31, 3}, {5, 5}, {}, rnn_version, infer_rnn,
                                        prepare_from<kRnnKernels>),
                                    read_unidirectional_rnn, write_unidirectional_rnn),
                       kTwoWeights),
      with_results(with_options(row("BIDIRECTIONAL_SEQUENCE_RNN", {46, 70, 3}, {9, 12}, kOptionalBidirectionalRnn,
                                    rnn_version, infer_rnn, prepare_from<kRnnKernels>),
                                read_bidirectional_rnn, write_bidirectional_rnn),
                   {1, 2})};
  return kOps;
}

}  // namespace litesmith::ops::recurrent
