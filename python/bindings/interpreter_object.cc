#include "interpreter_object.h"

#include <chrono>
#include <cstring>

#include "ops/opaque.h"
#include "tensor_values.h"

namespace litesmith::bindings {

namespace py = pybind11;

namespace {

/// How long Ctrl-C may wait while a model runs a loop.
constexpr std::chrono::milliseconds kSignalInterval{100};

/// The options with a check for signals, which takes the GIL now and then.
interpreter::Options interruptible(interpreter::Options options) {
  options.keep_running = [last = std::chrono::steady_clock::now()]() mutable {
    const auto now = std::chrono::steady_clock::now();
    if (now - last < kSignalInterval) return;
    last = now;
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  };
  return options;
}

}  // namespace

InterpreterObject::InterpreterObject(std::shared_ptr<const ir::Model> model, const interpreter::Options& options)
    : model_(std::move(model)), interpreter_(model_, interruptible(options)) {}

std::unique_ptr<InterpreterObject> InterpreterObject::clone() const {
  return std::make_unique<InterpreterObject>(model_, interpreter_.options());
}

void InterpreterObject::require_no_views() const {
  if (const int count = views_->load(); count > 0)
    fail(ErrorKind::runtime, "There is at least 1 reference to internal data\n",
         "      in the interpreter in the form of a numpy array or slice. Be sure to\n",
         "      only hold the function returned from tensor() if you are using raw\n", "      data access. (", count,
         count == 1 ? " array is" : " arrays are", " alive; get_tensor() gives copies that may be kept.)");
}

void InterpreterObject::allocate(int graph) {
  locked([&] {
    require_no_views();
    interpreter_.executor(graph).allocate();
  });
}

void InterpreterObject::invoke(int graph) {
  locked([&] {
    require_no_views();
    interpreter_.executor(graph).invoke();
  });
}

bool InterpreterObject::is_allocated(int graph) {
  return locked([&] { return interpreter_.executor(graph).is_allocated(); });
}

void InterpreterObject::resize(int graph, int index, const std::vector<std::int32_t>& shape) {
  locked([&] {
    require_no_views();
    check_index(graph, index);
    interpreter_.executor(graph).resize(index, Shape(shape));
  });
}

void InterpreterObject::reset_variables() {
  locked([&] { interpreter_.reset_all_variables(); });
}

std::string InterpreterObject::plan_text(int graph) {
  return locked([&] { return interpreter_.executor(graph).plan_text(); });
}

std::vector<double> InterpreterObject::invoke_timed(int graph) {
  return locked([&] {
    require_no_views();
    return interpreter_.executor(graph).invoke_timed();
  });
}

int InterpreterObject::tensor_count(int graph) const {
  return static_cast<int>(interpreter_.executor(graph).graph().tensors.size());
}

int InterpreterObject::operator_count(int graph) const {
  return static_cast<int>(interpreter_.executor(graph).graph().nodes.size());
}

void InterpreterObject::check_index(int graph, int index) const {
  const int count = tensor_count(graph);
  if (index < 0 || index >= count)
    fail(ErrorKind::value, "Invalid tensor index ", index, " exceeds max tensor index ", count);
}

TensorDetails InterpreterObject::tensor(int graph, int index) {
  check_index(graph, index);
  const interpreter::Executor& executor = interpreter_.executor(graph);
  const ir::Tensor& declared = executor.graph().tensor(index);
  const auto [dtype, shape] = locked([&] { return std::pair(executor.dtype(index), Shape(executor.shape(index))); });
  TensorDetails details;
  details.name = declared.name;
  details.index = index;
  details.dtype = name(dtype);
  details.shape = shape.dims();
  details.shape_signature =
      declared.shape.has_rank() && !declared.shape.is_static() ? declared.shape.dims() : shape.dims();
  details.scales = declared.quantization.scales;
  details.zero_points = declared.quantization.zero_points;
  details.quantized_dimension = declared.quantization.dimension;
  if (declared.quantization.blockwise) details.block_size = declared.quantization.blockwise->block_size;
  details.sparsity = declared.sparsity;
  return details;
}

OperatorDetails InterpreterObject::operator_at(int graph, int index) const {
  const auto& nodes = interpreter_.executor(graph).graph().nodes;
  if (index < 0 || index >= static_cast<int>(nodes.size()))
    fail(ErrorKind::value, "Invalid node index ", index, "; the graph has ", nodes.size(), " operators");
  const ir::Node& node = nodes[static_cast<std::size_t>(index)];
  return {ops::shown_name(node), node.inputs, node.outputs};
}

std::vector<SignatureDetails> InterpreterObject::signatures() const {
  std::vector<SignatureDetails> list;
  for (const ir::Signature& signature : model_->signatures) {
    SignatureDetails details{signature.key, signature.graph, {}, {}};
    for (const auto& entry : signature.inputs) details.inputs.emplace_back(entry.name, entry.tensor);
    for (const auto& entry : signature.outputs) details.outputs.emplace_back(entry.name, entry.tensor);
    list.push_back(std::move(details));
  }
  return list;
}

/// The tensor's values; fails with the reason when there are none.
interpreter::TensorView InterpreterObject::readable(int graph, int index) {
  const interpreter::Executor& executor = interpreter_.executor(graph);
  if (auto view = executor.view(index)) return *std::move(view);
  const std::string& tensor = executor.graph().tensor(index).name;
  if (executor.is_stale(index))
    fail(ErrorKind::value, "the values of tensor ", index, " ('", tensor,
         "') are overwritten while the model runs; make the interpreter with experimental_preserve_all_tensors=True");
  fail(ErrorKind::value, "Tensor data is null. Run allocate_tensors() first (tensor ", index, ", '", tensor, "'",
       executor.is_allocated() ? "; it has no values before invoke())" : ")");
}

py::object InterpreterObject::get(int graph, int index) {
  interpreter::TensorView view = locked([&] {
    check_index(graph, index);
    return readable(graph, index);
  });
  if (view.dtype == DType::string) {
    const auto strings = locked([&] { return unpack_strings(readable(graph, index)); });
    py::list list;
    for (const std::string& one : strings) list.append(py::bytes(one));
    return list;
  }
  py::array array = empty_array(view);
  auto* target = static_cast<std::byte*>(array.mutable_data());
  const auto size = static_cast<std::size_t>(array.nbytes());
  locked([&] {
    view = readable(graph, index);
    unpack_values(view, {target, size});
  });
  return array;
}

py::object InterpreterObject::view(int graph, int index) {
  const interpreter::TensorView view = locked([&] {
    check_index(graph, index);
    interpreter::TensorView found = readable(graph, index);
    if (byte_width(found.dtype) == 0)
      fail(ErrorKind::value, "tensor ", index, " holds ", name(found.dtype),
           " values, which numpy cannot see in place; use get_tensor()");
    if (found.shape.rank() > 0) ++*views_;
    return found;
  });
  if (view.shape.rank() == 0)
    return py::array(numpy_type(view.dtype), std::vector<py::ssize_t>{}, view.data)[py::tuple()];
  struct Hold {
    std::shared_ptr<const void> memory;
    std::shared_ptr<std::atomic<int>> views;
  };
  auto hold = std::make_unique<Hold>(Hold{view.owner, views_});
  const py::capsule capsule(hold.get(), [](void* pointer) {
    const std::unique_ptr<Hold> held(static_cast<Hold*>(pointer));
    --*held->views;
  });
  static_cast<void>(hold.release());
  py::array array(numpy_type(view.dtype), array_shape(view), view.data, capsule);
  if (!view.writable) array.attr("setflags")(py::arg("write") = false);
  return array;
}

void InterpreterObject::set(int graph, int index, const py::array& values) {
  const std::span<const std::byte> source(static_cast<const std::byte*>(values.data()),
                                          static_cast<std::size_t>(values.nbytes()));
  locked([&] {
    check_index(graph, index);
    interpreter::Executor& executor = interpreter_.executor(graph);
    const DType dtype = executor.dtype(index);
    require_allocated(executor, index);
    if (byte_width(dtype) == 0)
      executor.write(index, pack_values(dtype, source));
    else
      executor.write(index, source);
  });
}

void InterpreterObject::set_strings(int graph, int index, const std::vector<py::bytes>& values) {
  const std::vector<std::string> strings(values.begin(), values.end());
  locked([&] {
    check_index(graph, index);
    interpreter::Executor& executor = interpreter_.executor(graph);
    require_allocated(executor, index);
    executor.write(index, pack_strings(strings));
  });
}

void InterpreterObject::require_allocated(const interpreter::Executor& executor, int index) {
  if (!executor.is_allocated())
    fail(ErrorKind::value, "Cannot set tensor: Tensor is unallocated. Try calling allocate_tensors() first (tensor ",
         index, ", '", executor.graph().tensor(index).name, "')");
}

}  // namespace litesmith::bindings
