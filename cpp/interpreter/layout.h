#pragma once

#include <span>
#include <vector>

#include "interpreter/plan.h"

namespace litesmith::interpreter {

/// Decides while a segment is planned which tensors share memory: views, results that overwrite their operand, and
/// tensors that are never alive together.
class Layout {
 public:
  Layout(const ir::Graph& graph, const PlanCache& cache);

  /// Makes the node's result another name for its operand, where nothing can tell the difference.
  bool view(ir::NodeId n, const ops::TensorInfo& output, const std::vector<Known>& known, Segment& segment);
  /// Gives memory to the results of a node that runs as a step.
  void step(ir::NodeId n, std::span<const ops::TensorInfo> outputs, const std::vector<Known>& known, Segment& segment);
  /// Sets the offsets of all definitions and the size of the arena.
  void finish(Segment& segment);

 private:
  ir::TensorId root(ir::TensorId id) const { return root_[static_cast<std::size_t>(id)]; }
  bool overwrites_operand(ir::NodeId n, const ops::TensorInfo& output, const std::vector<Known>& known) const;

  const ir::Graph& graph_;
  const PlanCache& cache_;
  std::vector<ir::TensorId> root_;  // per tensor: the tensor whose memory it uses
  std::vector<int> block_;          // per root tensor: index into blocks_, -1 = not in this segment's arena
  std::vector<Lifetime> blocks_;
};

}  // namespace litesmith::interpreter
