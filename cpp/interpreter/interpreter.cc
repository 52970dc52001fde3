#include "interpreter/interpreter.h"

#include <algorithm>

#include "interpreter/nested_run.h"

namespace litesmith::interpreter {

Interpreter::Interpreter(std::shared_ptr<const ir::Model> model, const Options& options)
    : model_(std::move(model)), shared_(std::make_unique<Shared>(options)) {
  for (const ir::Graph& graph : model_->graphs) executors_.push_back(std::make_unique<Executor>(graph, *shared_));
  for (std::size_t i = 0; i < executors_.size(); ++i)
    shared_->graphs.push_back(std::make_unique<NestedRun>(static_cast<std::int32_t>(i), *executors_[i], *shared_));
}

const Executor& Interpreter::executor(int graph) const {
  if (graph < 0 || graph >= graph_count())
    fail(ErrorKind::value, "Invalid subgraph index ", graph, " exceeds max subgraph index ", graph_count());
  return *executors_[static_cast<std::size_t>(graph)];
}

Executor& Interpreter::executor(int graph) {
  return const_cast<Executor&>(static_cast<const Interpreter*>(this)->executor(graph));
}

const ir::Signature& Interpreter::signature(std::string_view key) const {
  std::string known;
  for (const ir::Signature& signature : model_->signatures) {
    if (signature.key == key) return signature;
    known += concat(known.empty() ? "" : ", ", "'", signature.key, "'");
  }
  fail(ErrorKind::value, "Invalid signature_key provided: \"", key, "\"; the model has ",
       known.empty() ? std::string("no signatures") : known);
}

void Interpreter::reset_all_variables() {
  for (const auto& executor : executors_) {
    const auto& tensors = executor->graph().tensors;
    const bool has_variables =
        std::any_of(tensors.begin(), tensors.end(), [](const ir::Tensor& tensor) { return tensor.is_variable; });
    if (has_variables && !executor->is_allocated())
      fail(ErrorKind::runtime, "the variables of the graph '", executor->graph().name,
           "' have no memory yet; call allocate_tensors() first");
    executor->reset_variables();
  }
}

}  // namespace litesmith::interpreter
