#include "importers/graphdef/initialization.h"

#include "base/error.h"
#include "importers/graphdef/node_context.h"
#include "ops/control_flow/control_flow.h"
#include "ops/op_def.h"

namespace litesmith::importers::graphdef {

namespace {

void assign_variables(ModelImport& model, GraphImport& graph) {
  for (std::size_t i = 0; i < model.variables().size(); ++i) {
    const Variable& variable = model.variables()[i];
    if (!variable.is_assigned) continue;
    if (variable.value == nullptr)
      fail(ErrorKind::value, "the variable '", variable.name,
           "' has no first value; give the checkpoint that belongs to "
           "the graph, or save the model again with its variables");
    const emit::Owner owner{variable.name, variable.name};
    const formats::DenseTensor value = import_tensor(*variable.value);
    const ir::TensorId handle = graph.handle(owner, static_cast<int>(i));
    const ir::TensorId constant =
        graph.builder().add_constant(variable.name + "/value", value.dtype, value.shape, value.data);
    graph.builder().add(owner, "ASSIGN_VARIABLE", {}, {handle, constant}, 0, DType::float32);
  }
}

void fill_tables(ModelImport& model, GraphImport& graph) {
  for (std::size_t i = 0; i < model.tables().size(); ++i) {
    const Table& table = model.tables()[i];
    if (!table.filling) continue;
    const emit::Owner owner{table.name, table.name};
    const ir::TensorId handle = graph.table_handle(owner, static_cast<int>(i));
    const auto constant = [&](std::string_view label, const formats::DenseTensor& tensor) {
      return graph.builder().add_constant(concat(table.name, "/", label), tensor.dtype, tensor.shape, tensor.data);
    };
    const ir::TensorId keys = constant("keys", table.filling->keys);
    const ir::TensorId values = constant("values", table.filling->values);
    graph.builder().add(owner, "HASHTABLE_IMPORT", {}, {handle, keys, values}, 0, DType::float32);
  }
}

}  // namespace

void add_initialization(ModelImport& model, std::size_t interfaces) {
  GraphImport graph(model);
  graph.graph().name = "initialization";
  assign_variables(model, graph);
  fill_tables(model, graph);
  if (graph.graph().nodes.empty()) return;
  const int number = model.add_graph(graph, {}, {});
  for (std::size_t i = 0; i < interfaces; ++i) {
    std::vector<ir::Node>& nodes = model.model().graphs[i].nodes;
    nodes.insert(nodes.begin(), ops::make_node("CALL_ONCE", ops::CallOnceAttrs{number}, {}, {}));
  }
}

}  // namespace litesmith::importers::graphdef
