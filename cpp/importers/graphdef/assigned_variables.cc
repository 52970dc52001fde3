#include "importers/graphdef/assigned_variables.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"

namespace litesmith::importers::graphdef {
namespace {

constexpr int kDeepestFunctions = 64;

/// Operators that change the variable of operand 0.
bool assigns(std::string_view op) {
  constexpr std::string_view kNames[] = {"Assign",
                                         "AssignAdd",
                                         "AssignAddVariableOp",
                                         "AssignSub",
                                         "AssignSubVariableOp",
                                         "AssignVariableOp",
                                         "ResourceStridedSliceAssign",
                                         "ScatterAdd",
                                         "ScatterDiv",
                                         "ScatterMax",
                                         "ScatterMin",
                                         "ScatterMul",
                                         "ScatterNdAdd",
                                         "ScatterNdSub",
                                         "ScatterNdUpdate",
                                         "ScatterSub",
                                         "ScatterUpdate"};
  return std::find(std::begin(kNames), std::end(kNames), op) != std::end(kNames) || op.starts_with("ResourceScatter") ||
         op.starts_with("ResourceApply") || op.starts_with("Apply");
}

/// Operators whose result 0 is the handle of operand 0.
bool passes_on(std::string_view op) {
  constexpr std::string_view kNames[] = {"Assign", "Enter",    "Identity",  "Merge", "NextIteration",
                                         "Switch", "RefEnter", "RefSwitch", "Exit"};
  return std::find(std::begin(kNames), std::end(kNames), op) != std::end(kNames);
}

bool makes_handle(std::string_view op) {
  return op == "VarHandleOp" || op == "VariableV2" || op == "Variable" || op == "Placeholder" || op == kArgument;
}

/// A graph to look at: the handles that its arguments are, empty for other values.
struct Visit {
  const FlowGraph* graph;
  std::vector<std::string> arguments;
  int depth;
};

class Search {
 public:
  explicit Search(FunctionLibrary& library) : library_(library) {}

  std::set<std::string, std::less<>> run(const FlowGraph& graph) {
    work_.push_back({&graph, std::vector<std::string>(graph.arguments.size()), 1});
    while (!work_.empty()) {
      const Visit visit = std::move(work_.back());
      work_.pop_back();
      look_at(visit);
    }
    return std::move(found_);
  }

 private:
  void look_at(const Visit& visit) {
    const FlowGraph& graph = *visit.graph;
    std::vector<std::string> handles(graph.nodes.size());
    for (std::size_t i = 0; i < graph.arguments.size(); ++i)
      handles[static_cast<std::size_t>(graph.arguments[i])] = visit.arguments[i];
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      const FlowNode& node = graph.nodes[n];
      const auto handle = [&](std::size_t i) {
        return i < node.inputs.size() ? handles[static_cast<std::size_t>(node.inputs[i].node)] : std::string();
      };
      if (makes_handle(node.op) && handles[n].empty()) handles[n] = node.name;
      if (passes_on(node.op)) handles[n] = handle(0);
      if (assigns(node.op) && !handle(0).empty()) found_.insert(handle(0));
      for (const auto& [name, value] : node.attrs)
        if (const auto* function = std::get_if<formats::FunctionReference>(&value))
          enter(visit, node, *function, handle);
    }
  }

  template <class Handle>
  void enter(const Visit& visit, const FlowNode& node, const formats::FunctionReference& function, Handle handle) {
    if (visit.depth >= kDeepestFunctions || !library_.has(function.name)) return;
    const FlowGraph& body = library_.body(function);
    // Branches take the operands past the predicate.
    const std::size_t first = node.inputs.size() == body.arguments.size() + 1 ? 1 : 0;
    std::vector<std::string> arguments;
    for (std::size_t i = 0; i < body.arguments.size(); ++i) arguments.push_back(handle(first + i));
    work_.push_back({&body, std::move(arguments), visit.depth + 1});
  }

  FunctionLibrary& library_;
  std::vector<Visit> work_;
  std::set<std::string, std::less<>> found_;
};

}  // namespace

std::set<std::string, std::less<>> assigned_variables(const FlowGraph& graph, FunctionLibrary& library) {
  return Search(library).run(graph);
}

}  // namespace litesmith::importers::graphdef
