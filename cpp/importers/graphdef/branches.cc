#include <algorithm>

#include "importers/graphdef/graph_import.h"
#include "importers/graphdef/node_context.h"
#include "ops/control_flow/control_flow.h"
#include "ops/op_def.h"

namespace litesmith::importers::graphdef {
namespace {

using Kind = Value::Kind;
using Argument = ModelImport::Argument;

/// One of two graphs by a condition, both with the operands from `first` on. Constants are part of either graph.
class Branches {
 public:
  Branches(NodeContext& c, GraphImport& graph, std::vector<Value> values)
      : c_(c), graph_(graph), values_(std::move(values)) {
    for (const Value& value : values_) {
      Argument argument{value, {}};
      if (value.kind == Kind::tensor_list && value.tensor == ir::kAbsent)
        c_.unsupported("a list of tensors goes into a branch before anything was written to it");
      if (value.kind == Kind::tensor || value.kind == Kind::tensor_list) {
        const ir::Tensor& tensor = graph_.graph().tensor(value.tensor);
        argument.tensor.dtype = tensor.dtype;
        argument.tensor.shape = tensor.shape;
        argument.tensor.data = tensor.data;
        if (!tensor.is_constant()) operands_.push_back(value.tensor);
      }
      arguments_.push_back(std::move(argument));
    }
  }

  std::unique_ptr<GraphImport> import(const formats::FunctionReference& function) {
    auto graph = c_.model().import_function(function, arguments_);
    const bool gaps = std::any_of(graph->results().begin(), graph->results().end(),
                                  [](const Value& value) { return value.kind == Kind::none; });
    return gaps ? nullptr : std::move(graph);
  }

  int add(GraphImport& graph) {
    std::vector<ir::TensorId> inputs, outputs;
    for (std::size_t i = 0; i < arguments_.size(); ++i)
      if (is_operand(i)) inputs.push_back(graph.arguments()[i].tensor);
    for (const Value& result : graph.results()) outputs.push_back(result.tensor);
    return c_.model().add_graph(graph, std::move(inputs), std::move(outputs));
  }

  std::vector<Value> select(ir::TensorId condition, const ops::IfAttrs& attrs, const std::vector<ir::Tensor>& declared,
                            const std::vector<Value>& like) {
    std::vector<ir::TensorId> inputs{condition}, outputs;
    inputs.insert(inputs.end(), operands_.begin(), operands_.end());
    std::vector<Value> results;
    for (std::size_t k = 0; k < declared.size(); ++k) {
      outputs.push_back(graph_.builder().add_tensor(concat(c_.name(), ":", k), declared[k].dtype, declared[k].shape));
      results.push_back({like[k].kind, outputs.back(), -1});
    }
    graph_.graph().nodes.push_back(
        ops::make_node("IF", attrs, std::move(inputs), std::move(outputs), {c_.owner().path}));
    return results;
  }

  /// What a result is that comes from either graph.
  std::vector<ir::Tensor> declared(GraphImport& a, GraphImport& b) const {
    const std::vector<Value>&from_a = a.results(), &from_b = b.results();
    if (from_a.size() != from_b.size())
      c_.fail("its branches give ", from_a.size(), " and ", from_b.size(), " results");
    std::vector<ir::Tensor> list;
    for (std::size_t k = 0; k < from_a.size(); ++k) {
      if (from_a[k].tensor == ir::kAbsent || from_a[k].kind != from_b[k].kind)
        c_.unsupported("result ", k, " of its branches is not a tensor in both");
      const ir::Tensor& one = a.graph().tensor(from_a[k].tensor);
      const ir::Tensor& other = b.graph().tensor(from_b[k].tensor);
      if (one.dtype != other.dtype)
        c_.fail("result ", k, " is ", name(one.dtype), " in one branch and ", name(other.dtype), " in the other");
      ir::Tensor tensor;
      tensor.dtype = one.dtype;
      tensor.shape = one.shape;
      if (one.shape.rank() != other.shape.rank() || !one.shape.has_rank() || !other.shape.has_rank())
        tensor.shape = Shape::unknown_rank();
      for (int i = 0; i < tensor.shape.rank(); ++i)
        if (other.shape[i] != one.shape[i]) tensor.shape[i] = kUnknownDim;
      list.push_back(std::move(tensor));
    }
    return list;
  }

 private:
  bool is_operand(std::size_t i) const {
    const Kind kind = values_[i].kind;
    return (kind == Kind::tensor || kind == Kind::tensor_list) && !arguments_[i].tensor.is_constant();
  }

  NodeContext& c_;
  GraphImport& graph_;
  std::vector<Value> values_;
  std::vector<Argument> arguments_;
  std::vector<ir::TensorId> operands_;
};

std::vector<Value> values_from(const NodeContext& c, int first) {
  std::vector<Value> values;
  for (int i = first; i < c.input_count(); ++i)
    values.push_back(c.value(i).kind == Kind::reference ? Value::of(c.input(i)) : c.value(i));
  return values;
}

/// TensorFlow takes any number as a condition: zero is false.
ir::TensorId as_condition(NodeContext& c, ir::TensorId x) {
  if (c.dtype(x) == DType::boolean) return x;
  return compare(c, "NOT_EQUAL", x, c.number("zero", 0, c.dtype(x)));
}

std::vector<Value> choose(NodeContext& c, ir::TensorId condition, const formats::FunctionReference& then_name,
                          const formats::FunctionReference& else_name, std::vector<Value> operands) {
  const ir::Tensor& known = c.graph().graph().tensor(condition);
  if (known.is_constant()) {
    const bool taken = !known.data->empty() && known.data->view().front() != std::byte{0};
    return c.graph().inline_function(taken ? then_name : else_name, operands);
  }
  Branches branches(c, c.graph(), std::move(operands));
  const auto then_graph = branches.import(then_name), else_graph = branches.import(else_name);
  if (then_graph == nullptr || else_graph == nullptr) return {};
  const auto declared = branches.declared(*then_graph, *else_graph);
  const ops::IfAttrs attrs{branches.add(*then_graph), branches.add(*else_graph)};
  return branches.select(condition, attrs, declared, then_graph->results());
}

Results import_if(NodeContext& c) {
  return choose(c, as_condition(c, c.input(0)), c.attr_function("then_branch"), c.attr_function("else_branch"),
                values_from(c, 1));
}

/// A body that takes `extra` more values first and ignores them.
formats::FunctionReference with_ignored(FunctionLibrary& library, const formats::FunctionReference& function,
                                        std::size_t extra) {
  FlowGraph body = library.body(function);
  for (std::size_t i = 0; i < extra; ++i) {
    body.arguments.insert(body.arguments.begin(), static_cast<int>(body.nodes.size()));
    body.nodes.push_back({.name = concat("ignored_", i), .op = std::string(kArgument)});
  }
  return {library.add(function.name + "/case", std::move(body)), {}};
}

/// Takes conditions, then operands: the function of the first condition that holds, else the last one.
formats::FunctionReference chain(FunctionLibrary& library, std::span<const formats::FunctionReference> functions,
                                 std::size_t operands) {
  if (functions.size() == 1) return functions.front();
  const std::size_t conditions = functions.size() - 1;
  FlowGraph graph;
  FlowNode choice{.name = "case", .op = "If"};
  for (std::size_t i = 0; i < conditions + operands; ++i) {
    graph.arguments.push_back(static_cast<int>(i));
    graph.nodes.push_back({.name = concat("argument_", i), .op = std::string(kArgument)});
    choice.inputs.push_back({static_cast<int>(i), 0});
  }
  choice.attrs.emplace("then_branch", with_ignored(library, functions.front(), conditions - 1));
  choice.attrs.emplace("else_branch", chain(library, functions.subspan(1), operands));
  const auto results = library.body(functions.front()).results.size();
  graph.nodes.push_back(std::move(choice));
  for (std::size_t k = 0; k < results; ++k)
    graph.results.push_back({static_cast<int>(conditions + operands), static_cast<int>(k)});
  return {library.add("case", std::move(graph)), {}};
}

/// Case as a chain of IF. An index outside of the branches means the last one.
Results import_case(NodeContext& c) {
  constexpr std::size_t kMostBranches = 64;
  const auto functions = c.attr_functions("branches");
  if (functions.empty()) c.fail("has no branches");
  if (functions.size() > kMostBranches) c.unsupported("more than ", kMostBranches, " branches have no conversion");
  std::vector<Value> operands = values_from(c, 1);
  if (functions.size() == 1) return c.graph().inline_function(functions.front(), operands);
  const ir::TensorId index = c.input(0);
  std::vector<Value> values;
  for (std::size_t k = 0; k + 1 < functions.size(); ++k)
    values.push_back(Value::of(compare(c, "EQUAL", index, c.number("branch", static_cast<double>(k), c.dtype(index)))));
  const std::size_t count = operands.size();
  values.insert(values.end(), operands.begin(), operands.end());
  FunctionLibrary& library = c.model().library();
  const ir::TensorId first = values.front().tensor;
  values.erase(values.begin());
  return choose(c, first, with_ignored(library, functions.front(), functions.size() - 2),
                chain(library, std::span(functions).subspan(1), count), std::move(values));
}

}  // namespace

std::span<const OpRule> branch_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "Case", .import = import_case},
      {.op = "If", .import = import_if},
      {.op = "StatelessCase", .import = import_case},
      {.op = "StatelessIf", .import = import_if},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
