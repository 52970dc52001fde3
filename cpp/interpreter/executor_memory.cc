#include <cstring>

#include "interpreter/executor.h"

namespace litesmith::interpreter {

void Executor::take_permanent_memory() {
  for (std::size_t i = 0; i < tensors_.size(); ++i)
    if (tensors_[i].permanent) take_memory(static_cast<ir::TensorId>(i));
}

/// Memory of an input's or variable's own, for its shape.
void Executor::take_memory(ir::TensorId id) {
  Tensor& it = tensor(id);
  const ir::Tensor& declared = graph_.tensor(id);
  const std::size_t bytes = packed_bytes(declared.dtype, elements(it.known.shape));
  if (bit_width(declared.dtype) > 0 ? (it.owner == nullptr || it.bytes != bytes) : it.owner == nullptr) {
    it.owner.reset();
    it.owner = shared_.budget.allocate(bytes, concat("'", declared.name, "' of shape ", it.known.shape));
    it.bytes = bytes;
  }
  it.address = it.owner.get();
  it.readable = true;
}

/// A variable whose shape follows from other operands starts anew.
void Executor::reshape_variable(ir::TensorId id, const Shape& shape) {
  tensor(id).known.shape = shape;
  take_memory(id);
  reset_variable(id);
  ++epoch_;
}

void Executor::reset_variables() {
  for (std::size_t i = 0; i < tensors_.size(); ++i)
    if (graph_.tensors[i].is_variable) reset_variable(static_cast<ir::TensorId>(i));
}

void Executor::reset_variable(ir::TensorId id) {
  const Tensor& it = tensor(id);
  if (it.owner == nullptr) return;
  const ir::Tensor& declared = graph_.tensor(id);
  const auto& zeros = declared.quantization.zero_points;
  const bool has_zero = declared.dtype == DType::int8 && !zeros.empty();
  std::memset(it.owner.get(), has_zero ? static_cast<int>(zeros.front()) : 0, it.bytes);
}

}  // namespace litesmith::interpreter
