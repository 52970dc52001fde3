#include "importers/graphdef/custom_op.h"

#include <flatbuffers/flexbuffers.h>

#include <algorithm>
#include <variant>

#include "base/error.h"
#include "formats/protobuf/node_writer.h"
#include "importers/graphdef/node_context.h"
#include "ops/opaque.h"

namespace litesmith::importers::graphdef {
namespace {

/// Attributes that only tell the runtime where and how to place the node.
bool is_private(std::string_view name) { return name.starts_with('_'); }

/// Writes one attribute as TensorFlow's converter does (types by their number in a .tflite file); lists of other things
/// than strings and numbers, and shapes, which it leaves out, as vectors. Other kinds are left out.
class AttributeWriter {
 public:
  AttributeWriter(flexbuffers::Builder& builder, const char* key) : builder_(builder), key_(key) {}

  void operator()(const std::string& value) { builder_.String(key_, value); }
  void operator()(std::int64_t value) { builder_.Int(key_, value); }
  void operator()(float value) { builder_.Float(key_, value); }
  void operator()(bool value) { builder_.Bool(key_, value); }
  void operator()(formats::TypeCode value) {
    if (const auto known = formats::element_type(value)) builder_.Int(key_, static_cast<int>(*known));
  }
  void operator()(const Shape& value) {
    vector(false, [&] {
      for (const std::int32_t dim : value) builder_.Int(dim);
    });
  }
  void operator()(const formats::AttrList& list) {
    const bool typed = !list.strings.empty() || !list.ints.empty() || !list.floats.empty();
    vector(typed, [&] {
      for (const std::string& value : list.strings) builder_.String(value);
      for (const std::int64_t value : list.ints) builder_.Int(value);
      for (const float value : list.floats) builder_.Float(value);
      for (const bool value : list.bools) builder_.Bool(value);
      for (const formats::TypeCode value : list.types)
        builder_.Int(static_cast<int>(formats::element_type(value).value_or(DType::variant)));
    });
  }
  template <class Other>
  void operator()(const Other&) {}

 private:
  template <class Fill>
  void vector(bool typed, Fill fill) {
    const std::size_t start = builder_.StartVector(key_);
    fill();
    builder_.EndVector(start, typed, false);
  }

  flexbuffers::Builder& builder_;
  const char* key_;
};

Bytes attribute_map(const formats::AttrMap& attrs) {
  flexbuffers::Builder builder;
  builder.Map([&] {
    for (const auto& [name, value] : attrs)
      if (!is_private(name)) std::visit(AttributeWriter(builder, name.c_str()), value);
  });
  builder.Finish();
  return Bytes::copy(std::as_bytes(std::span(builder.GetBuffer())));
}

Bytes delegate_options(const FlowNode& node) {
  formats::AttrMap attrs = node.attrs;
  std::erase_if(attrs, [](const auto& attr) { return is_private(attr.first); });
  flexbuffers::Builder builder;
  builder.Vector([&] {
    builder.String(node.op);
    builder.String(formats::write_node(node.op, node.inputs.size(), attrs));
  });
  builder.Finish();
  return Bytes::copy(std::as_bytes(std::span(builder.GetBuffer())));
}

/// The types that the node's attributes state for its results; the first operand's where they state nothing.
DType result_type(const FlowNode& node, std::size_t k, DType fallback) {
  for (const std::string_view name : {"Tout", "output_types", "dtypes", "dtype", "out_type", "output_type", "T"}) {
    const auto found = node.attrs.find(name);
    if (found == node.attrs.end()) continue;
    if (const auto* type = std::get_if<formats::TypeCode>(&found->second)) return import_type(*type, name);
    if (const auto* list = std::get_if<formats::AttrList>(&found->second); list && k < list->types.size())
      return import_type(list->types[k], name);
  }
  return fallback;
}

Shape result_shape(const FlowNode& node, std::size_t k) {
  const auto found = node.attrs.find("_output_shapes");
  if (found == node.attrs.end()) return Shape::unknown_rank();
  const auto* list = std::get_if<formats::AttrList>(&found->second);
  return list != nullptr && k < list->shapes.size() ? list->shapes[k] : Shape::unknown_rank();
}

/// The custom operator of this code: one that runs, or any other.
const ops::OpDef& operator_of(const std::string& code) {
  const ops::OpDef* known = ops::find(code);
  return known != nullptr && known->builtin_code == ops::kCustomCode ? *known : ops::custom();
}

}  // namespace

std::vector<Value> import_custom(GraphImport& graph, const FlowNode& node, const std::vector<Value>& inputs,
                                 const emit::Owner& owner, const CustomForm& form) {
  std::vector<ir::TensorId> operands;
  for (const Value& input : inputs) {
    if (!input.is_tensor())
      fail(ErrorKind::unsupported, "reads something that is no tensor, which a custom operator cannot do");
    operands.push_back(input.tensor);
  }
  ops::CustomAttrs attrs;
  attrs.code = form.flex ? "Flex" + node.op : node.op;
  attrs.options = form.flex ? delegate_options(node) : attribute_map(node.attrs);
  const DType type = operands.empty() ? DType::float32 : graph.builder().dtype(operands.front());
  std::vector<Value> results;
  std::vector<ir::TensorId> outputs;
  const ops::OpDef& op = operator_of(attrs.code);
  for (int k = 0; k < std::max({1, form.results, op.outputs.least}); ++k) {
    const auto number = static_cast<std::size_t>(k);
    outputs.push_back(
        graph.builder().add_tensor(owner.prefix, result_type(node, number, type), result_shape(node, number)));
    results.push_back(Value::of(outputs.back()));
  }
  graph.graph().nodes.push_back({.op = &op.identity,
                                 .attrs = std::move(attrs),
                                 .inputs = std::move(operands),
                                 .outputs = std::move(outputs),
                                 .intermediates = {},
                                 .origins = {owner.path}});
  if (form.flex) graph.model().note_flex(concat(node.name, " (", node.op, ")"));
  return results;
}

}  // namespace litesmith::importers::graphdef
