#include <algorithm>
#include <string>

#include "base/error.h"
#include "importers/graphdef/flow_graph.h"

namespace litesmith::importers::graphdef {
namespace {

/// Depth-first numbering from what is wanted; nodes are visited in the order in which they stand.
class Ordering {
 public:
  explicit Ordering(const FlowGraph& graph) : graph_(graph), state_(graph.nodes.size(), State::unseen) {}

  std::vector<int> run() {
    std::vector<bool> wanted(graph_.nodes.size(), false);
    for (const Endpoint& result : graph_.results) wanted[static_cast<std::size_t>(result.node)] = true;
    for (const int effect : graph_.effects) wanted[static_cast<std::size_t>(effect)] = true;
    for (const int argument : graph_.arguments) visit(argument);
    for (std::size_t n = 0; n < wanted.size(); ++n)
      if (wanted[n]) visit(static_cast<int>(n));
    return std::move(order_);
  }

 private:
  enum class State : std::uint8_t { unseen, open, done };
  struct Frame {
    int node;
    std::size_t next = 0;
  };

  State& state(int node) { return state_[static_cast<std::size_t>(node)]; }

  /// Input or control number `i` of a node, -1 past the last.
  int before(const FlowNode& node, std::size_t i) const {
    if (i < node.inputs.size()) return node.inputs[i].node;
    i -= node.inputs.size();
    return i < node.controls.size() ? node.controls[i] : -1;
  }

  void visit(int root) {
    if (state(root) != State::unseen) return;
    stack_.push_back({root});
    state(root) = State::open;
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      const int next = before(graph_.nodes[static_cast<std::size_t>(frame.node)], frame.next);
      if (next < 0) {
        state(frame.node) = State::done;
        order_.push_back(frame.node);
        stack_.pop_back();
        continue;
      }
      ++frame.next;
      if (state(next) == State::open) fail_cycle(next);
      if (state(next) == State::unseen) {
        state(next) = State::open;
        stack_.push_back({next});
      }
    }
  }

  [[noreturn]] void fail_cycle(int node) const {
    std::string path;
    constexpr int kMostShown = 8;
    int shown = 0;
    auto frame = std::find_if(stack_.begin(), stack_.end(), [&](const Frame& f) { return f.node == node; });
    for (; frame != stack_.end() && shown < kMostShown; ++frame, ++shown)
      path += "'" + graph_.nodes[static_cast<std::size_t>(frame->node)].name + "' <- ";
    fail(ErrorKind::value, "the graph '", graph_.name, "' computes a node from itself: ", path, "'",
         graph_.nodes[static_cast<std::size_t>(node)].name, "'");
  }

  const FlowGraph& graph_;
  std::vector<State> state_;
  std::vector<Frame> stack_;
  std::vector<int> order_;
};

}  // namespace

void prune_and_order(FlowGraph& graph) {
  const std::vector<int> order = Ordering(graph).run();
  std::vector<int> place(graph.nodes.size(), -1);
  std::vector<FlowNode> nodes;
  nodes.reserve(order.size());
  for (const int node : order) {
    place[static_cast<std::size_t>(node)] = static_cast<int>(nodes.size());
    nodes.push_back(std::move(graph.nodes[static_cast<std::size_t>(node)]));
  }
  const auto renumber = [&](int& node) { node = place[static_cast<std::size_t>(node)]; };
  for (FlowNode& node : nodes) {
    for (Endpoint& input : node.inputs) renumber(input.node);
    for (int& control : node.controls) renumber(control);
  }
  for (Endpoint& result : graph.results) renumber(result.node);
  for (int& argument : graph.arguments) renumber(argument);
  for (int& effect : graph.effects) renumber(effect);
  graph.nodes = std::move(nodes);
}

}  // namespace litesmith::importers::graphdef
