#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "interpreter/interpreter.h"

namespace litesmith::bindings {

/// What Python shows of a tensor; lists become numpy arrays there.
struct TensorDetails {
  std::string name;
  int index = 0;
  std::string dtype;
  std::vector<std::int32_t> shape;
  std::vector<std::int32_t> shape_signature;
  std::vector<float> scales;
  std::vector<std::int64_t> zero_points;
  int quantized_dimension = 0;
  int block_size = 0;
  std::shared_ptr<const ir::Sparsity> sparsity;
};

/// An operator of a graph as the file has it.
struct OperatorDetails {
  std::string name;
  std::vector<std::int32_t> inputs;
  std::vector<std::int32_t> outputs;
};

/// A signature's key, graph, and (name, tensor index) of its inputs and outputs.
struct SignatureDetails {
  std::string key;
  int graph = 0;
  std::vector<std::pair<std::string, int>> inputs;
  std::vector<std::pair<std::string, int>> outputs;
};

/// The interpreter behind Python's class: one call at a time, others wait without the GIL. Arrays that view its memory
/// keep that memory alive and are counted; while one lives, calls that could move or overwrite it are refused.
class InterpreterObject {
 public:
  InterpreterObject(std::shared_ptr<const ir::Model> model, const interpreter::Options& options);

  void allocate(int graph);
  void invoke(int graph);
  bool is_allocated(int graph);
  void resize(int graph, int index, const std::vector<std::int32_t>& shape);
  void reset_variables();
  int graph_count() const { return interpreter_.graph_count(); }
  std::size_t memory_in_use() const { return interpreter_.memory_in_use(); }
  std::string plan_text(int graph);
  /// Seconds of each step of a run, in the order of plan_text's lines.
  std::vector<double> invoke_timed(int graph);

  std::vector<ir::TensorId> inputs(int graph) const { return interpreter_.executor(graph).graph().inputs; }
  std::vector<ir::TensorId> outputs(int graph) const { return interpreter_.executor(graph).graph().outputs; }
  int tensor_count(int graph) const;
  int operator_count(int graph) const;
  TensorDetails tensor(int graph, int index);
  OperatorDetails operator_at(int graph, int index) const;
  std::vector<SignatureDetails> signatures() const;

  /// A copy of the values: an array, a list of bytes for strings. int4 and int2 come as int8, one element each.
  pybind11::object get(int graph, int index);
  /// An array over the interpreter's own memory, read-only for constants; a scalar's copy for tensors without
  /// dimensions.
  pybind11::object view(int graph, int index);
  /// C-contiguous values of the tensor's type and size; one int8 per int4 or int2 element.
  void set(int graph, int index, const pybind11::array& values);
  void set_strings(int graph, int index, const std::vector<pybind11::bytes>& values);
  int live_views() const { return views_->load(); }
  /// Throws Error(runtime) while an array views the memory.
  void require_no_views() const;
  /// Another interpreter of the same model and options.
  std::unique_ptr<InterpreterObject> clone() const;

 private:
  template <class Function>
  auto locked(Function function) {
    const pybind11::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    return function();
  }
  void check_index(int graph, int index) const;
  static void require_allocated(const interpreter::Executor& executor, int index);
  interpreter::TensorView readable(int graph, int index);

  std::shared_ptr<const ir::Model> model_;
  interpreter::Interpreter interpreter_;
  std::mutex mutex_;
  std::shared_ptr<std::atomic<int>> views_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace litesmith::bindings
