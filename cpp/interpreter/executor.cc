#include "interpreter/executor.h"

#include <algorithm>
#include <cstring>

#include "base/aligned_buffer.h"
#include "interpreter/dense_values.h"
#include "interpreter/host_run.h"
#include "interpreter/stopwatch.h"
#include "ops/opaque.h"

namespace litesmith::interpreter {
namespace {

/// Plans kept for other shapes of host results before those out of use are dropped.
constexpr std::size_t kKeptPlans = 8;

bool all_static(const std::vector<Shape>& shapes) {
  return std::all_of(shapes.begin(), shapes.end(), [](const Shape& shape) { return shape.is_static(); });
}

Shape shape_at_start(const ir::Tensor& tensor) {
  if (!tensor.shape.has_rank()) return tensor.shape;
  Shape shape = tensor.shape;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (shape[axis] < 0)
      shape[axis] = static_cast<std::size_t>(axis) < tensor.shape_in_file.size()
                        ? tensor.shape_in_file[static_cast<std::size_t>(axis)]
                        : 1;
  return shape;
}

}  // namespace

void Shared::reserve_scratch(std::size_t bytes_per_worker) {
  if (bytes_per_worker <= scratch_per_worker) return;
  const std::size_t each = align_up(bytes_per_worker);
  const auto all = static_cast<std::size_t>(checked_product(static_cast<std::int64_t>(each), options.threads));
  scratch.reset();
  scratch_per_worker = 0;
  scratch = budget.allocate(all, "the scratch of kernels");
  scratch_per_worker = each;
}

Executor::Executor(const ir::Graph& graph, Shared& shared)
    : graph_(graph),
      shared_(shared),
      cache_(graph, shared.options.preserve_all_tensors),
      tensors_(graph.tensors.size()) {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    tensors_[i].known.dtype = graph.tensors[i].dtype;
    tensors_[i].known.shape = shape_at_start(graph.tensors[i]);
    tensors_[i].permanent = graph.tensors[i].is_variable;
  }
  for (const ir::TensorId id : graph.inputs) tensor(id).permanent = !graph.tensor(id).is_constant();
}

void Executor::resize(ir::TensorId id, const Shape& shape) {
  Tensor& it = tensor(id);
  const ir::Tensor& declared = graph_.tensor(id);
  if (!it.permanent)
    fail(ErrorKind::value, "'", declared.name, "' (tensor ", id, ") is no input of '", graph_.name,
         "', so its shape cannot be set");
  if (!shape.is_static())
    fail(ErrorKind::runtime, "the shape ", shape, " for '", declared.name, "' has a dimension below zero; ",
         "number of elements overflowed");
  if (it.known.shape == shape) return;
  static_cast<void>(packed_bytes(declared.dtype, elements(shape)));
  it.known.shape = shape;
  allocated_ = false;
}

/// State before the first node: constants, inputs and variables are there, everything else is not.
void Executor::start_tensors() {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    Tensor& it = tensors_[i];
    const ir::Tensor& declared = graph_.tensors[i];
    if (it.permanent) {
      it.known.defined = true;
      continue;
    }
    it = Tensor{};
    it.known.dtype = declared.dtype;
    it.known.shape = shape_at_start(declared);
    if (!declared.is_constant()) continue;
    const Bytes& values = declared.sparsity == nullptr ? *declared.data : expanded(static_cast<ir::TensorId>(i));
    it.known = {declared.dtype, it.known.shape, values, true, true};
    it.address = values.data();
    it.bytes = values.size();
    it.readable = true;
  }
}

/// The dense values of a sparse constant, kept for later allocations.
const Bytes& Executor::expanded(ir::TensorId id) {
  const auto found = expanded_.find(id);
  if (found != expanded_.end()) return found->second;
  return expanded_.emplace(id, dense_values(graph_.tensor(id), shared_.budget)).first->second;
}

void Executor::allocate() {
  if (allocated_) return;
  check_operators(graph_);
  path_.clear();
  loaded_.clear();
  ++epoch_;
  start_tensors();
  take_permanent_memory();
  reset_variables();
  plan_ahead();
  allocated_ = true;
}

/// Plans as far as shapes are known without running anything.
void Executor::plan_ahead() {
  Loaded* loaded = load(0);
  path_.push_back(loaded);
  while (loaded->segment.host >= 0 && all_static(loaded->segment.host_shapes)) {
    const ir::Node& host = node(loaded->segment.host);
    for (std::size_t i = 0; i < host.outputs.size(); ++i)
      tensor(host.outputs[i]).known = {loaded->segment.host_types[i], loaded->segment.host_shapes[i], std::nullopt,
                                       false, true};
    loaded = continuation(*loaded);
    path_.push_back(loaded);
  }
}

Executor::Loaded* Executor::load(ir::NodeId first) {
  std::vector<Known> known;
  known.reserve(tensors_.size());
  for (const Tensor& it : tensors_) known.push_back(it.known);
  auto loaded = std::make_unique<Loaded>();
  loaded->segment = plan_segment(graph_, first, known, shared_.options, cache_);
  shared_.reserve_scratch(loaded->segment.scratch_bytes);
  loaded->arena = shared_.budget.allocate(loaded->segment.arena_bytes, concat("the tensors of '", graph_.name, "'"));
  for (const Definition& definition : loaded->segment.definitions) tensor(definition.tensor).known = definition.known;
  for (const auto& [id, shape] : loaded->segment.variable_shapes) reshape_variable(id, shape);
  loaded_.push_back(std::move(loaded));
  return loaded_.back().get();
}

/// What follows a host operator, for the shapes that its results have now.
Executor::Loaded* Executor::continuation(Loaded& loaded) {
  std::vector<Shape> shapes;
  for (const ir::TensorId id : node(loaded.segment.host).outputs) shapes.push_back(shape(id));
  const auto found =
      std::find_if(loaded.next.begin(), loaded.next.end(), [&](const auto& entry) { return entry.first == shapes; });
  Loaded* next = found == loaded.next.end() ? nullptr : found->second;
  if (next == nullptr) {
    if (loaded.next.size() >= kKeptPlans) forget_unused(path_);
    next = load(loaded.segment.host + 1);
    loaded.next.emplace_back(std::move(shapes), next);
  }
  if (loaded.last_next != next) ++epoch_;
  loaded.last_next = next;
  return next;
}

void Executor::forget_unused(const std::vector<Loaded*>& path) {
  const auto unused = [&](const Loaded* loaded) { return std::find(path.begin(), path.end(), loaded) == path.end(); };
  for (Loaded* loaded : path) std::erase_if(loaded->next, [&](const auto& entry) { return unused(entry.second); });
  std::erase_if(loaded_, [&](const auto& loaded) { return unused(loaded.get()); });
}

/// Makes the segment's tensors the current ones.
void Executor::enter(Loaded& loaded) {
  if (loaded.epoch == epoch_) return;
  for (const Definition& definition : loaded.segment.definitions) {
    Tensor& it = tensor(definition.tensor);
    const Tensor& root = tensor(definition.root);
    it.known = definition.known;
    it.bytes = definition.bytes;
    it.readable = cache_.last_use(definition.tensor) == PlanCache::kForever || it.known.value.has_value();
    if (it.known.value) {
      it.address = it.known.value->data();
    } else if (definition.in_arena) {
      it.address = loaded.arena.get() + definition.offset;
      it.owner = loaded.arena;
    } else {
      it.address = root.address;
      it.owner = root.owner;
      it.bytes = root.bytes;
    }
  }
  bind(loaded);
  loaded.epoch = epoch_;
}

void Executor::bind(Loaded& loaded) {
  static constexpr std::byte kNothing{};
  loaded.inputs.clear();
  loaded.outputs.clear();
  for (const PlannedStep& planned : loaded.segment.steps) {
    for (const ir::TensorId id : node(planned.node).inputs) {
      const std::byte* address = id == ir::kAbsent ? nullptr : tensor(id).address;
      loaded.inputs.push_back(id != ir::kAbsent && address == nullptr ? &kNothing : address);
    }
    for (const ir::TensorId id : node(planned.node).outputs)
      loaded.outputs.push_back(const_cast<std::byte*>(tensor(id).address));
  }
}

void Executor::invoke() {
  if (!allocated_)
    fail(ErrorKind::runtime, "Invoke called on model that is not ready. Call allocate_tensors() first; resizing an ",
         "input makes this necessary again.");
  path_.clear();
  Loaded* loaded = loaded_.front().get();
  for (bool first = true;; first = false) {
    path_.push_back(loaded);
    enter(*loaded);
    if (first) observe_permanent(false);
    run_steps(*loaded);
    observe_definitions(loaded->segment);
    if (loaded->segment.host < 0) return observe_permanent(true);
    run_host(loaded->segment);
    observe(node(loaded->segment.host).outputs);
    loaded = continuation(*loaded);
  }
}

std::vector<double> Executor::invoke_timed() {
  struct Reset {
    std::vector<double>*& seconds;
    ~Reset() { seconds = nullptr; }
  };
  std::vector<double> seconds;
  const Reset reset{seconds_};
  seconds_ = &seconds;
  invoke();
  return seconds;
}

void Executor::run_steps(const Loaded& loaded) {
  const std::byte* const* inputs = loaded.inputs.data();
  std::byte* const* outputs = loaded.outputs.data();
  for (const PlannedStep& planned : loaded.segment.steps) {
    const ops::Step& step = planned.step;
    const ops::Operands operands{inputs, outputs, shared_.scratch.get()};
    const ops::Fault fault = run_step(step, operands);
    if (fault != ops::Fault::none) fail_step(planned.node, fault);
    observe(node(planned.node).outputs);
    inputs += node(planned.node).inputs.size();
    outputs += node(planned.node).outputs.size();
  }
}

ops::Fault Executor::run_step(const ops::Step& step, const ops::Operands& operands) {
  const Stopwatch watch(seconds_);
  const bool alone = shared_.options.threads == 1 || step.tiles <= 1;
  return alone ? step.run(step.params.get(), operands, {0, step.tiles}) : run_shared(step, operands);
}

void Executor::observe(std::span<const ir::TensorId> ids) {
  TensorObserver* observer = shared_.options.observer;
  if (observer == nullptr) return;
  for (const ir::TensorId id : ids) {
    if (id == ir::kAbsent) continue;
    const Tensor& it = tensor(id);
    observer->computed({graph_, id, it.known.dtype, it.known.shape, {const_cast<std::byte*>(it.address), it.bytes}},
                       shared_.pool);
  }
}

/// What has values without a step: folded results and views.
void Executor::observe_definitions(const Segment& segment) {
  TensorObserver* observer = shared_.options.observer;
  if (observer == nullptr) return;
  for (const Definition& definition : segment.definitions)
    if (definition.view_of != ir::kAbsent)
      observer->shown(graph_, definition.tensor, definition.view_of);
    else if (definition.known.value)
      observe(std::span(&definition.tensor, 1));
}

void Executor::observe_permanent(bool at_end) {
  if (shared_.options.observer == nullptr) return;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const auto id = static_cast<ir::TensorId>(i);
    if (tensors_[i].permanent && (!at_end || graph_.tensors[i].is_variable)) observe(std::span(&id, 1));
  }
}

ops::Fault Executor::run_shared(const ops::Step& step, const ops::Operands& operands) {
  struct Job {
    const ops::Step& step;
    const ops::Operands& operands;
    std::size_t scratch_per_worker;
    std::atomic<ops::Fault> fault;
  };
  Job job{step, operands, shared_.scratch_per_worker, ops::Fault::none};
  shared_.pool.run(
      step.tiles,
      [](void* context, int worker, std::int64_t begin, std::int64_t end) noexcept {
        Job& it = *static_cast<Job*>(context);
        ops::Operands mine = it.operands;
        if (mine.scratch != nullptr) mine.scratch += it.scratch_per_worker * static_cast<std::size_t>(worker);
        const ops::Fault fault = it.step.run(it.step.params.get(), mine, {begin, end});
        if (fault != ops::Fault::none) it.fault.store(fault, std::memory_order_relaxed);
      },
      &job);
  return job.fault.load(std::memory_order_relaxed);
}

void Executor::run_host(const Segment& segment) {
  const Stopwatch watch(seconds_);
  const ir::NodeId n = segment.host;
  for (std::size_t i = 0; i < segment.host_types.size(); ++i)
    tensor(node(n).outputs[i]).known.dtype = segment.host_types[i];
  try {
    HostRun run(node(n), *this);
    ops::def(node(n)).host(run);
    run.finish();
  } catch (Error& error) {
    if (error.kind() != ErrorKind::limit) error.set_kind(ErrorKind::runtime);
    throw error.add_context(concat("Node number ", n, " (", ops::shown_name(node(n)), ") failed to invoke."));
  }
}

void Executor::fail_step(ir::NodeId n, ops::Fault fault) const {
  std::string operands;
  for (const ir::TensorId id : node(n).inputs)
    if (id != ir::kAbsent)
      operands += concat(operands.empty() ? "" : ", ", "'", graph_.tensor(id).name, "' ", name(graph_.tensor(id).dtype),
                         shape(id));
  fail(ErrorKind::runtime, describe(node(n)), ": ", describe(fault), "; operands are ", operands, "\n  Node number ", n,
       " (", ops::shown_name(node(n)), ") failed to invoke.");
}

std::optional<TensorView> Executor::view(ir::TensorId id) const {
  const Tensor& it = tensor(id);
  const ir::Tensor& declared = graph_.tensor(id);
  if (!it.readable && !declared.is_constant()) return std::nullopt;
  if (!it.readable || declared.sparsity != nullptr) {
    const Bytes& data = *declared.data;
    return TensorView{declared.dtype, it.known.shape, data.data(), data.size(), std::make_shared<Bytes>(data), false};
  }
  if (!it.known.value) return TensorView{it.known.dtype, it.known.shape, it.address, it.bytes, it.owner, true};
  const Bytes& value = *it.known.value;
  return TensorView{it.known.dtype, it.known.shape, value.data(), value.size(), std::make_shared<Bytes>(value), false};
}

void Executor::write(ir::TensorId id, std::span<const std::byte> values) {
  Tensor& it = tensor(id);
  const ir::Tensor& declared = graph_.tensor(id);
  if (!it.readable || it.known.value)
    fail(ErrorKind::value, "Cannot set tensor: '", declared.name, "' (tensor ", id, ") ",
         declared.is_constant() ? "is a constant of the model" : "is computed by the model and shares its memory");
  if (bit_width(declared.dtype) == 0 && values.size() != it.bytes) {
    it.owner = shared_.budget.allocate(values.size(), concat("the strings of '", declared.name, "'"));
    it.address = it.owner.get();
    it.bytes = values.size();
    ++epoch_;
  }
  if (values.size() != it.bytes)
    fail(ErrorKind::value, "Cannot set tensor: ", values.size(), " bytes for '", declared.name, "', which has ",
         it.bytes);
  if (!values.empty()) std::memcpy(const_cast<std::byte*>(it.address), values.data(), values.size());
}

std::string Executor::plan_text() const {
  std::string text;
  for (const Loaded* loaded : path_) text += to_text(loaded->segment, graph_);
  return text;
}

}  // namespace litesmith::interpreter
