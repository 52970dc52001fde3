#include <algorithm>
#include <utility>

#include "base/error.h"
#include "importers/graphdef/assigned_variables.h"
#include "importers/graphdef/graph_import.h"

namespace litesmith::importers::graphdef {

int ModelImport::variable(const std::string& handle, DType dtype, Shape shape) {
  for (std::size_t i = 0; i < variables_.size(); ++i)
    if (variables_[i].name == handle) return static_cast<int>(i);
  Variable variable{handle, dtype, std::move(shape), nullptr, assigned_.contains(handle)};
  if (const auto found = source_.variables.find(handle); found != source_.variables.end()) {
    variable.value = &found->second;
    if (!variable.shape.is_static()) variable.shape = found->second.shape;
  }
  if (variable.is_assigned && !options_.resource_variables)
    fail(ErrorKind::unsupported, "the variable '", handle,
         "' is assigned while the model runs; set "
         "converter.experimental_enable_resource_variables = True so that it stays a variable");
  variables_.push_back(std::move(variable));
  return static_cast<int>(variables_.size()) - 1;
}

void ModelImport::find_assigned(const std::vector<FlowGraph>& graphs) {
  for (const FlowGraph& graph : graphs) assigned_.merge(assigned_variables(graph, library_));
}

int ModelImport::table(Table table) {
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    const Table& known = tables_[i];
    if (known.name != table.name) continue;
    if (known.key_dtype != table.key_dtype || known.value_dtype != table.value_dtype)
      fail(ErrorKind::value, "the table '", table.name, "' leads from ", name(table.key_dtype), " to ",
           name(table.value_dtype), " here but from ", name(known.key_dtype), " to ", name(known.value_dtype),
           " elsewhere");
    return static_cast<int>(i);
  }
  tables_.push_back(std::move(table));
  return static_cast<int>(tables_.size()) - 1;
}

const TableContent& ModelImport::table_content(int number) {
  Table& table = tables_.at(static_cast<std::size_t>(number));
  if (!table.content) table.content = table_contents_.of(table);
  return *table.content;
}

void ModelImport::fill_table(int number, TableContent filling) {
  tables_.at(static_cast<std::size_t>(number)).filling = std::move(filling);
}

int ModelImport::add_list(PendingList list) {
  lists_.push_back(std::move(list));
  return static_cast<int>(lists_.size()) - 1;
}

void ModelImport::note(Unsupported unsupported) {
  if (noted_.insert(unsupported.node).second) unsupported_.push_back(std::move(unsupported));
}

void ModelImport::refuse_unsupported() const {
  if (unsupported_.empty()) return;
  std::string list;
  bool unknown = false;
  for (const Unsupported& node : unsupported_) {
    list += concat("\n  ", node.node, " (", node.op, ")", node.reason.empty() ? "" : ": ", node.reason);
    unknown = unknown || node.reason.empty();
  }
  std::string advice;
  if (unknown)
    advice =
        "\nOperators without a reason have no TFLite counterpart: compute that part outside of the model, set "
        "converter.allow_custom_ops = True and register the operator with the runtime, or add "
        "lite.OpsSet.SELECT_TF_OPS to converter.target_spec.supported_ops and run with TensorFlow's Flex delegate.";
  fail(ErrorKind::unsupported, unsupported_.size(), unsupported_.size() == 1 ? " node has" : " nodes have",
       " no conversion:", list, advice);
}

void ModelImport::warn_of_flex() {
  if (flex_.empty()) return;
  std::string list;
  for (const std::string& node : flex_) list += "\n  " + node;
  warnings_.push_back(concat(flex_.size(), flex_.size() == 1 ? " node has" : " nodes have", " no builtin operator and ",
                             flex_.size() == 1 ? "is" : "are",
                             " written for TensorFlow's Flex delegate, without which the model does not run:", list));
}

std::unique_ptr<GraphImport> ModelImport::import_function(const formats::FunctionReference& function,
                                                          std::span<const Argument> arguments) {
  if (depth_ >= kDeepestFunctions)
    fail(ErrorKind::limit, "loops and branches stand inside each other, more than ", kDeepestFunctions, " deep, at '",
         function.name, "'");
  const FlowGraph& flow = library_.body(function);
  if (flow.arguments.size() != arguments.size())
    fail(ErrorKind::value, "the function '", function.name, "' takes ", flow.arguments.size(), " values but is given ",
         arguments.size());
  auto graph = std::make_unique<GraphImport>(*this);
  graph->graph().name = flow.name;
  std::vector<Value> values;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    Value value = arguments[i].value;
    const bool is_handle = value.kind != Value::Kind::tensor && value.kind != Value::Kind::tensor_list;
    if (!is_handle) {
      value.resource = -1;
      const std::string& name = flow.nodes[static_cast<std::size_t>(flow.arguments[i])].name;
      value.tensor = graph->builder().add_tensor(name, arguments[i].tensor.dtype, arguments[i].tensor.shape);
      graph->graph().tensor(value.tensor).data = arguments[i].tensor.data;
    }
    values.push_back(value);
  }
  ++depth_;
  graph->run(flow, values);
  --depth_;
  return graph;
}

int ModelImport::add_graph(GraphImport& graph, std::vector<ir::TensorId> inputs, std::vector<ir::TensorId> outputs) {
  graph.graph().inputs = std::move(inputs);
  graph.graph().outputs = std::move(outputs);
  std::move(graph.builder().warnings().begin(), graph.builder().warnings().end(), std::back_inserter(warnings_));
  model_.graphs.push_back(std::move(graph.graph()));
  return static_cast<int>(model_.graphs.size()) - 1;
}

}  // namespace litesmith::importers::graphdef
