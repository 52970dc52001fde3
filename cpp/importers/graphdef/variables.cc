#include "importers/graphdef/graph_import.h"
#include "importers/graphdef/node_context.h"

/// Variables of TF1 (references) and of TF2 (resources).
namespace litesmith::importers::graphdef {
namespace {

Value handle_of(NodeContext& c, Value::Kind kind) {
  const DType dtype = c.attr_type("dtype", DType::float32);
  return {kind, ir::kAbsent,
          c.model().variable(c.name(), dtype, c.attr_shape("shape").value_or(Shape::unknown_rank()))};
}

Results import_resource(NodeContext& c) { return handle_of(c, Value::Kind::variable); }
Results import_reference(NodeContext& c) { return handle_of(c, Value::Kind::reference); }

int variable_of(NodeContext& c) {
  const Value& operand = c.value(0);
  if (operand.kind != Value::Kind::variable && operand.kind != Value::Kind::reference)
    c.fail("its operand 0 is not a variable");
  return operand.resource;
}

Results import_read(NodeContext& c) { return c.graph().read_variable(c.owner(), variable_of(c)); }

/// What the assignment leaves in the variable, for readers of its result.
Results assign(NodeContext& c, ir::TensorId value) {
  const int variable = variable_of(c);
  c.graph().assign_variable(c.owner(), variable, value);
  return c.value(0);
}

Results import_assign(NodeContext& c) { return assign(c, c.input(1)); }

Results import_assign_combined(NodeContext& c) {
  const ir::TensorId old = c.graph().read_variable(c.owner(), variable_of(c));
  return assign(c, binary(c, c.rule().ir_op, old, c.input(1)));
}

Results import_is_initialized(NodeContext& c) {
  const std::byte yes{1};
  return c.constant("", {DType::boolean, Shape{}, Bytes::copy(std::span(&yes, 1))});
}

Results import_variable_shape(NodeContext& c) {
  const Variable& variable = c.model().variable(variable_of(c));
  if (!variable.shape.is_static()) c.unsupported("the shape of the variable '", variable.name, "' is not known");
  const ir::TensorId dims = c.ints("shape", variable.shape.dims());
  return cast(c, dims, c.attr_type("out_type", DType::int32));
}

}  // namespace

std::span<const OpRule> variable_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "VarHandleOp", .import = import_resource, .note = "a constant unless the graph assigns it"},
      {.op = "VariableV2", .import = import_reference, .note = "a constant unless the graph assigns it"},
      {.op = "Variable", .import = import_reference, .note = "a constant unless the graph assigns it"},
      {.op = "ReadVariableOp", .import = import_read},
      {.op = "Assign", .import = import_assign},
      {.op = "AssignVariableOp", .import = import_assign},
      {.op = "AssignAdd", .import = import_assign_combined, .ir_op = "ADD"},
      {.op = "AssignAddVariableOp", .import = import_assign_combined, .ir_op = "ADD"},
      {.op = "AssignSub", .import = import_assign_combined, .ir_op = "SUB"},
      {.op = "AssignSubVariableOp", .import = import_assign_combined, .ir_op = "SUB"},
      {.op = "IsVariableInitialized", .import = import_is_initialized, .note = "true"},
      {.op = "VarIsInitializedOp", .import = import_is_initialized, .note = "true"},
      {.op = "VariableShape", .import = import_variable_shape},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
