#include "ops/recurrent/options.h"

#include "ops/file_enum.h"
#include "ops/recurrent/recurrent.h"

namespace litesmith::ops::recurrent {
namespace {

/// What all seven tables hold.
template <class Attrs, class Table>
void read_common(const Table& table, Attrs& attrs) {
  attrs.activation = enum_from_file(table.fused_activation_function(), Activation::sign_bit, "fused activation");
  attrs.asymmetric_quantize_inputs = table.asymmetric_quantize_inputs();
}

template <class Table>
LstmAttrs read_clips(const Table& table) {
  LstmAttrs attrs;
  read_common(table, attrs);
  attrs.cell_clip = table.cell_clip();
  attrs.projection_clip = table.proj_clip();
  return attrs;
}

template <class Attrs, class Builder>
void write_common(const Attrs& attrs, Builder& options) {
  options.add_fused_activation_function(static_cast<::tflite::ActivationFunctionType>(attrs.activation));
  options.add_asymmetric_quantize_inputs(attrs.asymmetric_quantize_inputs);
}

template <class Builder>
void write_clips(const LstmAttrs& attrs, Builder& options) {
  options.add_cell_clip(attrs.cell_clip);
  options.add_proj_clip(attrs.projection_clip);
  write_common(attrs, options);
}

}  // namespace

ir::Attrs read_lstm(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_LSTMOptions();
  if (options == nullptr) return LstmAttrs{};
  LstmAttrs attrs = read_clips(*options);
  attrs.kernel_type = enum_from_file(options->kernel_type(), LstmKernelType::basic, "kernel type");
  return attrs;
}

ir::Attrs read_unidirectional_lstm(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_UnidirectionalSequenceLSTMOptions();
  if (options == nullptr) return LstmAttrs{};
  LstmAttrs attrs = read_clips(*options);
  attrs.time_major = options->time_major();
  attrs.diagonal_recurrent = options->diagonal_recurrent_tensors();
  return attrs;
}

ir::Attrs read_bidirectional_lstm(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_BidirectionalSequenceLSTMOptions();
  if (options == nullptr) return LstmAttrs{.time_major = true};
  LstmAttrs attrs = read_clips(*options);
  attrs.time_major = options->time_major();
  attrs.merge_outputs = options->merge_outputs();
  return attrs;
}

ir::Attrs read_rnn(const ::tflite::Operator& node) {
  RnnAttrs attrs;
  if (const auto* options = node.builtin_options_as_RNNOptions()) read_common(*options, attrs);
  return attrs;
}

ir::Attrs read_unidirectional_rnn(const ::tflite::Operator& node) {
  RnnAttrs attrs;
  const auto* options = node.builtin_options_as_SequenceRNNOptions();
  if (options == nullptr) return attrs;
  read_common(*options, attrs);
  attrs.time_major = options->time_major();
  return attrs;
}

ir::Attrs read_bidirectional_rnn(const ::tflite::Operator& node) {
  RnnAttrs attrs;
  const auto* options = node.builtin_options_as_BidirectionalSequenceRNNOptions();
  if (options == nullptr) return attrs;
  read_common(*options, attrs);
  attrs.time_major = options->time_major();
  attrs.merge_outputs = options->merge_outputs();
  return attrs;
}

ir::Attrs read_svdf(const ::tflite::Operator& node) {
  SvdfAttrs attrs;
  const auto* options = node.builtin_options_as_SVDFOptions();
  if (options == nullptr) return attrs;
  read_common(*options, attrs);
  attrs.rank = options->rank();
  return attrs;
}

Options write_lstm(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& attrs = attributes.as<LstmAttrs>();
  ::tflite::LSTMOptionsBuilder options(builder);
  write_clips(attrs, options);
  options.add_kernel_type(static_cast<::tflite::LSTMKernelType>(attrs.kernel_type));
  return options.Finish().Union();
}

Options write_unidirectional_lstm(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& attrs = attributes.as<LstmAttrs>();
  ::tflite::UnidirectionalSequenceLSTMOptionsBuilder options(builder);
  write_clips(attrs, options);
  options.add_time_major(attrs.time_major);
  options.add_diagonal_recurrent_tensors(attrs.diagonal_recurrent);
  return options.Finish().Union();
}

Options write_bidirectional_lstm(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& attrs = attributes.as<LstmAttrs>();
  ::tflite::BidirectionalSequenceLSTMOptionsBuilder options(builder);
  write_clips(attrs, options);
  options.add_merge_outputs(attrs.merge_outputs);
  options.add_time_major(attrs.time_major);
  return options.Finish().Union();
}

Options write_rnn(const ir::Attrs& attributes, schema::Builder& builder) {
  ::tflite::RNNOptionsBuilder options(builder);
  write_common(attributes.as<RnnAttrs>(), options);
  return options.Finish().Union();
}

Options write_unidirectional_rnn(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& attrs = attributes.as<RnnAttrs>();
  ::tflite::SequenceRNNOptionsBuilder options(builder);
  write_common(attrs, options);
  options.add_time_major(attrs.time_major);
  return options.Finish().Union();
}

Options write_bidirectional_rnn(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& attrs = attributes.as<RnnAttrs>();
  ::tflite::BidirectionalSequenceRNNOptionsBuilder options(builder);
  write_common(attrs, options);
  options.add_time_major(attrs.time_major);
  options.add_merge_outputs(attrs.merge_outputs);
  return options.Finish().Union();
}

Options write_svdf(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& attrs = attributes.as<SvdfAttrs>();
  ::tflite::SVDFOptionsBuilder options(builder);
  write_common(attrs, options);
  options.add_rank(attrs.rank);
  return options.Finish().Union();
}

}  // namespace litesmith::ops::recurrent
