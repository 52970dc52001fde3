#include "quantization/schemes/dynamic_range.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "ir/tensor_names.h"
#include "ops/op_def.h"
#include "quantization/weights.h"

namespace litesmith::quantization {
namespace {

using Rule = ops::DynamicRangeRule;

constexpr std::int64_t kLeastElements = 1024;

const Rule& rule_of(const ir::Node& node) { return ops::def(node).quantization.dynamic_range; }

bool is_large_float_constant(const ir::Tensor& tensor) {
  return tensor.is_constant() && tensor.dtype == DType::float32 && tensor.sparsity == nullptr &&
         tensor.shape.element_count().value_or(0) >= kLeastElements;
}

class GraphRewrite {
 public:
  GraphRewrite(ir::Graph& graph, const Policy& policy)
      : graph_(graph),
        policy_(policy),
        names_(graph),
        originals_(graph.tensors),
        has_float_readers_(originals_.size()) {}

  void run() {
    choose();
    std::vector<ir::Node> nodes;
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      ir::Node node = std::move(graph_.nodes[n]);
      if (!chosen_[n]) {
        nodes.push_back(std::move(node));
        continue;
      }
      for (const int operand : rule_of(node).weights)
        if (node.has_input(operand)) quantize(node, operand);
      append(std::move(node), nodes);
    }
    graph_.nodes = std::move(nodes);
  }

 private:
  /// A constant and the axis of its scales.
  using Key = std::pair<ir::TensorId, int>;

  Key key(const ir::Node& node, int operand) const {
    return {node.input(operand), scale_axis(node, policy_, rule_of(node).channel_axis)};
  }

  bool is_quantizable(const ir::Node& node) const {
    const Rule& rule = rule_of(node);
    if (rule.form == Rule::Form::none || mode_of(node, policy_) != Mode::dynamic_range) return false;
    const auto is_there = [&](int operand) { return node.has_input(operand); };
    return std::any_of(rule.weights.begin(), rule.weights.end(), is_there) &&
           std::all_of(rule.weights.begin(), rule.weights.end(), [&](int operand) {
             return !is_there(operand) || is_large_float_constant(graph_.tensor(node.input(operand)));
           });
  }

  /// Finds the nodes to quantize, and the constants that something else reads as well.
  void choose() {
    for (const ir::TensorId id : graph_.outputs) has_float_readers_.at(static_cast<std::size_t>(id)) = true;
    for (const ir::Node& node : graph_.nodes) {
      chosen_.push_back(is_quantizable(node));
      const auto& weights = rule_of(node).weights;
      for (int i = 0; i < static_cast<int>(node.inputs.size()); ++i)
        if (node.has_input(i) && !(chosen_.back() && std::find(weights.begin(), weights.end(), i) != weights.end()))
          has_float_readers_.at(static_cast<std::size_t>(node.input(i))) = true;
    }
  }

  void quantize(ir::Node& node, int operand) {
    const Key wanted = key(node, operand);
    auto known = made_.find(wanted);
    if (known == made_.end()) known = made_.emplace(wanted, make(wanted, node)).first;
    node.inputs[static_cast<std::size_t>(operand)] = known->second;
  }

  /// The int8 tensor; the first form stands in the constant's place when nothing reads that as float32.
  ir::TensorId make(const Key& wanted, const ir::Node& node) {
    const auto& [id, axis] = wanted;
    ir::Tensor weights = originals_[static_cast<std::size_t>(id)];
    try {
      const Form form = symmetric_int8(weights, axis);
      weights.data = dynamic_range_values(weights, axis);
      weights.dtype = form.dtype;
      weights.quantization = form.quantization;
    } catch (Error& error) {
      throw error.add_context("in " + ir::describe(node));
    }
    const bool is_free = !has_float_readers_[static_cast<std::size_t>(id)] && graph_.tensor(id).dtype == DType::float32;
    if (is_free) {
      graph_.tensor(id) = std::move(weights);
      return id;
    }
    weights.name = names_.numbered(weights.name);
    return graph_.add_tensor(std::move(weights));
  }

  void append(ir::Node node, std::vector<ir::Node>& nodes) {
    const Rule& rule = rule_of(node);
    if (rule.form == Rule::Form::hybrid) {
      if (rule.with_asymmetric_inputs != nullptr) node.attrs = rule.with_asymmetric_inputs(node.attrs);
      nodes.push_back(std::move(node));
    } else if (rule.channel_axis == kPerTensor) {
      append_dequantized_after(std::move(node), nodes);
    } else {
      append_dequantized_before(std::move(node), nodes);
    }
  }

  /// One scale for all elements goes through an operator that only moves them.
  void append_dequantized_after(ir::Node node, std::vector<ir::Node>& nodes) {
    const ir::TensorId result = node.output();
    ir::Tensor moved = graph_.tensor(result);
    const ir::Tensor& weights = graph_.tensor(node.input(rule_of(node).weights.front()));
    moved.name = names_.numbered(moved.name);
    moved.dtype = weights.dtype;
    moved.quantization = weights.quantization;
    node.outputs.front() = graph_.add_tensor(std::move(moved));
    ir::Node dequantize = ops::make_node("DEQUANTIZE", {}, {node.output()}, {result}, node.origins);
    nodes.push_back(std::move(node));
    nodes.push_back(std::move(dequantize));
  }

  void append_dequantized_before(ir::Node node, std::vector<ir::Node>& nodes) {
    for (const int operand : rule_of(node).weights) {
      if (!node.has_input(operand)) continue;
      ir::TensorId& input = node.inputs[static_cast<std::size_t>(operand)];
      ir::Tensor weights = graph_.tensor(input);
      weights.name = names_.numbered(weights.name);
      weights.dtype = DType::float32;
      weights.quantization = {};
      weights.data.reset();
      const ir::TensorId result = graph_.add_tensor(std::move(weights));
      nodes.push_back(ops::make_node("DEQUANTIZE", {}, {input}, {result}, node.origins));
      input = result;
    }
    nodes.push_back(std::move(node));
  }

  ir::Graph& graph_;
  const Policy& policy_;
  ir::TensorNames names_;
  const std::vector<ir::Tensor> originals_;
  std::vector<bool> has_float_readers_;  // by tensor
  std::vector<bool> chosen_;             // by node
  std::map<Key, ir::TensorId> made_;
};

}  // namespace

void to_dynamic_range(ir::Model& model, const Policy& policy) {
  for (ir::Graph& graph : model.graphs) GraphRewrite(graph, policy).run();
}

}  // namespace litesmith::quantization
