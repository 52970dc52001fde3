#include "interpreter/host_run.h"

namespace litesmith::interpreter {

struct HostRun::Parts {
  std::vector<Bytes> values;
  std::vector<ops::TensorInfo> operands;
  std::vector<const ops::TensorInfo*> inputs;

  Parts(const ir::Node& node, const Executor& executor) {
    values.reserve(node.inputs.size());
    operands.reserve(node.inputs.size());
    for (const ir::TensorId id : node.inputs) {
      if (id == ir::kAbsent) {
        inputs.push_back(nullptr);
        continue;
      }
      const auto& state = executor.tensor(id);
      if (!state.known.defined)
        litesmith::fail(ErrorKind::value, describe(node), ": its operand '", executor.graph_.tensor(id).name,
                        "' is written by nothing");
      values.emplace_back(nullptr, std::span(state.address, state.bytes));
      operands.push_back(describe_tensor(executor, id, &values.back()));
      inputs.push_back(&operands.back());
    }
  }

  static ops::TensorInfo describe_tensor(const Executor& executor, ir::TensorId id, const Bytes* value) {
    const ir::Tensor& declared = executor.graph_.tensor(id);
    return {.name = declared.name,
            .dtype = executor.dtype(id),
            .shape = executor.shape(id),
            .quantization = &declared.quantization,
            .data = value,
            .is_variable = declared.is_variable};
  }
};

HostRun::HostRun(const ir::Node& node, Executor& executor)
    : HostRun(std::make_unique<Parts>(node, executor), node, executor) {}

HostRun::HostRun(std::unique_ptr<Parts> parts, const ir::Node& node, Executor& executor)
    : HostContext(node, parts->inputs),
      parts_(std::move(parts)),
      executor_(executor),
      given_(node.outputs.size(), false) {
  for (const ir::TensorId id : node.outputs) outputs_.push_back(Parts::describe_tensor(executor, id, nullptr));
}

HostRun::~HostRun() = default;

const std::byte* HostRun::input_data(int i) const {
  const ir::TensorId id = node().input(i);
  return id == ir::kAbsent ? nullptr : executor_.tensor(id).address;
}

std::byte* HostRun::allocate_bytes(int i, const Shape& shape, std::size_t bytes) {
  const ir::TensorId id = node().output(i);
  auto& state = executor_.tensor(id);
  if (state.host_capacity < bytes || state.host_owner == nullptr) {
    state.host_capacity = 0;
    state.host_owner.reset();
    state.host_owner = executor_.shared_.budget.allocate(
        bytes, concat("'", outputs_[static_cast<std::size_t>(i)].name, "' of shape ", shape));
    state.host_capacity = bytes;
    ++executor_.epoch_;
  }
  state.owner = state.host_owner;
  state.address = state.host_owner.get();
  state.bytes = bytes;
  state.known = {state.known.dtype, shape, std::nullopt, false, true};
  state.readable = true;
  outputs_[static_cast<std::size_t>(i)].shape = shape;
  given_[static_cast<std::size_t>(i)] = true;
  return state.host_owner.get();
}

ops::CalledGraph& HostRun::graph(std::int32_t index) {
  const auto& graphs = executor_.shared_.graphs;
  if (index < 0 || static_cast<std::size_t>(index) >= graphs.size())
    fail("runs graph ", index, ", but the model has ", graphs.size(), " graphs");
  return *graphs[static_cast<std::size_t>(index)];
}

void HostRun::finish() const {
  for (std::size_t i = 0; i < given_.size(); ++i)
    if (!given_[i]) litesmith::fail(ErrorKind::runtime, describe(node()), ": it gave no result ", i);
}

}  // namespace litesmith::interpreter
