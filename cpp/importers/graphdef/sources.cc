#include "importers/graphdef/graph_import.h"
#include "importers/graphdef/node_context.h"

/// Where values come from, and nodes that hand them on.
namespace litesmith::importers::graphdef {
namespace {

Results import_const(NodeContext& c) {
  const auto tensor = c.attr_tensor("value");
  if (!tensor) c.fail("has no value");
  return c.constant("", *tensor);
}

Results import_placeholder(NodeContext& c) {
  const auto known = c.model().source().variables.find(c.name());
  if (known == c.model().source().variables.end())
    c.fail("the outputs need this input, which is not among the input arrays; add '", c.name(), "' to them");
  return Value{Value::Kind::variable, ir::kAbsent,
               c.model().variable(c.name(), import_tensor(known->second).dtype, known->second.shape)};
}

Results import_default(NodeContext& c) { return c.value(0); }

/// A copy of a TF1 variable is its value at that time.
Results import_identity(NodeContext& c) {
  if (c.input_count() == 0) return {};
  if (c.input_count() > 1) return c.inputs();
  return c.value(0).kind == Value::Kind::reference ? Results(c.input(0)) : Results(c.value(0));
}

Results import_nothing(NodeContext&) { return {}; }

}  // namespace

std::span<const OpRule> source_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "Const", .import = import_const},
      {.op = "Placeholder", .import = import_placeholder},
      {.op = "PlaceholderV2", .import = import_placeholder},
      {.op = "PlaceholderWithDefault", .import = import_default, .note = "its default, unless it is an input array"},
      {.op = "CheckNumerics", .import = import_identity, .note = "removed"},
      {.op = "EnsureShape", .import = import_identity, .note = "removed"},
      {.op = "Identity", .import = import_identity, .note = "removed"},
      {.op = "IdentityN", .import = import_identity, .note = "removed"},
      {.op = "PreventGradient", .import = import_identity, .note = "removed"},
      {.op = "Snapshot", .import = import_identity, .note = "removed"},
      {.op = "StopGradient", .import = import_identity, .note = "removed"},
      {.op = "XlaSharding", .import = import_identity, .note = "removed"},
      {.op = "Assert", .import = import_nothing, .note = "removed"},
      {.op = "NoOp", .import = import_nothing, .note = "removed"},
      {.op = "PrintV2", .import = import_nothing, .note = "removed"},
      {.op = "DisableCopyOnRead", .import = import_nothing, .note = "removed"},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
