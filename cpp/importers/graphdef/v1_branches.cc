#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "importers/graphdef/extraction.h"
#include "importers/graphdef/v1_control_flow.h"

namespace litesmith::importers::graphdef {
namespace {

constexpr std::string_view kInner[] = {"Merge", "RefMerge", "Enter", "RefEnter", "Exit", "RefExit"};

bool is_switch(const FlowNode& node) { return node.op == "Switch" || node.op == "RefSwitch"; }
bool is_merge(const FlowNode& node) { return node.op == "Merge" || node.op == "RefMerge"; }

Endpoint behind_identities(const FlowGraph& graph, Endpoint endpoint) {
  for (std::size_t steps = 0; steps <= graph.nodes.size(); ++steps) {
    const FlowNode& node = graph.nodes[static_cast<std::size_t>(endpoint.node)];
    if (node.op != "Identity" || node.inputs.empty()) break;
    endpoint = node.inputs.front();
  }
  return endpoint;
}

/// The value of a condition where the graph fixes it.
std::optional<bool> constant_condition(const FlowGraph& graph, Endpoint endpoint) {
  bool negated = false;
  for (std::size_t steps = 0; steps <= graph.nodes.size(); ++steps) {
    const FlowNode& node = graph.nodes[static_cast<std::size_t>(endpoint.node)];
    if (node.op == "Const") {
      const auto value = node.attrs.find("value");
      const auto* tensor = value == node.attrs.end() ? nullptr : std::get_if<formats::EncodedTensor>(&value->second);
      if (tensor == nullptr) return std::nullopt;
      const formats::DenseTensor dense = formats::decode_tensor(*tensor);
      if (dense.dtype != DType::boolean || dense.data.size() != 1) return std::nullopt;
      return (dense.data.view().front() != std::byte{0}) != negated;
    }
    const bool passes = node.op == "Identity" || node.op == "PlaceholderWithDefault" || node.op == "StopGradient";
    if ((!passes && node.op != "LogicalNot") || node.inputs.empty()) return std::nullopt;
    negated = negated != (node.op == "LogicalNot");
    endpoint = node.inputs.front();
  }
  return std::nullopt;
}

/// Spreads what constant conditions leave dead.
class ConstantBranches {
 public:
  explicit ConstantBranches(FlowGraph& graph) : graph_(graph), dead_(graph.nodes.size(), false) {}

  void run() {
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n)
      if (is_switch(graph_.nodes[n]) && graph_.nodes[n].inputs.size() == 2)
        if (const auto taken = constant_condition(graph_, graph_.nodes[n].inputs[1]))
          decide(static_cast<int>(n), *taken);
    if (changes_.empty()) return;
    for (bool changed = true; changed;) changed = spread();
    for (FlowNode& node : graph_.nodes)
      std::erase_if(node.controls, [&](int c) { return dead_[static_cast<std::size_t>(c)]; });
    redirect(graph_, changes_);
  }

 private:
  void decide(int n, bool taken) {
    const FlowNode& node = graph_.nodes[static_cast<std::size_t>(n)];
    changes_.emplace(Endpoint{n, taken ? 1 : 0}, node.inputs[0]);
    dead_ends_.insert({n, taken ? 0 : 1});
  }

  bool is_dead(const Endpoint& e) const { return dead_[static_cast<std::size_t>(e.node)] || dead_ends_.contains(e); }

  bool spread() {
    bool changed = false;
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const FlowNode& node = graph_.nodes[n];
      if (dead_[n]) continue;
      const auto dead_inputs =
          std::count_if(node.inputs.begin(), node.inputs.end(), [&](const Endpoint& e) { return is_dead(e); });
      const bool is_loop_merge =
          is_merge(node) && std::any_of(node.inputs.begin(), node.inputs.end(), [&](const Endpoint& e) {
            return graph_.nodes[static_cast<std::size_t>(e.node)].op == "NextIteration";
          });
      if (is_merge(node) && !is_loop_merge && dead_inputs + 1 == static_cast<std::ptrdiff_t>(node.inputs.size())) {
        const auto alive =
            std::find_if(node.inputs.begin(), node.inputs.end(), [&](const Endpoint& e) { return !is_dead(e); });
        changed = changes_.emplace(Endpoint{static_cast<int>(n), 0}, *alive).second || changed;
        continue;
      }
      const bool dead_control = std::any_of(node.controls.begin(), node.controls.end(),
                                            [&](int c) { return dead_[static_cast<std::size_t>(c)]; });
      const bool dies = is_merge(node)
                            ? dead_inputs == static_cast<std::ptrdiff_t>(node.inputs.size()) && dead_inputs > 0
                            : dead_inputs > 0 || dead_control;
      if (dies) changed = dead_[n] = true;
    }
    return changed;
  }

  FlowGraph& graph_;
  std::vector<bool> dead_;
  std::set<Endpoint> dead_ends_;
  std::map<Endpoint, Endpoint> changes_;
};

/// One Merge and the branches that lead to it.
struct Meeting {
  int merge = -1;
  Endpoint condition{};
  Endpoint when_true{}, when_false{};
  std::vector<int> switches{};
};

class BranchRaising {
 public:
  BranchRaising(FlowGraph& graph, FunctionLibrary& library) : graph_(graph), library_(library) {}

  void run() {
    forward_living();
    for (;;) {
      std::vector<Meeting> ready;
      int waiting = -1;
      for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
        if (!is_merge(graph_.nodes[n])) continue;
        waiting = static_cast<int>(n);
        if (auto meeting = inspect(static_cast<int>(n))) ready.push_back(std::move(*meeting));
      }
      if (waiting < 0) return;
      if (ready.empty())
        fail(ErrorKind::unsupported, "'", node(waiting).name,
             "' (Merge) joins branches that have another form than TensorFlow's cond");
      raise(together(ready));
    }
  }

 private:
  const FlowNode& node(int n) const { return graph_.nodes[static_cast<std::size_t>(n)]; }

  /// What lies between a value and the Switch nodes before it: sides they come from.
  struct Way {
    std::vector<int> switches;
    bool from_true = false, from_false = false, blocked = false;
  };

  Way way_to(const Endpoint& end) const {
    Way way;
    std::vector<Endpoint> work{end};
    std::set<Endpoint> seen{end};
    while (!work.empty()) {
      const Endpoint at = work.back();
      work.pop_back();
      if (is_switch(node(at.node))) {
        way.switches.push_back(at.node);
        (at.output == 1 ? way.from_true : way.from_false) = true;
        continue;
      }
      if (std::find(std::begin(kInner), std::end(kInner), node(at.node).op) != std::end(kInner)) way.blocked = true;
      for (const Endpoint& input : node(at.node).inputs)
        if (seen.insert(input).second) work.push_back(input);
      for (const int control : node(at.node).controls)
        if (!is_switch(node(control)) && seen.insert({control, 0}).second) work.push_back({control, 0});
    }
    return way;
  }

  /// A Merge that no Switch decides has its first operand: all of them are there.
  void forward_living() {
    std::map<Endpoint, Endpoint> changes;
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      FlowNode& merge = graph_.nodes[n];
      if (!is_merge(merge) || merge.inputs.empty()) continue;
      const bool decided = std::any_of(merge.inputs.begin(), merge.inputs.end(), [&](const Endpoint& input) {
        const Way way = way_to(input);
        return way.blocked || !way.switches.empty();
      });
      if (decided) continue;
      changes.emplace(Endpoint{static_cast<int>(n), 0}, merge.inputs.front());
      merge.op = "NoOp";
      merge.inputs.clear();
    }
    redirect(graph_, changes);
  }

  std::optional<Meeting> inspect(int merge) const {
    if (node(merge).inputs.size() != 2) return std::nullopt;
    const Way first = way_to(node(merge).inputs[0]), second = way_to(node(merge).inputs[1]);
    if (first.blocked || second.blocked || (first.switches.empty() && second.switches.empty())) return std::nullopt;
    const bool first_true = first.from_true || second.from_false;
    if (first_true == (first.from_false || second.from_true)) return std::nullopt;
    Meeting meeting{.merge = merge};
    meeting.when_true = node(merge).inputs[first_true ? 0 : 1];
    meeting.when_false = node(merge).inputs[first_true ? 1 : 0];
    std::set<int> switches(first.switches.begin(), first.switches.end());
    switches.insert(second.switches.begin(), second.switches.end());
    meeting.switches.assign(switches.begin(), switches.end());
    meeting.condition = behind_identities(graph_, operand(node(meeting.switches.front()), 1));
    for (const int one : meeting.switches)
      if (behind_identities(graph_, operand(node(one), 1)) != meeting.condition) return std::nullopt;
    return meeting;
  }

  static std::string_view scope(std::string_view name) { return name.substr(0, name.rfind('/') + 1); }

  /// The results of one tf.cond: the same condition, the same scope of names.
  std::vector<Meeting> together(const std::vector<Meeting>& ready) const {
    std::vector<Meeting> group;
    for (const Meeting& meeting : ready)
      if (meeting.condition == ready.front().condition &&
          scope(node(meeting.merge).name) == scope(node(ready.front().merge).name))
        group.push_back(meeting);
    return group;
  }

  void raise(const std::vector<Meeting>& group) {
    std::map<Endpoint, int> values;  // what goes into the branches
    Boundary when_true, when_false;
    FlowNode choice{.name = std::string(scope(node(group.front().merge).name)) + "If", .op = "If"};
    choice.inputs.push_back(group.front().condition);
    std::vector<Endpoint> true_results, false_results;
    for (const Meeting& meeting : group) {
      true_results.push_back(meeting.when_true);
      false_results.push_back(meeting.when_false);
      for (const int one : meeting.switches) {
        const Endpoint value = operand(node(one), 0);
        const auto [entry, is_new] = values.emplace(value, static_cast<int>(values.size()));
        if (is_new) choice.inputs.push_back(value);
        when_true.emplace(Endpoint{one, 1}, entry->second);
        when_false.emplace(Endpoint{one, 0}, entry->second);
      }
    }
    const int count = static_cast<int>(values.size());
    auto then_branch = extract(graph_, when_true, count, true_results, kInner);
    auto else_branch = extract(graph_, when_false, count, false_results, kInner);
    if (!then_branch || !else_branch)
      fail(ErrorKind::unsupported, "'", node(group.front().merge).name, "' joins branches that cannot be told apart");
    prune_and_order(*then_branch);
    prune_and_order(*else_branch);
    choice.attrs.emplace("then_branch", function_attr(library_.add(choice.name + "/then", std::move(*then_branch))));
    choice.attrs.emplace("else_branch", function_attr(library_.add(choice.name + "/else", std::move(*else_branch))));
    std::map<Endpoint, Endpoint> changes;
    const int number = static_cast<int>(graph_.nodes.size());
    for (std::size_t k = 0; k < group.size(); ++k) {
      changes.emplace(Endpoint{group[k].merge, 0}, Endpoint{number, static_cast<int>(k)});
      FlowNode& merge = graph_.nodes[static_cast<std::size_t>(group[k].merge)];
      merge.op = "NoOp";
      merge.inputs.clear();
    }
    graph_.nodes.push_back(std::move(choice));
    redirect(graph_, changes);
  }

  FlowGraph& graph_;
  FunctionLibrary& library_;
};

}  // namespace

void take_constant_branches(FlowGraph& graph) { ConstantBranches(graph).run(); }

void raise_branches(FlowGraph& graph, FunctionLibrary& library) { BranchRaising(graph, library).run(); }

}  // namespace litesmith::importers::graphdef
