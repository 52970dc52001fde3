#include "ops/control_flow/control_flow.h"

#include <span>

#include "ops/step.h"
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

bool truth(const HostContext& context, const TensorValue& value, std::string_view what) {
  if (value.dtype != DType::boolean || value.bytes.size() != 1)
    context.fail(what, " must be one truth value but is ", name(value.dtype), " of shape ", value.shape);
  return value.bytes.front() != std::byte{0};
}

std::vector<TensorValue> operands(const HostContext& context, int first) {
  std::vector<TensorValue> values;
  for (int i = first; i < context.input_count(); ++i) values.push_back(context.value(i));
  return values;
}

/// The results of the graph's last run; the node must have as many.
void take_results(const HostContext& context, const CalledGraph& graph, std::vector<TensorValue>& results) {
  if (graph.output_count() != context.output_count())
    context.fail("has ", context.output_count(), " results but its graph gives ", graph.output_count());
  results.clear();
  for (int i = 0; i < graph.output_count(); ++i) results.push_back(graph.result(i));
}

void give_all(HostContext& context, const std::vector<TensorValue>& results) {
  for (std::size_t i = 0; i < results.size(); ++i) context.give(static_cast<int>(i), results[i]);
}

void run_graph(HostContext& context, std::int32_t index, int first_operand) {
  CalledGraph& graph = context.graph(index);
  std::vector<TensorValue> results = operands(context, first_operand);
  graph.run(results);
  take_results(context, graph, results);
  give_all(context, results);
}

void run_if(HostContext& context) {
  const IfAttrs& a = context.attrs<IfAttrs>();
  run_graph(context, truth(context, context.value(0), "its condition") ? a.then_graph : a.else_graph, 1);
}

void run_call(HostContext& context) { run_graph(context, context.attrs<CallAttrs>().graph, 0); }

void run_while(HostContext& context) {
  CalledGraph& condition = context.graph(context.attrs<WhileAttrs>().cond_graph);
  CalledGraph& body = context.graph(context.attrs<WhileAttrs>().body_graph);
  if (condition.output_count() != 1) context.fail("its condition gives ", condition.output_count(), " results, not 1");
  std::vector<TensorValue> values = operands(context, 0);
  for (;;) {
    const std::uint64_t runs = body.runs();
    condition.run(values);
    if (body.runs() != runs) context.fail("its condition runs the graph that is its body");
    if (!truth(context, condition.result(0), "the result of its condition")) break;
    body.run(values);
    take_results(context, body, values);
  }
  give_all(context, values);
}

void run_call_once(HostContext& context) {
  const std::int32_t index = context.attrs<CallOnceAttrs>().init_graph;
  if (context.state().has_run(index)) return;
  context.graph(index).run({});
  context.state().set_run(index);
}

/// What the rows have in common; each names its counts, functions and graphs.
OpDef calling(std::string_view name, std::int32_t code, int options, GraphCalls calls) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = {0, Arity::kAny},
          .outputs = {0, Arity::kAny},
          .options_type = options,
          .foldable = false,
          .stateful = true,
          .calls = calls};
}

OpDef functions(OpDef row, void (*infer)(InferContext&), ir::Attrs (*read)(const ::tflite::Operator&),
                flatbuffers::Offset<void> (*write)(const ir::Attrs&, schema::Builder&), void (*host)(HostContext&)) {
  row.infer = infer;
  row.read = read;
  row.write = write;
  row.host = host;
  return row;
}

OpDef operands_from(OpDef row, Arity inputs, Arity outputs) {
  row.inputs = inputs;
  row.outputs = outputs;
  return row;
}

}  // namespace

std::span<const OpDef> ops() {
  constexpr GraphCalls kIf = graph_calls_of<IfAttrs, &IfAttrs::then_graph, &IfAttrs::else_graph>(CallForm::branches);
  constexpr GraphCalls kWhile =
      graph_calls_of<WhileAttrs, &WhileAttrs::cond_graph, &WhileAttrs::body_graph>(CallForm::loop);
  constexpr GraphCalls kOnce = graph_calls_of<CallOnceAttrs, &CallOnceAttrs::init_graph>(CallForm::once);
  constexpr GraphCalls kCall = graph_calls_of<CallAttrs, &CallAttrs::graph>(CallForm::whole);
  constexpr auto kCallCode = static_cast<std::int32_t>(::tflite::BuiltinOperator::CALL);
  constexpr int kCallOptions = static_cast<int>(::tflite::BuiltinOptions::CallOptions);
  static const OpDef kOps[] = {
      operands_from(functions(calling("IF", 118, 92, kIf), infer_if, read_if, write_if, run_if), {1, Arity::kAny},
                    {0, Arity::kAny}),
      functions(calling("WHILE", 119, 93, kWhile), infer_while, read_while, write_while, run_while),
      operands_from(
          functions(calling("CALL_ONCE", 129, 103, kOnce), nullptr, read_call_once, write_call_once, run_call_once),
          {0, 0}, {0, 0}),
      functions(calling("CALL", kCallCode, kCallOptions, kCall), nullptr, read_call, write_call, run_call)};
  return kOps;
}

}  // namespace litesmith::ops::control_flow
