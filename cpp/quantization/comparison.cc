#include "quantization/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "ops/op_def.h"
#include "quantization/number_format.h"
#include "quantization/sample_run.h"
#include "quantization/watch.h"

namespace litesmith::quantization {
namespace {

using interpreter::TensorObserver;

std::string owner_of(const ir::Node& node) {
  return node.origins.empty() ? std::string(node.op->name) : node.origins.front();
}

/// Names of the tensors by which layers hand on their results: read by other layers, or results of the graph.
std::map<std::string, std::string> results_of_layers(const ir::Graph& graph) {
  const ir::Uses uses(graph);
  std::map<std::string, std::string> layer_of;
  for (const ir::Node& node : graph.nodes)
    for (const ir::TensorId id : node.outputs) {
      if (id == ir::kAbsent || graph.tensor(id).dtype != DType::float32) continue;
      const auto readers = uses.consumers(id);
      const bool leaves = std::any_of(readers.begin(), readers.end(), [&](ir::NodeId reader) {
        return owner_of(graph.nodes[static_cast<std::size_t>(reader)]) != owner_of(node);
      });
      if (leaves || uses.is_graph_output(id)) layer_of.emplace(graph.tensor(id).name, owner_of(node));
    }
  return layer_of;
}

/// The type in which a node's weights are stored, also when they are dequantized first; nullopt without weights.
std::optional<DType> stored_weights(const ir::Graph& graph, const ir::Uses& uses, const ir::Node& node) {
  const ops::OpDef& op = ops::def(node);
  std::vector<int> operands(op.quantization.dynamic_range.weights.begin(), op.quantization.dynamic_range.weights.end());
  if (op.linear.filter >= 0) operands.push_back(op.linear.filter);
  for (const int operand : operands) {
    if (!node.has_input(operand)) continue;
    ir::TensorId id = node.input(operand);
    const ir::NodeId producer = uses.producer(id);
    const bool widened = producer >= 0 && graph.nodes[static_cast<std::size_t>(producer)].op->name == "DEQUANTIZE";
    if (widened) id = graph.nodes[static_cast<std::size_t>(producer)].input(0);
    if (graph.tensor(id).is_constant()) return graph.tensor(id).dtype;
  }
  return std::nullopt;
}

std::size_t bin_of(const Range& bins, float value) noexcept {
  const double width = double{bins.max} - double{bins.min};
  const double position = width > 0 ? (value - double{bins.min}) / width * LayerComparison::kBins : 0;
  return static_cast<std::size_t>(std::clamp(position, 0.0, double{LayerComparison::kBins - 1}));
}

Range extent(std::span<const float> values) noexcept {
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, *high};
}

}  // namespace

void Difference::add(float f, float q) noexcept {
  const double a = f;
  const double b = q;
  signal += a * a;
  quantized += b * b;
  product += a * b;
  noise += (a - b) * (a - b);
  largest = std::max(largest, std::fabs(a - b));
}

double Difference::sqnr_db() const noexcept {
  if (noise == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(signal / noise);
}

double Difference::cosine() const noexcept {
  if (signal == 0 || quantized == 0) return signal == quantized ? 1 : 0;
  return product / std::sqrt(signal * quantized);
}

struct Comparison::State {
  State(std::shared_ptr<const ir::Model> reference_model, std::shared_ptr<const ir::Model> quantized_model,
        const Ranges& known_ranges, const Options& options)
      : reference(reference_model),
        quantized(quantized_model),
        ranges(known_ranges),
        see_reference([this](const auto& values) { keep(values); }),
        see_cumulative([this](const auto& values) { compare(values, false); }),
        see_isolated([this](const auto& values) { compare(values, true); }),
        float_run(reference_model, {.threads = options.threads, .isa = options.isa, .observer = &see_reference}),
        cumulative_run(quantized_model, {.threads = options.threads, .isa = options.isa, .observer = &see_cumulative}),
        isolated_run(
            quantized_model,
            {.threads = options.threads, .isa = options.isa, .preserve_all_tensors = true, .observer = &see_isolated}) {
    for (const ir::Graph& graph : reference->graphs) add_layers(graph);
    for (const ir::Graph& graph : quantized->graphs) describe(graph);
  }

  void add_layers(const ir::Graph& graph) {
    const std::map<std::string, std::string> results = results_of_layers(graph);
    for (const ir::Node& node : graph.nodes)
      for (const ir::TensorId id : node.outputs) {
        if (id == ir::kAbsent || !results.contains(graph.tensor(id).name)) continue;
        const auto [entry, is_new] = index.emplace(owner_of(node), layers.size());
        if (is_new) layers.emplace_back().layer = owner_of(node);
        layer_of.emplace(graph.tensor(id).name, entry->second);
      }
  }

  void describe(const ir::Graph& graph) {
    const ir::Uses uses(graph);
    for (const ir::Node& node : graph.nodes) {
      if (node.op->name == "DEQUANTIZE") dequantized.emplace(&graph.tensor(node.output()), node.input(0));
      const auto found = index.find(owner_of(node));
      if (found == index.end()) continue;
      LayerComparison& layer = layers[found->second];
      const bool converts = node.op->name == "QUANTIZE" || node.op->name == "DEQUANTIZE";
      if (!converts) layer.operators.emplace_back(node.op->name);
      if (const auto stored = stored_weights(graph, uses, node)) layer.weights = *stored;
    }
  }

  void keep(const TensorObserver::Values& values) {
    const std::string& name = values.graph.tensor(values.tensor).name;
    const auto found = layer_of.find(name);
    if (found == layer_of.end() || values.dtype != DType::float32) return;
    const std::span<const float> floats = float_values(values.bytes);
    kept[name].assign(floats.begin(), floats.end());
    LayerComparison& layer = layers[found->second];
    const Range range = extent(floats);
    const bool first = layer.values == 0;
    layer.seen = first ? range : Range{std::min(layer.seen.min, range.min), std::max(layer.seen.max, range.max)};
    if (first) {
      const auto graph = static_cast<std::int32_t>(&values.graph - reference->graphs.data());
      const auto known = ranges.find({graph, values.tensor});
      layer.bins = known == ranges.end() ? range : known->second;
    }
    layer.values += floats.size();
    for (const float value : floats) ++layer.counts[bin_of(layer.bins, value)];
  }

  void compare(const TensorObserver::Values& values, bool isolated) {
    const ir::Tensor& tensor = values.graph.tensor(values.tensor);
    const auto found = layer_of.find(tensor.name);
    const auto reference_values = kept.find(tensor.name);
    if (found == layer_of.end() || reference_values == kept.end() || !NumberFormat::is_known(tensor)) return;
    const std::vector<float>& expected = reference_values->second;
    const NumberFormat format(tensor);
    const ir::Tensor& stored = stored_form(values.graph, tensor);
    current.resize(expected.size());
    if (values.bytes.size() * 8 != expected.size() * bit_width(tensor.dtype)) return;
    format.load(values.bytes, current);
    LayerComparison& layer = layers[found->second];
    Difference& difference = isolated ? layer.isolated : layer.cumulative;
    for (std::size_t i = 0; i < expected.size(); ++i) difference.add(expected[i], current[i]);
    if (isolated) return format.store(expected, values.bytes);
    layer.dtype = stored.dtype;
    layer.representable = NumberFormat(stored).range();
    for (const float value : current) ++layer.quantized_counts[bin_of(layer.bins, value)];
    const float half_step = NumberFormat(stored).step() / 2;
    const Range holds{layer.representable.min - half_step, layer.representable.max + half_step};
    for (const float value : expected) layer.saturated += value < holds.min || value > holds.max ? 1 : 0;
  }

  /// The integers behind a float tensor that DEQUANTIZE makes; the tensor itself otherwise.
  const ir::Tensor& stored_form(const ir::Graph& graph, const ir::Tensor& tensor) const {
    const auto found = dequantized.find(&tensor);
    if (found == dequantized.end()) return tensor;
    const ir::Tensor& integers = graph.tensor(found->second);
    return NumberFormat::is_known(integers) ? integers : tensor;
  }

  std::shared_ptr<const ir::Model> reference, quantized;
  Ranges ranges;
  std::vector<LayerComparison> layers;
  std::map<std::string, std::size_t> index;               // layer -> entry
  std::map<std::string, std::size_t> layer_of;            // tensor that a layer hands on -> entry
  std::map<const ir::Tensor*, ir::TensorId> dequantized;  // results of DEQUANTIZE -> operand
  std::map<std::string, std::vector<float>> kept;
  std::vector<float> current;
  Watch see_reference, see_cumulative, see_isolated;
  interpreter::Interpreter float_run, cumulative_run, isolated_run;
  std::uint64_t samples = 0;
};

Comparison::Comparison(std::shared_ptr<const ir::Model> reference, std::shared_ptr<const ir::Model> quantized,
                       const Ranges& ranges, const Options& options)
    : state_(std::make_unique<State>(std::move(reference), std::move(quantized), ranges, options)) {}
Comparison::~Comparison() = default;
Comparison::Comparison(Comparison&&) noexcept = default;

void Comparison::add(int graph, std::span<const Feed> feeds) {
  state_->kept.clear();
  const ir::Graph& source = state_->reference->graphs.at(static_cast<std::size_t>(graph));
  for (interpreter::Interpreter* run : {&state_->float_run, &state_->cumulative_run, &state_->isolated_run})
    run_sample(*run, graph, source, feeds);
  ++state_->samples;
}

std::vector<LayerComparison> Comparison::layers() const {
  std::vector<LayerComparison> layers = state_->layers;
  std::erase_if(layers, [](const LayerComparison& layer) { return layer.values == 0; });
  return layers;
}
std::uint64_t Comparison::samples() const noexcept { return state_->samples; }

}  // namespace litesmith::quantization
