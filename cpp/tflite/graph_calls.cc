#include "tflite/graph_calls.h"

#include <algorithm>

#include "base/error.h"
#include "ops/op_def.h"

namespace litesmith::tflite {
namespace {

constexpr int kDeepestNesting = 64;

using ops::CallForm;

class CallCheck {
 public:
  CallCheck(const ir::Model& model, const GraphCall& call)
      : model_(model),
        call_(call),
        graph_(model.graphs.at(static_cast<std::size_t>(call.graph))),
        node_(graph_.nodes.at(static_cast<std::size_t>(call.node))) {}

  void indices_in_range() const {
    for (const std::int32_t callee : call_.callees)
      if (callee < 0 || static_cast<std::size_t>(callee) >= model_.graphs.size())
        stop("runs graph ", callee, ", but the model has ", model_.graphs.size(), " graphs");
  }

  void operands_fit() const {
    const std::span<const ir::TensorId> inputs = node_.inputs;
    switch (call_.form) {
      case CallForm::none:
      case CallForm::region: break;
      case CallForm::once: fits(0, {}, {}); break;
      case CallForm::whole: fits(0, inputs, node_.outputs); break;
      case CallForm::branches:
        if (inputs.empty() || call_.callees.empty()) stop("needs a selecting operand and a graph to run");
        for (std::size_t i = 0; i < call_.callees.size(); ++i) fits(i, inputs.subspan(1), node_.outputs);
        break;
      case CallForm::loop: loop_fits(); break;
    }
  }

 private:
  template <class... Parts>
  [[noreturn]] void stop(const Parts&... parts) const {
    fail(ErrorKind::value, ir::describe(node_), " (node ", call_.node, " of graph ", call_.graph, ") ", parts...);
  }

  void loop_fits() const {
    if (call_.callees[0] == call_.callees[1]) stop("has graph ", call_.callees[0], " both as condition and as body");
    const ir::Graph& condition = callee(0);
    same_count(0, "operands", condition.inputs.size(), node_.inputs.size());
    same_count(0, "results", condition.outputs.size(), 1);
    fits(1, node_.inputs, node_.inputs);
    same_count(1, "results", callee(1).outputs.size(), node_.outputs.size());
  }

  const ir::Graph& callee(std::size_t i) const { return model_.graphs[static_cast<std::size_t>(call_.callees[i])]; }

  void same_count(std::size_t i, const char* what, std::size_t has, std::size_t must) const {
    if (has != must) stop("runs graph ", call_.callees[i], ", which has ", has, " ", what, " where ", must, " belong");
  }

  /// The callee takes `inputs` and gives `outputs` of this graph.
  void fits(std::size_t i, std::span<const ir::TensorId> inputs, std::span<const ir::TensorId> outputs) const {
    same_count(i, "operands", callee(i).inputs.size(), inputs.size());
    same_count(i, "results", callee(i).outputs.size(), outputs.size());
    same_types(i, callee(i).inputs, inputs);
    same_types(i, callee(i).outputs, outputs);
  }

  void same_types(std::size_t i, std::span<const ir::TensorId> inner, std::span<const ir::TensorId> outer) const {
    for (std::size_t k = 0; k < inner.size(); ++k) {
      if (outer[k] == ir::kAbsent) continue;
      const ir::Tensor& a = callee(i).tensor(inner[k]);
      const ir::Tensor& b = graph_.tensor(outer[k]);
      if (a.dtype != b.dtype)
        stop("passes '", b.name, "' (", name(b.dtype), ") as '", a.name, "' (", name(a.dtype), ") of graph ",
             call_.callees[i]);
    }
  }

  const ir::Model& model_;
  const GraphCall& call_;
  const ir::Graph& graph_;
  const ir::Node& node_;
};

/// Orders the graphs so that callers come first (Kahn), counting how deep each one lies.
void check_nesting(const ir::Model& model, const std::vector<GraphCall>& calls) {
  const std::size_t count = model.graphs.size();
  std::vector<std::vector<std::size_t>> callees(count);
  std::vector<std::size_t> callers(count, 0);
  for (const GraphCall& call : calls)
    for (const std::int32_t callee : call.callees) {
      callees[static_cast<std::size_t>(call.graph)].push_back(static_cast<std::size_t>(callee));
      ++callers[static_cast<std::size_t>(callee)];
    }
  std::vector<int> depth(count, 1);
  std::vector<std::size_t> ready;
  for (std::size_t g = 0; g < count; ++g)
    if (callers[g] == 0) ready.push_back(g);
  std::size_t ordered = 0;
  for (; ordered < ready.size(); ++ordered) {
    const std::size_t caller = ready[ordered];
    for (const std::size_t callee : callees[caller]) {
      depth[callee] = std::max(depth[callee], depth[caller] + 1);
      if (depth[callee] > kDeepestNesting)
        fail(ErrorKind::value, "graph ", callee, " ('", model.graphs[callee].name, "') is reached through more than ",
             kDeepestNesting, " nested calls");
      if (--callers[callee] == 0) ready.push_back(callee);
    }
  }
  if (ordered == count) return;
  const auto in_cycle = std::find_if(callers.begin(), callers.end(), [](std::size_t n) { return n > 0; });
  const auto g = static_cast<std::size_t>(in_cycle - callers.begin());
  fail(ErrorKind::value, "graph ", g, " ('", model.graphs[g].name,
       "') is part of a cycle: graphs may not run themselves, directly or through others");
}

}  // namespace

std::vector<GraphCall> graph_calls(const ir::Model& model) {
  std::vector<GraphCall> calls;
  for (std::size_t g = 0; g < model.graphs.size(); ++g) {
    const ir::Graph& graph = model.graphs[g];
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      const ir::Node& node = graph.nodes[n];
      const CallForm form = ops::def(node).calls.form;
      if (form == CallForm::none) continue;
      GraphCall call{static_cast<std::int32_t>(g), static_cast<ir::NodeId>(n), form, ops::called_graphs(node)};
      if (call.callees.empty() && form != CallForm::region)
        fail(ErrorKind::value, ir::describe(node), " (node ", n, " of graph ", g,
             ") has no options that say which graph it runs");
      calls.push_back(std::move(call));
    }
  }
  return calls;
}

void verify_calls(const ir::Model& model, const std::vector<GraphCall>& calls) {
  for (const GraphCall& call : calls) CallCheck(model, call).indices_in_range();
  check_nesting(model, calls);
  for (const GraphCall& call : calls) CallCheck(model, call).operands_fit();
}

}  // namespace litesmith::tflite
