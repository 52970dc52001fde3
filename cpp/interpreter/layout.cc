#include "interpreter/layout.h"

#include <algorithm>
#include <numeric>

namespace litesmith::interpreter {

Layout::Layout(const ir::Graph& graph, const PlanCache& cache)
    : graph_(graph), cache_(cache), root_(graph.tensors.size()), block_(graph.tensors.size(), -1) {
  std::iota(root_.begin(), root_.end(), 0);
}

bool Layout::view(ir::NodeId n, const ops::TensorInfo& output, const std::vector<Known>& known, Segment& segment) {
  const Shape& shape = output.shape;
  const ir::Node& node = graph_.nodes[static_cast<std::size_t>(n)];
  const ir::TensorId from = node.input(0);
  const ir::TensorId to = node.output(0);
  const Known& source = known[static_cast<std::size_t>(from)];
  const bool has_bytes = bit_width(source.dtype) > 0;
  if (source.value || graph_.tensor(root(from)).is_variable) return false;
  const int block = block_[static_cast<std::size_t>(root(from))];
  // An output that shares memory with an input would change when the next input is set.
  if (has_bytes && block < 0 && cache_.is_graph_output(to)) return false;
  if (output.dtype != source.dtype || elements(shape) != elements(source.shape)) return false;
  root_[static_cast<std::size_t>(to)] = root(from);
  if (block >= 0) {
    Lifetime& life = blocks_[static_cast<std::size_t>(block)];
    life.last = std::max(life.last, cache_.last_use(to));
  }
  segment.definitions.push_back({to, root(from), {output.dtype, shape, std::nullopt, false, true}, 0, 0, false, from});
  if (has_bytes) segment.definitions.back().bytes = packed_bytes(source.dtype, elements(shape));
  return true;
}

bool Layout::overwrites_operand(ir::NodeId n, const ops::TensorInfo& output, const std::vector<Known>& known) const {
  const ir::Node& node = graph_.nodes[static_cast<std::size_t>(n)];
  if (!ops::def(node).elementwise || !node.has_input(0) || node.outputs.size() != 1) return false;
  const ir::TensorId operand = node.input(0);
  const int block = block_[static_cast<std::size_t>(root(operand))];
  if (block < 0 || blocks_[static_cast<std::size_t>(block)].last != n) return false;
  for (const ir::TensorId other : node.inputs)
    if (other != ir::kAbsent && other != operand && root(other) == root(operand)) return false;
  return graph_.tensor(operand).dtype == output.dtype && known[static_cast<std::size_t>(operand)].shape == output.shape;
}

void Layout::step(ir::NodeId n, std::span<const ops::TensorInfo> outputs, const std::vector<Known>& known,
                  Segment& segment) {
  const ir::Node& node = graph_.nodes[static_cast<std::size_t>(n)];
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const ir::TensorId id = node.outputs[i];
    const ir::NodeId last = std::max(n, cache_.last_use(id));
    const std::size_t bytes = packed_bytes(outputs[i].dtype, elements(outputs[i].shape));
    segment.definitions.push_back(
        {id, id, {outputs[i].dtype, outputs[i].shape, std::nullopt, false, true}, bytes, 0, false});
    if (overwrites_operand(n, outputs[i], known)) {
      const ir::TensorId shared = root(node.input(0));
      root_[static_cast<std::size_t>(id)] = shared;
      segment.definitions.back().root = shared;
      blocks_[static_cast<std::size_t>(block_[static_cast<std::size_t>(shared)])].last = last;
    } else {
      block_[static_cast<std::size_t>(id)] = static_cast<int>(blocks_.size());
      blocks_.push_back({bytes, n, last});
    }
  }
}

void Layout::finish(Segment& segment) {
  const Placement placement = place(blocks_);
  segment.arena_bytes = placement.total;
  for (Definition& definition : segment.definitions) {
    const int block = block_[static_cast<std::size_t>(definition.root)];
    definition.in_arena = block >= 0;
    if (block >= 0) definition.offset = placement.offsets[static_cast<std::size_t>(block)];
  }
}

}  // namespace litesmith::interpreter
