#include "importers/graphdef/node_context.h"

#include <algorithm>
#include <array>

#include "base/half.h"
#include "importers/emit/weight_form.h"
#include "importers/graphdef/graph_import.h"
#include "ops/reshape/reshape.h"

namespace litesmith::importers::graphdef {
namespace {

template <class T>
std::vector<double> as_doubles(const Bytes& data) {
  const auto values = data.to_vector<T>();
  return {values.begin(), values.end()};
}

std::optional<std::vector<double>> doubles_in(const ir::Tensor& tensor) {
  switch (tensor.dtype) {
    case DType::float32: return as_doubles<float>(*tensor.data);
    case DType::float64: return as_doubles<double>(*tensor.data);
    case DType::int32: return as_doubles<std::int32_t>(*tensor.data);
    case DType::int64: return as_doubles<std::int64_t>(*tensor.data);
    case DType::int16: return as_doubles<std::int16_t>(*tensor.data);
    case DType::int8: return as_doubles<std::int8_t>(*tensor.data);
    case DType::uint8: return as_doubles<std::uint8_t>(*tensor.data);
    case DType::boolean: return as_doubles<std::uint8_t>(*tensor.data);
    default: return std::nullopt;
  }
}

std::string_view kind_name(Value::Kind kind) {
  constexpr std::array<std::string_view, 7> kNames = {
      "no value", "a tensor", "a variable", "a variable", "a table", "a list of tensors", "an array of tensors"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace

NodeContext::NodeContext(GraphImport& graph, const OpRule& rule, const FlowNode& node, std::vector<Value> inputs,
                         const emit::Owner& owner)
    : Emitter(graph.builder(), owner), graph_(graph), rule_(rule), node_(node), inputs_(std::move(inputs)) {}

ModelImport& NodeContext::model() noexcept { return graph_.model(); }

FoldingBuilder& NodeContext::builder() const { return graph_.builder(); }

const Value& NodeContext::value(int i) const {
  if (i < 0 || i >= input_count())
    fail("its operand ", i, " is missing (the first is operand 0): it has ", input_count(), "; the graph is damaged");
  return inputs_[static_cast<std::size_t>(i)];
}

ir::TensorId NodeContext::input(int i) const {
  const Value& operand = value(i);
  if (operand.kind == Value::Kind::reference) return graph_.read_variable(owner_, operand.resource);
  if (!operand.is_tensor()) fail("its operand ", i, " is ", kind_name(operand.kind), " where a tensor belongs");
  return operand.tensor;
}

ir::TensorId NodeContext::ranked(int i, int least) const {
  const ir::TensorId x = input(i);
  if (!shape(x).has_rank())
    unsupported("how many dimensions its operand ", i,
                " has is not known; give the inputs full shapes by input_shapes");
  if (rank(x) < least) fail("its operand ", i, " has shape ", shape(x), " but needs ", least, " dimensions");
  return x;
}

std::vector<ir::TensorId> NodeContext::tensors(int first, int last) const {
  std::vector<ir::TensorId> ids;
  for (int i = first; i < last; ++i) ids.push_back(input(i));
  return ids;
}

template <class T>
const T* NodeContext::attr(std::string_view name) const {
  const auto found = node_.attrs.find(name);
  if (found == node_.attrs.end() || std::holds_alternative<std::monostate>(found->second)) return nullptr;
  const T* value = std::get_if<T>(&found->second);
  if (value == nullptr) fail("its attribute '", name, "' has a value of another kind than the operator knows");
  return value;
}

std::int64_t NodeContext::attr_int(std::string_view name, std::int64_t fallback) const {
  const auto* value = attr<std::int64_t>(name);
  return value == nullptr ? fallback : *value;
}

bool NodeContext::attr_bool(std::string_view name, bool fallback) const {
  const auto* value = attr<bool>(name);
  return value == nullptr ? fallback : *value;
}

float NodeContext::attr_float(std::string_view name, float fallback) const {
  const auto* value = attr<float>(name);
  return value == nullptr ? fallback : *value;
}

std::string NodeContext::attr_string(std::string_view name, std::string_view fallback) const {
  const auto* value = attr<std::string>(name);
  return value == nullptr ? std::string(fallback) : *value;
}

DType NodeContext::attr_type(std::string_view name, DType fallback) const {
  const auto* value = attr<formats::TypeCode>(name);
  return value == nullptr ? fallback : import_type(*value, concat("its attribute '", name, "'"));
}

std::vector<std::int64_t> NodeContext::attr_ints(std::string_view name, std::vector<std::int64_t> fallback) const {
  const auto* list = attr<formats::AttrList>(name);
  return list == nullptr ? std::move(fallback) : list->ints;
}

std::vector<float> NodeContext::attr_floats(std::string_view name) const {
  const auto* list = attr<formats::AttrList>(name);
  return list == nullptr ? std::vector<float>() : list->floats;
}

std::optional<Shape> NodeContext::attr_shape(std::string_view name) const {
  const auto* shape = attr<Shape>(name);
  return shape == nullptr ? std::nullopt : std::optional(*shape);
}

std::optional<formats::DenseTensor> NodeContext::attr_tensor(std::string_view name) const {
  const auto* tensor = attr<formats::EncodedTensor>(name);
  if (tensor == nullptr) return std::nullopt;
  return import_tensor(formats::decode_tensor(*tensor));
}

const formats::FunctionReference& NodeContext::attr_function(std::string_view name) const {
  const auto* function = attr<formats::FunctionReference>(name);
  if (function == nullptr) fail("has no attribute '", name, "' that says which function it runs");
  return *function;
}

std::vector<formats::FunctionReference> NodeContext::attr_functions(std::string_view name) const {
  const auto* list = attr<formats::AttrList>(name);
  return list == nullptr ? std::vector<formats::FunctionReference>{} : list->functions;
}

bool NodeContext::is_constant(int i) const {
  const Value& operand = value(i);
  const bool has_tensor = operand.is_tensor() || operand.kind == Value::Kind::reference;
  return has_tensor && graph_.graph().tensor(input(i)).is_constant();
}

std::vector<std::int64_t> NodeContext::int_values(int i, std::string_view what) const {
  const auto partial = partial_ints(i);
  std::vector<std::int64_t> values;
  for (const auto& value : partial.value_or(PartialInts{})) {
    if (!value) unsupported(what, " depends on values that are known only when the model runs");
    values.push_back(*value);
  }
  if (!partial) unsupported(what, " depends on values that are known only when the model runs");
  return values;
}

std::int64_t NodeContext::int_value(int i, std::string_view what) const {
  const auto values = int_values(i, what);
  if (values.size() != 1) fail(what, " has ", values.size(), " numbers where one belongs");
  return values.front();
}

std::optional<std::vector<double>> NodeContext::numbers(int i) const {
  if (!is_constant(i)) return std::nullopt;
  return doubles_in(graph_.graph().tensor(input(i)));
}

std::vector<int> NodeContext::axes(int i, int rank) const {
  std::vector<int> axes;
  for (const std::int64_t axis : int_values(i, "the axis")) {
    if (axis < -rank || axis >= rank) fail("the axis ", axis, " is outside of its operand's ", rank, " dimensions");
    axes.push_back(static_cast<int>(axis < 0 ? axis + rank : axis));
  }
  return axes;
}

ir::TensorId NodeContext::constant(std::string_view label, const formats::DenseTensor& tensor) {
  return builder_.add_constant(concat(owner_.prefix, label.empty() ? "" : "/", label), tensor.dtype, tensor.shape,
                               tensor.data);
}

void NodeContext::refine_shape(ir::TensorId id, const Shape& shape) {
  Shape& known = builder_.graph().tensor(id).shape;
  if (!shape.has_rank()) return;
  if (!known.has_rank()) {
    known = shape;
    return;
  }
  for (int i = 0; i < known.rank() && known.rank() == shape.rank(); ++i)
    if (known[i] == kUnknownDim) known[i] = shape[i];
}

ir::TensorId NodeContext::reshape_to(ir::TensorId x, ir::TensorId dims) {
  const Shape known = known_shape(dims);
  if (known.has_rank() && std::count(known.begin(), known.end(), kUnknownDim) <= 1)
    return reshape(*this, x, known.dims());
  const ir::TensorId y = add("RESHAPE", ops::ReshapeAttrs{}, {x, to_int32(dims)});
  refine_shape(y, known);
  return y;
}

Shape NodeContext::known_shape(ir::TensorId dims) const {
  const Shape& length = shape(dims);
  const auto partial = known_ints(dims);
  if (!partial) {
    if (!length.has_rank() || length.rank() != 1 || length[0] == kUnknownDim) return Shape::unknown_rank();
    return Shape(Dims(static_cast<std::size_t>(length[0]), kUnknownDim));
  }
  Shape known;
  for (const auto& dim : *partial) {
    if (dim && (*dim < kUnknownDim || *dim > INT32_MAX)) fail("the dimension ", *dim, " is impossible");
    known.dims().push_back(dim ? static_cast<std::int32_t>(*dim) : kUnknownDim);
  }
  return known;
}

ir::TensorId NodeContext::to_int32(ir::TensorId x) {
  const ir::Tensor& tensor = graph_.graph().tensor(x);
  if (tensor.dtype != DType::int64 || !tensor.is_constant()) return cast(*this, x, DType::int32);
  std::vector<std::int32_t> narrow;
  for (const std::int64_t value : tensor.data->to_vector<std::int64_t>())
    narrow.push_back(static_cast<std::int32_t>(std::clamp<std::int64_t>(value, INT32_MIN, INT32_MAX)));
  return ints("int32", narrow, Shape(tensor.shape));
}

DType import_type(formats::TypeCode type, std::string_view who) {
  const auto known = formats::element_type(type);
  if (!known)
    fail(ErrorKind::unsupported, who, " is ", formats::type_name(type), ", which has no counterpart in TFLite");
  return *known == DType::float16 || *known == DType::bfloat16 ? DType::float32 : *known;
}

formats::DenseTensor import_tensor(formats::DenseTensor tensor) {
  if (tensor.dtype == DType::float16 || tensor.dtype == DType::bfloat16)
    tensor.data = emit::widen_to_float32(tensor.data, tensor.dtype);
  return tensor;
}

}  // namespace litesmith::importers::graphdef
