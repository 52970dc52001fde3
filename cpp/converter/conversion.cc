#include "converter/conversion.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "converter/float_file.h"
#include "lowering/lowering.h"
#include "ops/recurrent/lstm_operands.h"
#include "passes/pass.h"
#include "quantization/equalize.h"
#include "quantization/learnt_forms.h"
#include "quantization/quantize.h"
#include "quantization/sparsify.h"
#include "tflite/writer.h"

namespace litesmith::converter {
namespace {

using quantization::Mode;

/// The code of quantization-aware training in CONVERSION_METADATA.
constexpr std::int32_t kQuantizationAware = 2000;

/// The code of a mode in CONVERSION_METADATA (reference: api.md §1.4); 0 = none.
std::int32_t metadata_code(Mode mode) {
  switch (mode) {
    case Mode::float32: return 0;
    case Mode::float16: return 1001;
    case Mode::dynamic_range: return 1002;
    case Mode::int8: return 1003;
    case Mode::int16x8: return 1004;
  }
  return 0;
}

/// LSTMs of sources begin anew each time; here their states are variables.
std::optional<std::string> kept_states(const ir::Model& model) {
  std::string layers;
  bool is_open = false;
  for (const ir::Graph& graph : model.graphs)
    for (const ir::Node& node : graph.nodes) {
      if (node.op->name != "UNIDIRECTIONAL_SEQUENCE_LSTM") continue;
      layers += concat(layers.empty() ? "" : ", ", node.origins.empty() ? "?" : node.origins.front());
      is_open = is_open || !graph.tensor(node.input(ops::recurrent::LstmOperands{}.output_state)).shape.is_static();
    }
  if (layers.empty()) return std::nullopt;
  return concat(
      "LSTMs became UNIDIRECTIONAL_SEQUENCE_LSTM, which keeps its state from one invoke() to the next: call ",
      "reset_all_variables() before a sequence that does not go on from the last one",
      is_open ? "; the batch is open here, but runtimes other than litesmith's keep the states of the file's batch, 1"
              : "",
      ": ", layers);
}

}  // namespace

Conversion::Conversion(ir::Model model, Options options) : model_(std::move(model)), options_(options) {
  passes::infer_shapes(model_, "after import");
}

Conversion Conversion::from_tflite(Bytes file, std::string_view source_name, Options options) {
  Conversion conversion({}, options);
  conversion.model_ = read_float_file(std::move(file), source_name);
  conversion.lowered_ = true;
  conversion.options_.model_type = kUnset;
  return conversion;
}

void Conversion::lower() {
  if (lowered_) return;
  passes::run(passes::float_pipeline(), model_);
  lowering::lower(model_);
  if (auto text = kept_states(model_)) warnings_.push_back(std::move(*text));
  lowered_ = true;
}

std::size_t Conversion::equalize() {
  lower();
  observer_.reset();
  quantized_.reset();
  bias_errors_.clear();
  return quantization::equalize(model_);
}

void Conversion::quantize(const quantization::Policy& policy, const quantization::Ranges& ranges) {
  lower();
  const std::set<Mode> modes = quantization::modes_in(policy);
  const bool has_integers = modes.contains(Mode::int8) || modes.contains(Mode::int16x8);
  const bool is_trained = has_integers && quantization::has_learnt_forms(model_);
  if (quantization::changes_nothing(policy)) {
    quantized_.reset();
  } else {
    if (bias_errors_.empty()) {
      quantized_ = quantization::quantize(model_, ranges, policy);
    } else {
      ir::Model corrected = model_;
      quantization::correct_biases(corrected, bias_errors_, policy);
      quantized_ = quantization::quantize(corrected, ranges, policy);
    }
  }
  policy_ = policy;
  metadata_codes_.clear();
  if (is_trained) metadata_codes_.push_back(kQuantizationAware);
  for (const Mode mode : modes) {
    const bool is_measured = !is_trained || !ranges.empty();
    if (const std::int32_t code = metadata_code(mode); code != 0 && is_measured) metadata_codes_.push_back(code);
  }
  if (policy.sparse) std::ranges::copy(quantization::sparsity_codes(*quantized_), std::back_inserter(metadata_codes_));
}

std::unique_ptr<quantization::BiasCorrection> Conversion::bias_correction(
    const quantization::BiasCorrection::Options& options) const {
  if (!quantized_) fail(ErrorKind::value, "the model is not quantized: no bias has an error");
  return std::make_unique<quantization::BiasCorrection>(model_, *quantized_, policy_, options);
}

quantization::Comparison Conversion::compare(const quantization::Ranges& ranges,
                                             const quantization::Comparison::Options& options) {
  if (!quantized_) fail(ErrorKind::value, "the model is not quantized: there is nothing to compare it with");
  return {std::make_shared<ir::Model>(model_), std::make_shared<ir::Model>(*quantized_), ranges, options};
}

Bytes Conversion::write() {
  lower();
  tflite::WriteOptions options;
  if (options_.conversion_metadata) {
    options.conversion.emplace();
    options.conversion->producer = "litesmith " LITESMITH_VERSION;
    options.conversion->api_version = static_cast<std::uint32_t>(options_.api_version);
    options.conversion->model_type = options_.model_type;
    options.conversion->modes = metadata_codes_;
  }
  if (quantized_) return tflite::write(*quantized_, options);
  ir::Model model = model_;
  quantization::forget_learnt_steps(model);
  return tflite::write(model, options);
}

void Conversion::start_observation(const quantization::Observer::Options& options) {
  lower();
  observer_.reset();
  observer_ = std::make_unique<quantization::Observer>(std::make_shared<const ir::Model>(model_), options);
}

void Conversion::observe(int graph, std::span<const quantization::Feed> feeds, std::uint64_t sample) {
  if (observer_ == nullptr) fail(ErrorKind::value, "the observation of this model has not been started");
  observer_->observe(graph, feeds, sample);
}

const quantization::Observations& Conversion::observations() const {
  if (observer_ == nullptr) fail(ErrorKind::value, "this model has not been observed");
  return observer_->observations();
}

std::optional<interpreter::TensorView> Conversion::observed_value(int graph, ir::TensorId tensor) {
  if (observer_ == nullptr) fail(ErrorKind::value, "this model has not been observed");
  return observer_->result(graph, tensor);
}

void Conversion::record_ranges(const quantization::Ranges& ranges) {
  lower();
  converter::record_ranges(model_, ranges);
}

}  // namespace litesmith::converter
