#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "interpreter/plan.h"
#include "interpreter/state.h"

namespace litesmith::interpreter {

/// What the graphs of one interpreter share.
struct Shared {
  explicit Shared(const Options& the_options)
      : options(the_options), budget(the_options.memory_limit), pool(the_options.threads), state(budget) {}
  /// Makes the scratch of each worker at least this big.
  void reserve_scratch(std::size_t bytes_per_worker);

  Options options;
  Budget budget;
  ThreadPool pool;
  State state;
  /// The graphs of the model as nodes run them, by index.
  std::vector<std::unique_ptr<ops::CalledGraph>> graphs;
  /// How many graphs that run now were started by nodes.
  int depth = 0;
  std::shared_ptr<std::byte[]> scratch;
  std::size_t scratch_per_worker = 0;
};

/// The bytes of a tensor as they are now.
struct TensorView {
  DType dtype = DType::float32;
  Shape shape;
  const std::byte* data = nullptr;
  std::size_t bytes = 0;
  /// Keeps `data` valid, also after the executor is gone.
  std::shared_ptr<const void> owner;
  /// Not a constant: the values may be written.
  bool writable = false;
};

/// One graph of a model, ready to run: current shapes, plans and memory. Not thread safe.
class Executor {
 public:
  /// `graph` and `shared` must outlive the executor.
  Executor(const ir::Graph& graph, Shared& shared);

  const ir::Graph& graph() const noexcept { return graph_; }
  bool is_allocated() const noexcept { return allocated_; }

  /// Gives an input or variable another shape; what was allocated becomes invalid unless the shape is the same.
  /// Throws Error(value) for other tensors, Error(runtime) for dimensions below zero.
  void resize(ir::TensorId id, const Shape& shape);
  /// Plans the graph for the current input shapes and takes memory; variables become zero. Nothing happens when it is
  /// allocated. Throws Error(runtime) naming the node, Error(limit); the executor stays usable.
  void allocate();
  /// Runs the graph. Throws Error(runtime) when it is not allocated and for faults, naming node and tensors.
  void invoke();
  /// Invokes and returns the seconds that each step took, in the order of plan_text's lines.
  std::vector<double> invoke_timed();
  /// Variables become zero (their zero point when quantized).
  void reset_variables();

  /// Current shape; before allocation unknown dimensions are those of the file, else 1.
  const Shape& shape(ir::TensorId id) const { return tensor(id).known.shape; }
  /// Type by inference once allocated, which files do not always state rightly; before, the file's.
  DType dtype(ir::TensorId id) const { return tensor(id).known.dtype; }
  /// Values of inputs, variables, constants and outputs, of every tensor with preserve_all_tensors; those of sparse
  /// constants as they are stored. nullopt where there are none (yet).
  std::optional<TensorView> view(ir::TensorId id) const;
  /// Whether the tensor has had values that were overwritten since.
  bool is_stale(ir::TensorId id) const { return tensor(id).address != nullptr && !tensor(id).readable; }
  /// Replaces the values of an input, a variable or another writable tensor. Types other than strings take exactly the
  /// bytes that they have. Throws Error(value).
  void write(ir::TensorId id, std::span<const std::byte> values);
  /// Whether a node reads the tensor or the graph gives it as a result.
  bool reads(ir::TensorId id) const { return cache_.last_use(id) >= 0; }
  /// Where the values lie; null where there are none (yet).
  const std::byte* address(ir::TensorId id) const { return tensor(id).address; }
  std::size_t bytes(ir::TensorId id) const { return tensor(id).bytes; }
  /// A line per step of the plan that was used last.
  std::string plan_text() const;

 private:
  friend class HostRun;
  struct Tensor {
    Known known;
    const std::byte* address = nullptr;
    std::size_t bytes = 0;
    std::shared_ptr<std::byte[]> owner;
    std::shared_ptr<std::byte[]> host_owner;  // reused by the host operator that computes the tensor
    std::size_t host_capacity = 0;
    bool permanent = false;  // input or variable: memory of its own
    bool readable = false;
  };
  /// A segment with its memory. Pointers of its steps are valid while `epoch` equals the executor's.
  struct Loaded {
    Segment segment;
    std::shared_ptr<std::byte[]> arena;
    std::vector<const std::byte*> inputs;
    std::vector<std::byte*> outputs;
    std::uint64_t epoch = 0;
    std::vector<std::pair<std::vector<Shape>, Loaded*>> next;  // by shapes of the host operator's results
    Loaded* last_next = nullptr;
  };

  const Tensor& tensor(ir::TensorId id) const { return tensors_.at(static_cast<std::size_t>(id)); }
  Tensor& tensor(ir::TensorId id) { return tensors_.at(static_cast<std::size_t>(id)); }
  const ir::Node& node(ir::NodeId n) const { return graph_.nodes[static_cast<std::size_t>(n)]; }

  void start_tensors();
  const Bytes& expanded(ir::TensorId id);
  void take_permanent_memory();
  void take_memory(ir::TensorId id);
  void reshape_variable(ir::TensorId id, const Shape& shape);
  void reset_variable(ir::TensorId id);
  void plan_ahead();
  Loaded* load(ir::NodeId first);
  Loaded* continuation(Loaded& loaded);
  void forget_unused(const std::vector<Loaded*>& path);
  void enter(Loaded& loaded);
  void bind(Loaded& loaded);
  void run_steps(const Loaded& loaded);
  ops::Fault run_step(const ops::Step& step, const ops::Operands& operands);
  void observe(std::span<const ir::TensorId> ids);
  void observe_definitions(const Segment& segment);
  void observe_permanent(bool at_end);
  ops::Fault run_shared(const ops::Step& step, const ops::Operands& operands);
  void run_host(const Segment& segment);
  [[noreturn]] void fail_step(ir::NodeId n, ops::Fault fault) const;

  const ir::Graph& graph_;
  Shared& shared_;
  PlanCache cache_;
  std::vector<Tensor> tensors_;
  std::map<ir::TensorId, Bytes> expanded_;  // dense values of sparse constants
  std::vector<std::unique_ptr<Loaded>> loaded_;
  std::vector<Loaded*> path_;
  std::uint64_t epoch_ = 1;
  bool allocated_ = false;
  std::vector<double>* seconds_ = nullptr;  // while invoke_timed runs
};

}  // namespace litesmith::interpreter
