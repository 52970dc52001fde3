#include "interpreter/nested_run.h"

#include <cstring>
#include <functional>

namespace litesmith::interpreter {
namespace {

constexpr int kDeepestNesting = 64;

/// Counts how deep graphs run graphs.
class Nesting {
 public:
  explicit Nesting(int& depth) : depth_(depth) {
    if (depth_ >= kDeepestNesting)
      fail(ErrorKind::runtime, "graphs run each other more than ", kDeepestNesting, " deep");
    ++depth_;
  }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  int& depth_;
};

}  // namespace

bool NestedRun::reads(int i) const {
  return shared_.options.observer != nullptr || executor_.reads(input(static_cast<std::size_t>(i)));
}

void NestedRun::check(std::span<const ops::TensorValue> inputs) const {
  const ir::Graph& graph = executor_.graph();
  if (inputs.size() != graph.inputs.size())
    fail(ErrorKind::runtime, "the graph takes ", graph.inputs.size(), " operands but is given ", inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const ir::Tensor& tensor = graph.tensor(input(i));
    if (tensor.dtype != inputs[i].dtype)
      fail(ErrorKind::runtime, "its operand '", tensor.name, "' is ", name(tensor.dtype), " but is given ",
           name(inputs[i].dtype));
  }
}

bool NestedRun::has_new_shapes(std::span<const ops::TensorValue> inputs) const {
  if (!executor_.is_allocated()) return true;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (executor_.shape(input(i)) != inputs[i].shape) return true;
  return false;
}

/// The value is what the input holds already, as loops pass on what they do not change.
bool NestedRun::is_in_place(const ops::TensorValue& value, std::size_t i) const {
  return executor_.address(input(i)) == value.bytes.data() && executor_.bytes(input(i)) == value.bytes.size();
}

/// Whether value i lies in the memory of another input, which is fed too.
bool NestedRun::would_overwrite(std::span<const ops::TensorValue> inputs, std::size_t i) const {
  const std::less_equal<> at_most;
  const std::less<> before;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const std::byte* first = executor_.address(input(k));
    if (k != i && at_most(first, inputs[i].bytes.data()) &&
        before(inputs[i].bytes.data(), first + executor_.bytes(input(k))))
      return true;
  }
  return false;
}

std::shared_ptr<std::byte[]> NestedRun::set_aside(ops::TensorValue& value) const {
  auto copy = shared_.budget.allocate(value.bytes.size(), concat("operands of '", executor_.graph().name, "'"));
  if (!value.bytes.empty()) std::memcpy(copy.get(), value.bytes.data(), value.bytes.size());
  value.bytes = {copy.get(), value.bytes.size()};
  return copy;
}

void NestedRun::feed(std::span<const ops::TensorValue> inputs) {
  std::vector<ops::TensorValue> values(inputs.begin(), inputs.end());
  std::vector<std::shared_ptr<std::byte[]>> copies;
  const bool replans = has_new_shapes(inputs);  // which frees the memory of earlier results
  for (std::size_t i = 0; i < values.size(); ++i)
    if (reads(static_cast<int>(i)) && (replans || (!is_in_place(values[i], i) && would_overwrite(inputs, i))))
      copies.push_back(set_aside(values[i]));
  if (replans) {
    for (std::size_t i = 0; i < values.size(); ++i) executor_.resize(input(i), values[i].shape);
    executor_.allocate();
  }
  for (std::size_t i = 0; i < values.size(); ++i)
    if (reads(static_cast<int>(i)) && !is_in_place(values[i], i)) executor_.write(input(i), values[i].bytes);
}

void NestedRun::run(std::span<const ops::TensorValue> inputs) {
  const Nesting nesting(shared_.depth);
  if (shared_.options.keep_running) shared_.options.keep_running();
  try {
    ++runs_;
    check(inputs);
    feed(inputs);
    executor_.invoke();
  } catch (Error& error) {
    throw error.add_context(concat("in graph ", index_, " ('", executor_.graph().name, "')"));
  }
}

ops::TensorValue NestedRun::result(int i) const {
  const ir::Graph& graph = executor_.graph();
  const ir::TensorId id = graph.outputs.at(static_cast<std::size_t>(i));
  const auto view = executor_.view(id);
  if (!view)
    fail(ErrorKind::runtime, "the result '", graph.tensor(id).name, "' of graph ", index_, " ('", graph.name,
         "') is written by nothing");
  return {view->dtype, view->shape, {view->data, view->bytes}};
}

}  // namespace litesmith::interpreter
