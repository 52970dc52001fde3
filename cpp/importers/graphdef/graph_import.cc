#include "importers/graphdef/graph_import.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "importers/graphdef/custom_op.h"
#include "importers/graphdef/node_context.h"
#include "importers/graphdef/op_rule.h"
#include "ops/hashtable/hashtable.h"
#include "ops/variable/variable.h"

namespace litesmith::importers::graphdef {

namespace {

/// How many results of each node somebody reads: one more than the highest number.
std::vector<int> count_read_results(const FlowGraph& flow) {
  std::vector<int> counts(flow.nodes.size(), 0);
  const auto read = [&](const Endpoint& e) {
    int& count = counts[static_cast<std::size_t>(e.node)];
    count = std::max(count, e.output + 1);
  };
  for (const FlowNode& node : flow.nodes) std::for_each(node.inputs.begin(), node.inputs.end(), read);
  std::for_each(flow.results.begin(), flow.results.end(), read);
  return counts;
}

/// Operators that have no conversion for a reason, and what to do.
struct Refusal {
  std::string_view op, reason;
};
constexpr std::string_view kParses =
    "parses serialized tf.Example messages, which TFLite cannot; convert a signature, or input arrays, behind it that "
    "take the parsed tensors";
constexpr std::string_view kCompiled =
    "holds a program that another compiler made (JAX, or Keras on JAX), not operators; save the model on the "
    "TensorFlow "
    "backend, or convert the Keras model itself";
constexpr Refusal kRefusals[] = {{"ParseExample", kParses},
                                 {"ParseExampleV2", kParses},
                                 {"ParseSingleExample", kParses},
                                 {"ParseSequenceExample", kParses},
                                 {"ParseSequenceExampleV2", kParses},
                                 {"XlaCallModule", kCompiled},
                                 {"ParseSingleSequenceExample", kParses}};

std::string_view reason_without_rule(std::string_view op) {
  for (const Refusal& refusal : kRefusals)
    if (refusal.op == op) return refusal.reason;
  return {};
}

}  // namespace

void GraphImport::run(const FlowGraph& flow, std::span<const Value> arguments) {
  arguments_.assign(arguments.begin(), arguments.end());
  values_.assign(flow.nodes.size(), {});
  for (std::size_t i = 0; i < flow.arguments.size(); ++i)
    values_[static_cast<std::size_t>(flow.arguments[i])] = {arguments[i]};
  std::vector<bool> is_argument(flow.nodes.size(), false);
  for (const int argument : flow.arguments) is_argument[static_cast<std::size_t>(argument)] = true;
  const std::vector<int> read_results = count_read_results(flow);
  for (std::size_t n = 0; n < flow.nodes.size(); ++n)
    if (!is_argument[n]) import_node(flow, flow.nodes[n], read_results[n], values_[n]);
  results_.clear();
  for (const Endpoint& result : flow.results) {
    const auto& values = values_[static_cast<std::size_t>(result.node)];
    const auto number = static_cast<std::size_t>(result.output);
    results_.push_back(number < values.size() ? values[number] : Value::none());
  }
}

std::vector<Value> GraphImport::inline_function(const formats::FunctionReference& function,
                                                std::span<const Value> arguments) {
  const FlowGraph& flow = model_.library().body(function);
  if (flow.arguments.size() != arguments.size())
    fail(ErrorKind::value, "the function '", function.name, "' takes ", flow.arguments.size(), " values but is given ",
         arguments.size());
  auto values = std::exchange(values_, {});
  auto own_arguments = std::exchange(arguments_, {});
  run(flow, arguments);
  values_ = std::move(values);
  arguments_ = std::move(own_arguments);
  return std::exchange(results_, {});
}

void GraphImport::import_node(const FlowGraph& flow, const FlowNode& node, int read_results,
                              std::vector<Value>& results) {
  std::vector<Value> inputs;
  for (const Endpoint& input : node.inputs) {
    const auto at = static_cast<std::size_t>(input.node);
    const auto& values = values_[at];
    const auto number = static_cast<std::size_t>(input.output);
    inputs.push_back(number < values.size() ? values[number] : Value::none());
    if (inputs.back().kind != Value::Kind::none) continue;
    if (!values.empty() || !model_.has_unsupported())
      model_.note({node.name, node.op,
                   concat("reads result ", number, " of '", flow.nodes[at].name, "' (", flow.nodes[at].op,
                          "), which has no such result here; it has ", values.size())});
    return;
  }
  const emit::Owner owner{node.name, node.name};
  const std::size_t known_tensors = graph().tensors.size();
  const std::size_t known_nodes = graph().nodes.size();
  try {
    const OpRule* rule = find_rule(node.op);
    if (rule == nullptr) {
      if (!import_unknown(node, inputs, owner, read_results, results))
        model_.note({node.name, node.op, std::string(reason_without_rule(node.op))});
    } else {
      NodeContext context(*this, *rule, node, std::move(inputs), owner);
      results = rule->import(context).values;
    }
  } catch (const Error& error) {
    graph().nodes.resize(known_nodes);
    if (error.kind() == ErrorKind::unsupported) return model_.note({node.name, node.op, error.what()});
    throw Error(error.kind(), concat("'", node.name, "' (", node.op, "): ", error.what()));
  }
  for (std::size_t k = 0; k < results.size(); ++k) {
    const ir::TensorId id = results[k].tensor;
    if (id < 0 || static_cast<std::size_t>(id) < known_tensors) continue;
    builder_.rename(id, k == 0 ? node.name : concat(node.name, ":", k));
  }
}

bool GraphImport::import_unknown(const FlowNode& node, const std::vector<Value>& inputs, const emit::Owner& owner,
                                 int read_results, std::vector<Value>& results) {
  const Options& options = model_.options();
  const bool custom = options.allow_custom_ops || options.custom_ops.contains(node.op);
  if (!custom && !options.select_tf_ops) return false;
  results = import_custom(*this, node, inputs, owner, {read_results, !custom});
  return true;
}

ir::TensorId GraphImport::handle(const emit::Owner& owner, int variable) {
  if (const auto found = handles_.find(variable); found != handles_.end()) return found->second;
  const std::string& name = model_.variable(variable).name;
  const ir::TensorId id =
      builder_.add({name, owner.path}, "VAR_HANDLE", ops::VarHandleAttrs{"", name}, {}, 1, DType::resource).front();
  return handles_.emplace(variable, id).first->second;
}

ir::TensorId GraphImport::table_handle(const emit::Owner& owner, int table) {
  if (const auto found = table_handles_.find(table); found != table_handles_.end()) return found->second;
  const Table& known = model_.tables().at(static_cast<std::size_t>(table));
  const ops::HashtableAttrs attrs{table, known.filling->keys.dtype, known.filling->values.dtype};
  const ir::TensorId id = builder_.add({known.name, owner.path}, "HASHTABLE", attrs, {}, 1, DType::resource).front();
  return table_handles_.emplace(table, id).first->second;
}

void GraphImport::assign_variable(const emit::Owner& owner, int variable, ir::TensorId value) {
  const ir::TensorId resource = handle(owner, variable);
  builder_.add(owner, "ASSIGN_VARIABLE", {}, {resource, value}, 0, DType::float32);
}

ir::TensorId GraphImport::read_variable(const emit::Owner& owner, int variable) {
  const Variable& known = model_.variable(variable);
  if (known.is_assigned) {
    const ir::TensorId resource = handle(owner, variable);
    const ir::TensorId id = builder_.add(owner, "READ_VARIABLE", {}, {resource}, 1, known.dtype).front();
    graph().tensor(id).dtype = known.dtype;
    graph().tensor(id).shape = known.shape;
    return id;
  }
  if (const auto found = constants_.find(variable); found != constants_.end()) return found->second;
  if (known.value == nullptr)
    fail(ErrorKind::value, "the variable '", known.name,
         "' has no value. Please freeze the graph using freeze_graph.py (here: litesmith.tools.freeze_graph, or "
         "`freeze_graph`), or convert the checkpoint that belongs to it with from_checkpoint");
  const formats::DenseTensor value = import_tensor(*known.value);
  const ir::TensorId id = builder_.add_constant(known.name, value.dtype, value.shape, value.data);
  return constants_.emplace(variable, id).first->second;
}

}  // namespace litesmith::importers::graphdef
