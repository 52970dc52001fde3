#include "importers/graphdef/extraction.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace litesmith::importers::graphdef {
namespace {

constexpr std::string_view kSteering[] = {"Enter",    "RefEnter",  "Merge",         "RefMerge",
                                          "Switch",   "RefSwitch", "NextIteration", "RefNextIteration",
                                          "LoopCond", "Exit",      "RefExit"};

bool is_among(std::string_view op, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), op) != names.end();
}

class Extraction {
 public:
  Extraction(const FlowGraph& graph, const Boundary& boundary, int arguments,
             std::span<const std::string_view> obstacles)
      : graph_(graph), boundary_(boundary), obstacles_(obstacles), copies_(graph.nodes.size(), -1) {
    for (int i = 0; i < arguments; ++i) {
      body_.arguments.push_back(i);
      body_.nodes.push_back({.name = concat("argument_", i), .op = std::string(kArgument)});
    }
  }

  std::optional<FlowGraph> run(std::span<const Endpoint> results) {
    for (const Endpoint& result : results) body_.results.push_back(copy(result));
    while (!work_.empty() && !blocked_) {
      const int node = work_.back();
      work_.pop_back();
      connect(graph_.nodes[static_cast<std::size_t>(node)], copies_[static_cast<std::size_t>(node)]);
    }
    return blocked_ ? std::nullopt : std::optional(std::move(body_));
  }

 private:
  Endpoint copy(const Endpoint& endpoint) {
    if (const auto argument = boundary_.find(endpoint); argument != boundary_.end()) return {argument->second, 0};
    return {copy_node(endpoint.node), endpoint.output};
  }

  int copy_node(int node) {
    int& copied = copies_[static_cast<std::size_t>(node)];
    if (copied >= 0) return copied;
    const FlowNode& source = graph_.nodes[static_cast<std::size_t>(node)];
    blocked_ = blocked_ || is_among(source.op, obstacles_);
    copied = static_cast<int>(body_.nodes.size());
    body_.nodes.push_back({.name = source.name, .op = source.op, .attrs = source.attrs});
    work_.push_back(node);
    return copied;
  }

  /// Controls on nodes that steer say which branch or turn a node belongs to, which the function itself says now.
  bool is_steering(int node) const {
    const FlowNode& source = graph_.nodes[static_cast<std::size_t>(node)];
    if (is_among(source.op, kSteering)) return true;
    return source.op == "Identity" && source.inputs.size() == 1 &&
           is_among(graph_.nodes[static_cast<std::size_t>(source.inputs[0].node)].op, kSteering);
  }

  void connect(const FlowNode& source, int copied) {
    std::vector<Endpoint> inputs;
    std::vector<int> controls;
    for (const Endpoint& input : source.inputs) inputs.push_back(copy(input));
    for (const int control : source.controls)
      if (!is_steering(control)) controls.push_back(copy_node(control));
    FlowNode& node = body_.nodes[static_cast<std::size_t>(copied)];
    node.inputs = std::move(inputs);
    node.controls = std::move(controls);
  }

  const FlowGraph& graph_;
  const Boundary& boundary_;
  std::span<const std::string_view> obstacles_;
  std::vector<int> copies_;
  std::vector<int> work_;
  FlowGraph body_;
  bool blocked_ = false;
};

}  // namespace

std::optional<FlowGraph> extract(const FlowGraph& graph, const Boundary& boundary, int arguments,
                                 std::span<const Endpoint> results, std::span<const std::string_view> obstacles) {
  return Extraction(graph, boundary, arguments, obstacles).run(results);
}

formats::AttrValue function_attr(std::string name) { return formats::FunctionReference{std::move(name), {}}; }

std::vector<std::vector<std::pair<int, int>>> readers(const FlowGraph& graph) {
  std::vector<std::vector<std::pair<int, int>>> list(graph.nodes.size());
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    for (std::size_t i = 0; i < graph.nodes[n].inputs.size(); ++i)
      list[static_cast<std::size_t>(graph.nodes[n].inputs[i].node)].emplace_back(static_cast<int>(n),
                                                                                 static_cast<int>(i));
  return list;
}

void redirect(FlowGraph& graph, const std::map<Endpoint, Endpoint>& changes) {
  std::map<int, int> nodes;
  for (const auto& [from, to] : changes) nodes.emplace(from.node, to.node);
  const auto change = [&](Endpoint& endpoint) {
    const auto bound = changes.size();  // a chain of changes is never longer
    for (std::size_t i = 0; i <= bound; ++i) {
      const auto found = changes.find(endpoint);
      if (found == changes.end()) return;
      endpoint = found->second;
    }
    fail(ErrorKind::value, "'", graph.nodes[static_cast<std::size_t>(endpoint.node)].name, "' hands on its own value");
  };
  for (FlowNode& node : graph.nodes) {
    std::for_each(node.inputs.begin(), node.inputs.end(), change);
    for (int& control : node.controls)
      if (const auto found = nodes.find(control); found != nodes.end()) control = found->second;
  }
  std::for_each(graph.results.begin(), graph.results.end(), change);
  for (int& effect : graph.effects)
    if (const auto found = nodes.find(effect); found != nodes.end()) effect = found->second;
}

}  // namespace litesmith::importers::graphdef
