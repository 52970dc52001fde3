#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "importers/graphdef/function_library.h"

namespace litesmith::importers::graphdef {
namespace {

constexpr std::size_t kMostNodes = 1'000'000;
constexpr int kDeepestCalls = 200;

constexpr std::string_view kCalls[] = {"PartitionedCall", "StatefulPartitionedCall", "RemoteCall"};

bool is_call(std::string_view op) { return std::find(std::begin(kCalls), std::end(kCalls), op) != std::end(kCalls); }

/// The name of a function's node where it is called. Calls by PartitionedCall stand in their layer, whose functions may
/// say it again.
std::string name_inside(const FlowNode& call, const std::string& node) {
  if (!is_call(call.op)) return call.name + "/" + node;
  const std::string layer = call.name.substr(0, call.name.rfind('/') + 1);  // empty, or with its slash
  return call.name.find('/') == std::string::npos || node.starts_with(layer) ? node : layer + node;
}

class Inlining {
 public:
  Inlining(FlowGraph& graph, const formats::GraphRecord& library) : graph_(graph), library_(library) {
    chain_of_.assign(graph.nodes.size(), -1);
  }

  void run() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i)
      if (const auto callee = callee_of(graph_.nodes[i])) splice(static_cast<int>(i), *callee);
    if (!calls_.empty()) redirect();
  }

 private:
  /// A function and who called it: the way from the main graph to a node.
  struct Chain {
    std::string function;
    int caller = -1;
    int depth = 1;
  };

  std::optional<formats::FunctionReference> callee_of(const FlowNode& node) const {
    if (is_call(node.op)) {
      const auto f = node.attrs.find("f");
      const auto* function = f == node.attrs.end() ? nullptr : std::get_if<formats::FunctionReference>(&f->second);
      if (function == nullptr)
        fail(ErrorKind::value, "'", node.name, "' (", node.op, ") does not say which function it calls");
      formats::FunctionReference reference = *function;
      reference.attrs.insert(node.attrs.begin(), node.attrs.end());
      return reference;
    }
    if (library_.functions.contains(node.op)) return formats::FunctionReference{node.op, node.attrs};
    return std::nullopt;
  }

  int enter(int node, const std::string& function) {
    const int caller = chain_of_[static_cast<std::size_t>(node)];
    std::string path = function;
    for (int c = caller; c >= 0; c = chains_[static_cast<std::size_t>(c)].caller) {
      path = chains_[static_cast<std::size_t>(c)].function + " -> " + path;
      if (chains_[static_cast<std::size_t>(c)].function == function)
        fail(ErrorKind::value, "functions call each other in a cycle: ", path,
             "; TFLite has no recursion, so write it as a loop (tf.while_loop)");
    }
    const int depth = caller < 0 ? 1 : chains_[static_cast<std::size_t>(caller)].depth + 1;
    if (depth > kDeepestCalls)
      fail(ErrorKind::limit, "functions call each other more than ", kDeepestCalls, " deep: ", path);
    chains_.push_back({function, caller, depth});
    return static_cast<int>(chains_.size()) - 1;
  }

  void splice(int call, const formats::FunctionReference& callee) {
    const auto record = library_.functions.find(callee.name);
    if (record == library_.functions.end())
      fail(ErrorKind::value, "'", graph_.nodes[static_cast<std::size_t>(call)].name, "' calls the function '",
           callee.name, "', which the graph does not have");
    const int chain = enter(call, callee.name);
    FlowGraph body = function_body(library_, record->second, callee.attrs);
    const FlowNode caller = graph_.nodes[static_cast<std::size_t>(call)];
    if (caller.inputs.size() != body.arguments.size())
      fail(ErrorKind::value, "'", caller.name, "' calls the function '", callee.name, "' with ", caller.inputs.size(),
           " values, which takes ", body.arguments.size());
    if (graph_.nodes.size() + body.nodes.size() > kMostNodes)
      fail(ErrorKind::limit, "the graph has more than ", kMostNodes, " nodes once its functions are inlined");
    const int first = static_cast<int>(graph_.nodes.size()) - static_cast<int>(body.arguments.size());
    const auto place = [&](Endpoint e) {
      return e.node < static_cast<int>(caller.inputs.size()) ? caller.inputs[static_cast<std::size_t>(e.node)]
                                                             : Endpoint{first + e.node, e.output};
    };
    for (std::size_t i = body.arguments.size(); i < body.nodes.size(); ++i) {
      FlowNode& node = body.nodes[i];
      const bool is_root = node.controls.empty() &&
                           std::all_of(node.inputs.begin(), node.inputs.end(),
                                       [&](Endpoint e) { return e.node < static_cast<int>(caller.inputs.size()); });
      for (Endpoint& input : node.inputs) input = place(input);
      for (int& control : node.controls) control += first;
      if (is_root) node.controls = caller.controls;
      node.name = name_inside(caller, node.name);
      graph_.nodes.push_back(std::move(node));
      chain_of_.push_back(chain);
    }
    Call& done = calls_[call];
    for (const Endpoint& result : body.results) done.results.push_back(place(result));
    for (const int effect : body.effects)
      if (effect >= static_cast<int>(body.arguments.size())) done.effects.push_back(effect + first);
  }

  void redirect() {
    for (FlowNode& node : graph_.nodes) {
      for (Endpoint& input : node.inputs) input = resolve(input);
      node.controls = resolve(node.controls);
    }
    for (Endpoint& result : graph_.results) result = resolve(result);
    graph_.effects = resolve(graph_.effects);
  }

  Endpoint resolve(Endpoint endpoint) const {
    for (auto call = calls_.find(endpoint.node); call != calls_.end(); call = calls_.find(endpoint.node)) {
      if (endpoint.output >= static_cast<int>(call->second.results.size()))
        fail(ErrorKind::value, "result ", endpoint.output, " of '",
             graph_.nodes[static_cast<std::size_t>(endpoint.node)].name, "' is read, which has ",
             call->second.results.size());
      endpoint = call->second.results[static_cast<std::size_t>(endpoint.output)];
    }
    return endpoint;
  }

  /// Calls among the nodes are replaced by what runs in them for its effects.
  std::vector<int> resolve(const std::vector<int>& nodes) const {
    std::vector<int> work(nodes.rbegin(), nodes.rend()), resolved;
    while (!work.empty()) {
      const int node = work.back();
      work.pop_back();
      const auto call = calls_.find(node);
      if (call == calls_.end())
        resolved.push_back(node);
      else
        work.insert(work.end(), call->second.effects.rbegin(), call->second.effects.rend());
    }
    return resolved;
  }

  struct Call {
    std::vector<Endpoint> results;
    std::vector<int> effects;
  };

  FlowGraph& graph_;
  const formats::GraphRecord& library_;
  std::vector<Chain> chains_;
  std::vector<int> chain_of_;  // by node, -1 = of the graph itself
  std::map<int, Call> calls_;
};

}  // namespace

void inline_calls(FlowGraph& graph, const formats::GraphRecord& library) { Inlining(graph, library).run(); }

}  // namespace litesmith::importers::graphdef
