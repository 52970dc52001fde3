#pragma once

#include <cstddef>
#include <span>

#include "base/thread_pool.h"
#include "ir/model.h"

namespace litesmith::interpreter {

/// Sees every tensor of the graphs that run, at the moment when its values are computed and likely still in the cache.
class TensorObserver {
 public:
  /// A tensor's values; `bytes` are valid during the call, and may be overwritten when the interpreter preserves all
  /// tensors.
  struct Values {
    const ir::Graph& graph;
    ir::TensorId tensor;
    DType dtype;
    const Shape& shape;
    std::span<std::byte> bytes;
  };

  virtual ~TensorObserver() = default;
  /// Inputs and variables before the first node, results of nodes, variables again at the end. `pool` may share work.
  virtual void computed(const Values& values, ThreadPool& pool) = 0;
  /// `tensor` has the values that `source` had when it was computed, maybe in another shape.
  virtual void shown(const ir::Graph& graph, ir::TensorId tensor, ir::TensorId source) = 0;
};

}  // namespace litesmith::interpreter
