#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "interpreter/executor.h"

namespace litesmith::interpreter {

/// A model that can be run: its graphs with their memory, and what they share. Graphs are allocated and invoked one by
/// one; graph 0 is the main one. Not thread safe; interpreters of one model may run at the same time.
class Interpreter {
 public:
  Interpreter(std::shared_ptr<const ir::Model> model, const Options& options);

  const ir::Model& model() const noexcept { return *model_; }
  const Options& options() const noexcept { return shared_->options; }
  int graph_count() const noexcept { return static_cast<int>(executors_.size()); }
  /// Throws Error(value) for an index that no graph has.
  Executor& executor(int graph = 0);
  const Executor& executor(int graph = 0) const;

  /// The signature of this key; throws Error(value) naming those that exist.
  const ir::Signature& signature(std::string_view key) const;
  /// Sets the variables of all graphs to zero. Throws Error(runtime) when a graph with variables is not allocated.
  void reset_all_variables();
  /// Bytes in use for tensors and scratch.
  std::size_t memory_in_use() const noexcept { return shared_->budget.used(); }

 private:
  std::shared_ptr<const ir::Model> model_;
  std::unique_ptr<Shared> shared_;
  std::vector<std::unique_ptr<Executor>> executors_;
};

}  // namespace litesmith::interpreter
