#include "quantization/verification.h"

#include <cstring>
#include <utility>

#include "base/error.h"
#include "quantization/number_format.h"
#include "quantization/sample_run.h"

namespace litesmith::quantization {
namespace {

bool converts(const ir::Node& node) noexcept { return node.op->name == "QUANTIZE" || node.op->name == "DEQUANTIZE"; }

bool is_quantized(const ir::Tensor& tensor) noexcept {
  return tensor.dtype != DType::float32 && NumberFormat::is_known(tensor);
}

}  // namespace

Verification::Verification(std::shared_ptr<const ir::Model> reference, std::shared_ptr<const ir::Model> quantized,
                           const Options& options)
    : reference_(std::move(reference)),
      quantized_(std::move(quantized)),
      see_reference_([this](const auto& values) { verify(values); }),
      see_quantized_([this](const auto& values) { keep(values); }),
      float_run_(
          reference_,
          {.threads = options.threads, .isa = options.isa, .preserve_all_tensors = true, .observer = &see_reference_}),
      quantized_run_(
          quantized_,
          {.threads = options.threads, .isa = options.isa, .preserve_all_tensors = true, .observer = &see_quantized_}) {
  for (std::size_t i = 0; i < reference_->graphs.size() && i < quantized_->graphs.size(); ++i)
    match(reference_->graphs[i], quantized_->graphs[i]);
}

void Verification::match(const ir::Graph& reference, const ir::Graph& quantized) {
  std::map<std::string, Place>& places = places_.emplace_back();
  const ir::Uses uses(quantized);
  std::map<std::string, ir::TensorId> named;
  for (std::size_t id = 0; id < quantized.tensors.size(); ++id)
    named.emplace(quantized.tensors[id].name, static_cast<ir::TensorId>(id));
  for (const ir::Node& node : reference.nodes)
    for (const ir::TensorId output : node.outputs) {
      if (output == ir::kAbsent || reference.tensor(output).dtype != DType::float32) continue;
      const auto found = named.find(reference.tensor(output).name);
      if (found == named.end()) continue;
      ir::TensorId id = found->second;
      ir::NodeId producer = uses.producer(id);
      while (producer >= 0 && converts(quantized.nodes[static_cast<std::size_t>(producer)])) {
        id = quantized.nodes[static_cast<std::size_t>(producer)].input(0);
        producer = uses.producer(id);
      }
      if (producer >= 0 && is_quantized(quantized.tensor(id))) places[found->first] = {id, true};
    }
  for (std::size_t i = 0; i < reference.inputs.size() && i < quantized.inputs.size(); ++i)
    if (is_quantized(quantized.tensor(quantized.inputs[i])))
      places[reference.tensor(reference.inputs[i]).name] = {quantized.inputs[i], false};
}

const std::map<std::string, Verification::Place>& Verification::places(int graph) const {
  if (graph < 0 || static_cast<std::size_t>(graph) >= places_.size())
    fail(ErrorKind::value, "the models have ", places_.size(), " graphs in common; there is no graph ", graph);
  return places_[static_cast<std::size_t>(graph)];
}

std::map<ir::TensorId, std::string> Verification::tensors(int graph) const {
  std::map<ir::TensorId, std::string> names;
  for (const auto& [name, place] : places(graph))
    if (place.is_result) names.emplace(place.tensor, name);
  return names;
}

std::vector<VerifiedResult> Verification::run(int graph, std::span<const Feed> feeds) {
  graph_ = graph;
  kept_.clear();
  results_.clear();
  for (const auto& [name, place] : places(graph)) kept_[place.tensor];
  const ir::Graph& source = reference_->graphs[static_cast<std::size_t>(graph)];
  run_sample(quantized_run_, graph, source, feeds);
  run_sample(float_run_, graph, source, feeds);
  return std::exchange(results_, {});
}

void Verification::keep(const interpreter::TensorObserver::Values& values) {
  if (&values.graph != &quantized_run_.executor(graph_).graph()) return;
  const auto found = kept_.find(values.tensor);
  if (found != kept_.end()) found->second.assign(values.bytes.begin(), values.bytes.end());
}

void Verification::verify(const interpreter::TensorObserver::Values& values) {
  if (&values.graph != &float_run_.executor(graph_).graph() || values.dtype != DType::float32) return;
  const auto& known = places_[static_cast<std::size_t>(graph_)];
  const auto place = known.find(values.graph.tensor(values.tensor).name);
  if (place == known.end()) return;
  const ir::Tensor& tensor = quantized_run_.executor(graph_).graph().tensor(place->second.tensor);
  const std::vector<std::byte>& stored = kept_.at(place->second.tensor);
  const std::span<const float> expected = float_values(values.bytes);
  if (stored.size() * 8 != expected.size() * bit_width(tensor.dtype)) return;
  std::vector<float> actual(expected.size());
  NumberFormat(tensor).load(stored, actual);
  std::vector<float> copy(expected.begin(), expected.end());
  if (!actual.empty()) std::memcpy(values.bytes.data(), actual.data(), values.bytes.size());
  if (place->second.is_result)
    results_.push_back({place->second.tensor, tensor.dtype, values.shape, stored, std::move(actual), std::move(copy)});
}

}  // namespace litesmith::quantization
