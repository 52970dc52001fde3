#include "ops/control_flow/control_flow.h"

#include <span>

#include "ops/infer.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::control_flow {
namespace {

template <class Table>
const Table& options(const Table* table) {
  if (table == nullptr) fail(ErrorKind::value, "there are no options that say which graphs are run");
  return *table;
}

ir::Attrs read_if(const ::tflite::Operator& node) {
  const auto& table = options(node.builtin_options_as_IfOptions());
  return IfAttrs{table.then_subgraph_index(), table.else_subgraph_index()};
}
flatbuffers::Offset<void> write_if(const ir::Attrs& attrs, schema::Builder& builder) {
  const IfAttrs& a = attrs.as<IfAttrs>();
  return ::tflite::CreateIfOptions(builder, a.then_graph, a.else_graph).Union();
}

ir::Attrs read_while(const ::tflite::Operator& node) {
  const auto& table = options(node.builtin_options_as_WhileOptions());
  return WhileAttrs{table.cond_subgraph_index(), table.body_subgraph_index()};
}
flatbuffers::Offset<void> write_while(const ir::Attrs& attrs, schema::Builder& builder) {
  const WhileAttrs& a = attrs.as<WhileAttrs>();
  return ::tflite::CreateWhileOptions(builder, a.cond_graph, a.body_graph).Union();
}

ir::Attrs read_call_once(const ::tflite::Operator& node) {
  return CallOnceAttrs{options(node.builtin_options_as_CallOnceOptions()).init_subgraph_index()};
}
flatbuffers::Offset<void> write_call_once(const ir::Attrs& attrs, schema::Builder& builder) {
  return ::tflite::CreateCallOnceOptions(builder, attrs.as<CallOnceAttrs>().init_graph).Union();
}

ir::Attrs read_call(const ::tflite::Operator& node) {
  const auto graph = options(node.builtin_options_as_CallOptions()).subgraph();
  if (graph > INT32_MAX) fail(ErrorKind::value, "there is no graph ", graph);
  return CallAttrs{static_cast<std::int32_t>(graph)};
}
flatbuffers::Offset<void> write_call(const ir::Attrs& attrs, schema::Builder& builder) {
  return ::tflite::CreateCallOptions(builder, static_cast<std::uint32_t>(attrs.as<CallAttrs>().graph)).Union();
}

void infer_if(InferContext& context) { context.require_type(0, {DType::boolean}); }

/// Types stay from turn to turn; shapes may change and are those that the graph declares.
void infer_while(InferContext& context) {
  context.require(context.output_count() == context.input_count(), "has ", context.input_count(), " operands but ",
                  context.output_count(), " results; a loop gives as many as it takes");
  for (int i = 0; i < context.output_count(); ++i)
    context.set_output(i, context.input(i).dtype, Shape(context.declared_output_shape(i)));
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      {.identity = {"IF"},
       .builtin_code = 118,
       .inputs = {1, Arity::kAny},
       .outputs = {0, Arity::kAny},
       .infer = infer_if,
       .read = read_if,
       .write = write_if,
       .options_type = 92,
       .foldable = false,
       .stateful = true,
       .calls = graph_calls_of<IfAttrs, &IfAttrs::then_graph, &IfAttrs::else_graph>(CallForm::branches)},
      {.identity = {"WHILE"},
       .builtin_code = 119,
       .inputs = {0, Arity::kAny},
       .outputs = {0, Arity::kAny},
       .infer = infer_while,
       .read = read_while,
       .write = write_while,
       .options_type = 93,
       .foldable = false,
       .stateful = true,
       .calls = graph_calls_of<WhileAttrs, &WhileAttrs::cond_graph, &WhileAttrs::body_graph>(CallForm::loop)},
      {.identity = {"CALL_ONCE"},
       .builtin_code = 129,
       .inputs = {0, 0},
       .outputs = {0, 0},
       .read = read_call_once,
       .write = write_call_once,
       .options_type = 103,
       .foldable = false,
       .stateful = true,
       .calls = graph_calls_of<CallOnceAttrs, &CallOnceAttrs::init_graph>(CallForm::once)},
      {.identity = {"CALL"},
       .builtin_code = static_cast<std::int32_t>(::tflite::BuiltinOperator::CALL),
       .inputs = {0, Arity::kAny},
       .outputs = {0, Arity::kAny},
       .read = read_call,
       .write = write_call,
       .options_type = static_cast<int>(::tflite::BuiltinOptions::CallOptions),
       .foldable = false,
       .stateful = true,
       .calls = graph_calls_of<CallAttrs, &CallAttrs::graph>(CallForm::whole)},
  };
  return kOps;
}

}  // namespace litesmith::ops::control_flow
