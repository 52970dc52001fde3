#include "quantization/trained_ranges.h"

#include <algorithm>
#include <cmath>

#include "ops/quantize/quantize.h"
#include "passes/rewrites.h"

namespace litesmith::quantization {
namespace {

bool is_fake_quant(const ir::Node& node) { return node.op->name == "FAKE_QUANT"; }

/// The range moved so that zero is a level (reference: operators.md §4.5); a narrow one is given the level that it
/// leaves out, so that its step stays.
Range nudged(const ops::FakeQuantAttrs& attrs) {
  const float lowest = attrs.narrow_range ? 1.0F : 0.0F;
  const auto highest = static_cast<float>((1 << attrs.num_bits) - 1);
  const float step = (attrs.max - attrs.min) / (highest - lowest);
  const float zero = std::round(std::clamp(lowest - attrs.min / step, lowest, highest));
  return {-zero * step, (highest - zero) * step};
}

/// Readers of the result read the operand, which takes over the name of an output of the graph.
ir::Patch bypass(const ir::Graph& graph, const ir::Uses& uses, ir::NodeId id) {
  const ir::Node& node = graph.nodes[static_cast<std::size_t>(id)];
  const ir::TensorId operand = node.input(0);
  ir::Patch patch(graph);
  if (uses.is_graph_output(node.output()) && uses.producer(operand) >= 0 && !uses.is_graph_output(operand)) {
    ir::Tensor renamed = graph.tensor(operand);
    renamed.name = graph.tensor(node.output()).name;
    ir::Tensor former = graph.tensor(node.output());
    former.name = graph.tensor(operand).name;
    patch.replace_tensor(operand, std::move(renamed));
    patch.replace_tensor(node.output(), std::move(former));
  }
  patch.redirect(node.output(), operand);
  patch.drop_node(id);
  return patch;
}

void take_first(ir::Model& model, std::size_t index, ir::NodeId id, Ranges& ranges) {
  const ir::Graph& graph = model.graphs[index];
  const ir::Uses uses(graph);
  const ir::Node& node = graph.nodes[static_cast<std::size_t>(id)];
  if (graph.tensor(node.input(0)).is_constant())
    if (const std::optional<ir::Patch> folded = passes::fold_constants({graph, uses, id}))
      return ir::apply(*folded, model, index);
  ranges[{static_cast<std::int32_t>(index), node.input(0)}] = nudged(node.attrs.as<ops::FakeQuantAttrs>());
  ir::apply(bypass(graph, uses, id), model, index);
}

}  // namespace

bool has_fake_quant(const ir::Model& model) {
  return std::ranges::any_of(model.graphs,
                             [](const ir::Graph& graph) { return std::ranges::any_of(graph.nodes, is_fake_quant); });
}

TrainedModel take_fake_quant(const ir::Model& model, const Ranges& ranges) {
  TrainedModel result{model, ranges};
  for (std::size_t g = 0; g < model.graphs.size(); ++g)
    for (;;) {
      const std::vector<ir::Node>& nodes = result.model.graphs[g].nodes;
      const auto found = std::ranges::find_if(nodes, is_fake_quant);
      if (found == nodes.end()) break;
      take_first(result.model, g, static_cast<ir::NodeId>(found - nodes.begin()), result.ranges);
    }
  return result;
}

}  // namespace litesmith::quantization
