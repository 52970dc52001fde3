#include "ops/infer.h"

#include <algorithm>
#include <cstring>

namespace litesmith::ops {
namespace {

template <class T>
std::vector<std::int64_t> widen(const Bytes& bytes) {
  const std::vector<T> values = bytes.to_vector<T>();
  return {values.begin(), values.end()};
}

std::vector<std::int64_t> widen_any(const NodeView& view, int i, const TensorInfo& operand) {
  switch (operand.dtype) {
    case DType::int32: return widen<std::int32_t>(*operand.data);
    case DType::int64: return widen<std::int64_t>(*operand.data);
    case DType::int16: return widen<std::int16_t>(*operand.data);
    case DType::int8: return widen<std::int8_t>(*operand.data);
    case DType::uint8: return widen<std::uint8_t>(*operand.data);
    default: view.fail("operand ", i, " ('", operand.name, "') must hold integers but is ", name(operand.dtype));
  }
}

std::string type_list(std::initializer_list<DType> types) {
  std::string text;
  for (const DType type : types) text += (text.empty() ? "" : ", ") + std::string(name(type));
  return text;
}

}  // namespace

TensorInfo info_of(const ir::Tensor& tensor) {
  return {.name = tensor.name,
          .dtype = tensor.dtype,
          .shape = tensor.shape,
          .quantization = &tensor.quantization,
          .data = tensor.data ? &*tensor.data : nullptr,
          .sparsity = tensor.sparsity.get(),
          .is_variable = tensor.is_variable};
}

const TensorInfo& NodeView::input(int i) const {
  if (!has_input(i)) fail("operand ", i, " is missing");
  return *inputs_[static_cast<std::size_t>(i)];
}

std::optional<std::vector<std::int64_t>> NodeView::ints(int i) const {
  const TensorInfo& operand = input(i);
  const auto count = operand.shape.element_count();
  if (count == 0) return std::vector<std::int64_t>();
  if (!operand.is_known()) return std::nullopt;
  const auto values = widen_any(*this, i, operand);
  if (count && *count != static_cast<std::int64_t>(values.size()))
    fail("operand ", i, " ('", operand.name, "') has shape ", operand.shape, " but ", values.size(), " values");
  return values;
}

void NodeView::require_type(int i, std::initializer_list<DType> types) const {
  const TensorInfo& operand = input(i);
  if (std::find(types.begin(), types.end(), operand.dtype) == types.end())
    fail("operand ", i, " ('", operand.name, "') is ", name(operand.dtype), " but must be one of ", type_list(types));
}

void NodeView::require_rank(int i, int rank) const {
  const TensorInfo& operand = input(i);
  if (operand.shape.has_rank() && operand.shape.rank() != rank)
    fail("operand ", i, " ('", operand.name, "') has shape ", operand.shape, " but must have ", rank, " dimensions");
}

void NodeView::require_same_type(int i, int j) const {
  const TensorInfo& a = input(i);
  const TensorInfo& b = input(j);
  if (a.dtype != b.dtype)
    fail("'", a.name, "' is ", name(a.dtype), " but '", b.name, "' is ", name(b.dtype), "; cast one of them");
}

void InferContext::set_output(int i, DType dtype, Shape shape) {
  TensorInfo& output = outputs_[static_cast<std::size_t>(i)];
  output.dtype = dtype;
  output.shape = std::move(shape);
}

std::vector<TensorInfo> infer_node(const ir::Graph& graph, const ir::Node& node) {
  std::vector<TensorInfo> operands;
  operands.reserve(node.inputs.size());
  std::vector<const TensorInfo*> inputs;
  for (const ir::TensorId id : node.inputs) {
    if (id == ir::kAbsent) {
      inputs.push_back(nullptr);
      continue;
    }
    operands.push_back(info_of(graph.tensor(id)));
    inputs.push_back(&operands.back());
  }
  std::vector<TensorInfo> outputs;
  for (const ir::TensorId id : node.outputs) outputs.push_back(info_of(graph.tensor(id)));
  InferContext context(node, inputs, outputs);
  check_operands(context);
  if (def(node).infer != nullptr) def(node).infer(context);
  return outputs;
}

void check_operands(const NodeView& view) {
  const OpDef& op = view.op();
  if (view.input_count() < op.inputs.least || view.input_count() > op.inputs.most)
    view.fail("takes ", op.inputs.least, op.inputs.most != op.inputs.least ? " or more" : "", " operands but has ",
              view.input_count());
  if (view.output_count() < op.outputs.least || view.output_count() > op.outputs.most)
    view.fail("has ", view.output_count(), " results but must have ", op.outputs.least);
  const auto is_optional = [&](int i) {
    return std::find(op.optional_inputs.begin(), op.optional_inputs.end(), i) != op.optional_inputs.end();
  };
  for (int i = 0; i < view.input_count(); ++i)
    if (!view.has_input(i) && !is_optional(i)) view.fail("operand ", i, " is missing");
}

}  // namespace litesmith::ops
