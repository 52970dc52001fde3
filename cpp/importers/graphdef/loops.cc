#include <algorithm>

#include "importers/graphdef/graph_import.h"
#include "importers/graphdef/tensor_lists.h"
#include "ops/control_flow/control_flow.h"
#include "ops/op_def.h"

namespace litesmith::importers::graphdef {
namespace {

using Kind = Value::Kind;
using Argument = ModelImport::Argument;

bool is_data(const Value& value) { return value.kind == Kind::tensor || value.kind == Kind::tensor_list; }
bool is_pending(const Value& value) { return value.kind == Kind::tensor_list && value.tensor == ir::kAbsent; }

/// The endpoint behind nodes that hand their operand on.
Endpoint behind_identities(const FlowGraph& flow, Endpoint endpoint) {
  for (;;) {
    const FlowNode& node = flow.nodes[static_cast<std::size_t>(endpoint.node)];
    if (node.inputs.empty() || (node.op != "Identity" && node.op != "IdentityN" && node.op != "StopGradient"))
      return endpoint;
    endpoint = operand(node, static_cast<std::size_t>(endpoint.output));
  }
}

/// A: known dims of `a`, where `b` agrees or does not know.
Shape common_shape(const Shape& a, const Shape& b) {
  if (!a.has_rank() || !b.has_rank() || a.rank() != b.rank()) return Shape::unknown_rank();
  Shape common = a;
  for (int i = 0; i < a.rank(); ++i)
    if (a[i] != b[i]) common[i] = kUnknownDim;
  return common;
}

/// While with its functions; see operators.md §2. A value that the body does not change is no part of the loop when it
/// is constant: both graphs have it for themselves.
class Loop {
 public:
  explicit Loop(NodeContext& c) : c_(c), body_name_(c.attr_function("body")), cond_name_(c.attr_function("cond")) {
    const FlowGraph& flow = c.model().library().body(body_name_);
    const auto count = static_cast<std::size_t>(c.input_count());
    if (flow.arguments.size() != count || flow.results.size() != count)
      c.fail("has ", count, " operands, but its body takes ", flow.arguments.size(), " and gives ",
             flow.results.size());
    if (const auto given = c.model().library().body(cond_name_).results.size(); given != 1)
      c.fail("its condition gives ", given, " results where one belongs");
    for (int i = 0; i < c.input_count(); ++i) {
      const Endpoint end = behind_identities(flow, flow.results.at(static_cast<std::size_t>(i)));
      unchanged_.push_back(end == Endpoint{flow.arguments.at(static_cast<std::size_t>(i)), 0});
      values_.push_back(operand(i));
      arguments_.push_back(argument(i));
    }
  }

  std::vector<Value> run() {
    std::unique_ptr<GraphImport> body = settle();
    if (body == nullptr) return {};
    auto cond = c_.model().import_function(cond_name_, arguments_);
    if (has_gaps(*cond)) return {};
    std::vector<ir::TensorId> body_inputs, body_outputs, cond_inputs, operands;
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      if (!is_carried(i)) continue;
      body_inputs.push_back(body->arguments()[i].tensor);
      body_outputs.push_back(body->results()[i].tensor);
      cond_inputs.push_back(cond->arguments()[i].tensor);
      operands.push_back(first_value(i, body->graph().tensor(body_inputs.back()).shape));
    }
    const ops::WhileAttrs attrs{c_.model().add_graph(*cond, cond_inputs, {cond->results().at(0).tensor}),
                                c_.model().add_graph(*body, body_inputs, body_outputs)};
    return add_node(attrs, operands);
  }

 private:
  /// References of TF1 are read before the loop.
  Value operand(int i) const {
    const Value& value = c_.value(i);
    return value.kind == Kind::reference ? Value::of(c_.input(i)) : value;
  }

  bool is_carried(std::size_t i) const { return is_data(values_[i]) && !arguments_[i].tensor.is_constant(); }

  Argument argument(int i) const {
    const auto number = static_cast<std::size_t>(i);
    Argument argument{values_[number], {}};
    if (!is_data(values_[number])) {
      if (!unchanged_[number]) c_.unsupported("its operand ", i, " is a handle that changes from turn to turn");
      return argument;
    }
    if (is_pending(values_[number])) {
      const PendingList& list = c_.model().list(values_[number].resource);
      argument.tensor.dtype = list.dtype;
      argument.tensor.shape = Shape::unknown_rank();
      if (list.element.has_rank()) argument.tensor.shape = stacked(list);
      return argument;
    }
    const ir::Tensor& known = c_.graph().graph().tensor(values_[number].tensor);
    argument.tensor.dtype = known.dtype;
    argument.tensor.shape = known.shape;
    if (unchanged_[number] && known.is_constant()) argument.tensor.data = known.data;
    return argument;
  }

  Shape stacked(const PendingList& list) const {
    Dims dims = list.element.dims();
    const auto count = c_.known_ints(list.count);
    dims.insert(dims.begin(), count && count->size() == 1 && count->front() ? static_cast<std::int32_t>(*count->front())
                                                                            : kUnknownDim);
    return Shape(std::move(dims));
  }

  bool has_gaps(const GraphImport& graph) const {
    return std::any_of(graph.results().begin(), graph.results().end(),
                       [](const Value& value) { return value.kind == Kind::none; });
  }

  /// Imports the body until the shapes that go in are those that come out; null when it has nodes without a conversion.
  std::unique_ptr<GraphImport> settle() {
    constexpr int kMostTurns = 16;
    for (int turn = 0; turn < kMostTurns; ++turn) {
      auto body = c_.model().import_function(body_name_, arguments_);
      if (has_gaps(*body)) return nullptr;
      bool settled = true;
      for (std::size_t i = 0; i < arguments_.size(); ++i)
        if (is_carried(i)) settled = settle_shape(i, *body) && settled;
      if (settled) return body;
    }
    c_.unsupported("the shapes of its values keep changing from turn to turn");
  }

  bool settle_shape(std::size_t i, GraphImport& body) {
    const Value& result = body.results()[i];
    if (result.kind != values_[i].kind || result.tensor == ir::kAbsent)
      c_.unsupported("value ", i, " comes out of its body as something else than it goes in");
    Shape& shape = arguments_[i].tensor.shape;
    const ir::Tensor& came_out = body.graph().tensor(result.tensor);
    const Shape& went_in = body.graph().tensor(body.arguments()[i].tensor).shape;
    if (came_out.dtype != arguments_[i].tensor.dtype)
      c_.fail("value ", i, " goes in as ", name(arguments_[i].tensor.dtype), " and comes out as ",
              name(came_out.dtype));
    Shape next = went_in;
    if (is_pending(values_[i]) && !went_in.has_rank())
      next = came_out.shape;
    else if (came_out.shape != went_in)
      next = common_shape(went_in, came_out.shape);
    if (next == shape) return true;
    shape = std::move(next);
    return false;
  }

  /// What the loop starts with: zeros for a list that nothing was written to.
  ir::TensorId first_value(std::size_t i, const Shape& shape) {
    if (!is_pending(values_[i])) return values_[i].tensor;
    if (!shape.has_rank()) c_.unsupported("what the elements of list ", i, " look like is not known");
    std::vector<ir::TensorId> like;
    for (const Value& value : values_)
      if (value.kind == Kind::tensor) like.push_back(value.tensor);
    for (const Value& value : values_)
      if (value.kind == Kind::tensor_list && value.tensor != ir::kAbsent) like.push_back(value.tensor);
    return dense_list(c_, values_[i], Shape(Dims(shape.begin() + 1, shape.end())), like);
  }

  std::vector<Value> add_node(const ops::WhileAttrs& attrs, const std::vector<ir::TensorId>& operands) {
    std::vector<ir::TensorId> outputs;
    std::vector<Value> results = values_;
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      if (!is_carried(i)) continue;
      outputs.push_back(c_.graph().builder().add_tensor(concat(c_.name(), ":", i), arguments_[i].tensor.dtype,
                                                        arguments_[i].tensor.shape));
      if (!unchanged_[i]) results[i] = {values_[i].kind, outputs.back(), -1};
    }
    c_.graph().graph().nodes.push_back(ops::make_node("WHILE", attrs, operands, outputs, {c_.owner().path}));
    return results;
  }

  NodeContext& c_;
  const formats::FunctionReference& body_name_;
  const formats::FunctionReference& cond_name_;
  std::vector<Value> values_;
  std::vector<bool> unchanged_;
  std::vector<Argument> arguments_;
};

Results import_while(NodeContext& c) { return Loop(c).run(); }

}  // namespace

std::span<const OpRule> loop_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "StatelessWhile", .import = import_while},
      {.op = "While", .import = import_while},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
