#include "quantization/learnt_forms.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ops/quantize/quantize.h"
#include "ops/quantize/trained_grid.h"
#include "quantization/number_format.h"

namespace litesmith::quantization {
namespace {

constexpr int kUint8Offset = 128;

bool is_step_holder(const ir::Tensor& tensor) {
  return tensor.dtype == DType::float32 && tensor.is_constant() && !tensor.quantization.scales.empty();
}

/// int8 with the same numbers; nullopt for other types and for several scales.
std::optional<Form> int8_of(const ir::Tensor& integers) {
  if (integers.dtype != DType::int8 && integers.dtype != DType::uint8) return std::nullopt;
  const ir::Quantization& own = integers.quantization;
  if (own.scales.size() != 1) return std::nullopt;
  const std::int64_t zero_point = own.zero_points.empty() ? 0 : own.zero_points.front();
  return per_tensor(DType::int8, own.scales.front(),
                    integers.dtype == DType::uint8 ? zero_point - kUint8Offset : zero_point);
}

std::optional<Form> int8_of(const ops::FakeQuantAttrs& attrs) {
  if (attrs.num_bits != 8 || !(attrs.min < attrs.max)) return std::nullopt;
  const ops::TrainedGrid grid(attrs.min, attrs.max, attrs.narrow_range);
  return per_tensor(DType::int8, grid.scale, grid.int8_zero_point());
}

/// Puts a constant on the grid, which stays with it.
void snap(ir::Tensor& constant, const Form& form) {
  ir::Tensor integers;
  integers.dtype = form.dtype;
  integers.quantization = form.quantization;
  const NumberFormat format(integers);
  std::vector<float> values = constant.data->to_vector<float>();
  std::vector<std::byte> stored(values.size() * bit_width(form.dtype) / 8);
  format.store(values, stored);
  format.load(stored, values);
  constant.data = Bytes::copy_of<float>(values);
  constant.quantization = form.quantization;
}

class Taker {
 public:
  Taker(ir::Graph& graph, std::int32_t index, LearntForms& learnt) : graph_(graph), index_(index), learnt_(learnt) {}

  void run() {
    const ir::Uses uses(graph_);
    std::vector<bool> gone(graph_.nodes.size(), false);
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const ir::Node& node = graph_.nodes[n];
      if (node.op->name == "FAKE_QUANT") {
        gone[n] = take(int8_of(node.attrs.as<ops::FakeQuantAttrs>()), node.input(0), {node.output()});
      } else if (node.op->name == "QUANTIZE") {
        gone[n] = take(int8_of(graph_.tensor(node.output())), node.input(0), dequantized(uses, node.output()));
        for (const ir::NodeId reader : uses.consumers(node.output()))
          gone[static_cast<std::size_t>(reader)] = gone[n] || gone[static_cast<std::size_t>(reader)];
      }
    }
    std::size_t n = 0;
    std::erase_if(graph_.nodes, [&](const ir::Node&) { return gone[n++]; });
  }

  /// Outputs of the graph that were results of taken operators, and what is returned in their place.
  const std::vector<std::pair<ir::TensorId, ir::TensorId>>& moved_outputs() const noexcept { return moved_; }

 private:
  /// Float results of the tensor's readers when all of them are DEQUANTIZE; none otherwise.
  std::vector<ir::TensorId> dequantized(const ir::Uses& uses, ir::TensorId id) const {
    std::vector<ir::TensorId> results;
    if (uses.is_graph_output(id)) return results;
    for (const ir::NodeId reader : uses.consumers(id)) {
      const ir::Node& node = graph_.nodes[static_cast<std::size_t>(reader)];
      if (node.op->name != "DEQUANTIZE" || graph_.tensor(node.output()).dtype != DType::float32) return {};
      results.push_back(node.output());
    }
    return results;
  }

  bool take(const std::optional<Form>& form, ir::TensorId source, const std::vector<ir::TensorId>& results) {
    if (!form || results.empty()) return false;
    ir::Tensor& tensor = graph_.tensor(source);
    if (tensor.dtype != DType::float32) return false;
    if (tensor.is_constant()) {
      snap(tensor, *form);
    } else {
      const auto [entry, is_new] = learnt_.emplace(TensorKey{index_, source}, *form);
      if (!is_new && !(entry->second == *form)) return false;
    }
    for (const ir::TensorId result : results) replace(result, source);
    return true;
  }

  /// Readers of `from` read `to`, which takes the name over where the graph returns it.
  void replace(ir::TensorId from, ir::TensorId to) {
    for (ir::Node& node : graph_.nodes) std::ranges::replace(node.inputs, from, to);
    if (std::ranges::find(graph_.outputs, from) == graph_.outputs.end()) return;
    const bool is_edge = std::ranges::find(graph_.inputs, to) != graph_.inputs.end() ||
                         std::ranges::find(graph_.outputs, to) != graph_.outputs.end();
    if (!is_edge) std::swap(graph_.tensor(from).name, graph_.tensor(to).name);
    std::ranges::replace(graph_.outputs, from, to);
    moved_.emplace_back(from, to);
  }

  ir::Graph& graph_;
  std::int32_t index_;
  LearntForms& learnt_;
  std::vector<std::pair<ir::TensorId, ir::TensorId>> moved_;
};

}  // namespace

bool has_learnt_forms(const ir::Model& model) {
  ir::Model copy = model;
  const auto has_steps = [](const ir::Graph& graph) { return std::ranges::any_of(graph.tensors, is_step_holder); };
  return std::ranges::any_of(model.graphs, has_steps) || !take_learnt_forms(copy).empty();
}

LearntForms take_learnt_forms(ir::Model& model) {
  LearntForms learnt;
  for (std::size_t g = 0; g < model.graphs.size(); ++g) {
    const auto index = static_cast<std::int32_t>(g);
    Taker taker(model.graphs[g], index, learnt);
    taker.run();
    for (const auto& [from, to] : taker.moved_outputs())
      for (ir::Signature& signature : model.signatures)
        for (ir::Signature::Entry& entry : signature.outputs)
          if (signature.graph == index && entry.tensor == from) entry.tensor = to;
  }
  return learnt;
}

Ranges with_learnt_ranges(const Ranges& ranges, const LearntForms& learnt) {
  Ranges all = ranges;
  for (const auto& [key, form] : learnt) {
    ir::Tensor tensor;
    tensor.dtype = form.dtype;
    tensor.quantization = form.quantization;
    all.emplace(key, NumberFormat(tensor).range());
  }
  return all;
}

void forget_learnt_steps(ir::Model& model) {
  for (ir::Graph& graph : model.graphs)
    for (ir::Tensor& tensor : graph.tensors)
      if (is_step_holder(tensor)) tensor.quantization = {};
}

}  // namespace litesmith::quantization
