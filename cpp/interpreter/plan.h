#pragma once

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "interpreter/options.h"
#include "ir/model.h"
#include "ops/step.h"

namespace litesmith::interpreter {

/// What is known of a tensor before the graph runs.
struct Known {
  DType dtype = DType::float32;
  Shape shape;
  /// Its values, where they follow from constants or shapes.
  std::optional<Bytes> value;
  /// The value is the same for all input shapes.
  bool fixed = false;
  /// A constant, fed, or computed by a node that was planned already.
  bool defined = false;
};

/// A node that runs as a kernel.
struct PlannedStep {
  ir::NodeId node = -1;
  ops::Step step;
};

/// A tensor that a segment computes. Its bytes are `known.value`, or lie at `offset` in the arena, or are those of
/// `root`, which the segment does not compute. A view has the values of `view_of`.
struct Definition {
  ir::TensorId tensor = ir::kAbsent;
  ir::TensorId root = ir::kAbsent;
  Known known;
  std::size_t bytes = 0;
  std::size_t offset = 0;
  bool in_arena = false;
  ir::TensorId view_of = ir::kAbsent;
};

/// A stretch of nodes with fixed shapes: kernels in order, then at most one host operator.
struct Segment {
  std::vector<PlannedStep> steps;
  /// Variables that need another shape than they have: whoever loads the segment gives it to them.
  std::vector<std::pair<ir::TensorId, Shape>> variable_shapes;
  std::vector<Definition> definitions;
  /// The node that ends it, -1 at the end of the graph; what follows depends on the shapes of its results.
  ir::NodeId host = -1;
  /// Types and shapes that the host operator's results have by inference; shapes are maybe not static.
  std::vector<DType> host_types;
  std::vector<Shape> host_shapes;
  std::size_t arena_bytes = 0;
  std::size_t scratch_bytes = 0;
};

/// Per graph: when each tensor is read last, and what of earlier plans stays valid under other input shapes.
class PlanCache {
 public:
  static constexpr ir::NodeId kForever = std::numeric_limits<ir::NodeId>::max();
  PlanCache(const ir::Graph& graph, bool preserve_all_tensors);

  /// The node that reads the tensor last, kForever for outputs of the graph.
  ir::NodeId last_use(ir::TensorId id) const { return last_use_[static_cast<std::size_t>(id)]; }
  bool is_graph_output(ir::TensorId id) const { return is_output_[static_cast<std::size_t>(id)]; }

  struct Entry {
    std::vector<Shape> shapes;                 // of operands and results when `step` was prepared
    std::optional<ops::Step> step;             // packed weights included
    std::optional<std::vector<Bytes>> folded;  // results that follow from the file's constants alone
  };
  Entry& entry(ir::NodeId node) { return entries_[static_cast<std::size_t>(node)]; }

 private:
  std::vector<ir::NodeId> last_use_;
  std::vector<bool> is_output_;
  std::vector<Entry> entries_;
};

/// Plans nodes [first, ...) up to the next host operator. `known` (an entry per tensor) is brought up to date with what
/// the segment computes. Throws Error(runtime) that names the node, Error(limit) when sizes overflow.
Segment plan_segment(const ir::Graph& graph, ir::NodeId first, std::vector<Known>& known, const Options& options,
                     PlanCache& cache);

/// Throws Error(runtime) that lists every operator of the graph which cannot run here.
void check_operators(const ir::Graph& graph);

/// A line per step: node, operator and layer, kernel, instruction set, work.
std::string to_text(const Segment& segment, const ir::Graph& graph);

}  // namespace litesmith::interpreter
