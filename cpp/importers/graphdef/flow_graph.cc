#include "importers/graphdef/flow_graph.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_map>

#include "base/error.h"
#include "base/nearest_names.h"
#include "importers/graphdef/output_names.h"

namespace litesmith::importers::graphdef {
namespace {

using formats::AttrMap;
using formats::FunctionRecord;
using formats::GraphRecord;
using formats::NodeRecord;

using NodeIndex = std::unordered_map<std::string_view, int>;

NodeIndex index_of(const std::vector<NodeRecord>& nodes) {
  NodeIndex index;
  index.reserve(nodes.size());
  for (const NodeRecord& node : nodes)
    if (!index.emplace(node.name, static_cast<int>(index.size())).second)
      fail(ErrorKind::value, "two nodes have the name '", node.name, "', the second a ", node.op,
           "; names are unique in TensorFlow, so rename one of them where the graph was put together");
  return index;
}

std::string similar(std::string_view name, const std::vector<NodeRecord>& nodes) {
  std::vector<std::string> names;
  for (const NodeRecord& node : nodes) names.push_back(node.name);
  return did_you_mean(name, names);
}

FlowNode flow_node(const NodeRecord& record) { return {.name = record.name, .op = record.op, .attrs = record.attrs}; }

int add_argument(FlowGraph& graph, const std::string& name, AttrMap attrs) {
  graph.nodes.push_back({.name = name, .op = std::string(kArgument), .attrs = std::move(attrs)});
  graph.arguments.push_back(static_cast<int>(graph.nodes.size()) - 1);
  return graph.arguments.back();
}

/// Copies the needed part of a GraphDef, depth first from the results, without recursion.
class MainGraph {
 public:
  MainGraph(const GraphRecord& source)
      : source_(source), index_(index_of(source.nodes)), copied_(source.nodes.size(), -1) {}

  FlowGraph build(std::span<const ArrayName> arguments, std::span<const ArrayName> results) {
    for (const ArrayName& argument : arguments) feed(argument);
    for (const ArrayName& result : results) graph_.results.push_back(endpoint(result, "the output array"));
    while (!work_.empty()) {
      const int record = work_.back();
      work_.pop_back();
      connect(source_.nodes[static_cast<std::size_t>(record)], copied_[static_cast<std::size_t>(record)]);
    }
    restore_order();
    return std::move(graph_);
  }

 private:
  const NodeRecord& record_of(std::string_view name, std::string_view who) const {
    const auto found = index_.find(name);
    if (found == index_.end())
      fail(ErrorKind::value, who, " '", name, "' is not in the graph, which has ", source_.nodes.size(), " nodes",
           similar(name, source_.nodes), "; `litesmith graph list FILE` shows them");
    return source_.nodes[static_cast<std::size_t>(found->second)];
  }

  void feed(const ArrayName& argument) {
    const NodeRecord& record = record_of(argument.node, "the input array");
    AttrMap attrs = record.attrs;
    if (argument.output > 0) attrs.erase("shape");
    if (!fed_.emplace(argument, add_argument(graph_, record.name, std::move(attrs))).second)
      fail(ErrorKind::value, "the input array '", argument.node, "' is given twice");
  }

  Endpoint endpoint(const ArrayName& array, std::string_view who) {
    if (const auto found = fed_.find(array); found != fed_.end()) return {found->second, 0};
    record_of(array.node, who);
    return {copy(index_.at(array.node)), array.output};
  }

  int copy(int record) {
    int& copied = copied_[static_cast<std::size_t>(record)];
    if (copied < 0) {
      copied = static_cast<int>(graph_.nodes.size());
      graph_.nodes.push_back(flow_node(source_.nodes[static_cast<std::size_t>(record)]));
      work_.push_back(record);
    }
    return copied;
  }

  void connect(const NodeRecord& record, int copied) {
    std::vector<Endpoint> inputs;
    std::vector<int> controls;
    for (const std::string& text : record.inputs) {
      const bool is_control = text.starts_with('^');
      const ArrayName array = parse_array_name(is_control ? text.substr(1) : text);
      const std::string who = "'" + record.name + "' (" + record.op + ") reads a node that is missing:";
      if (!is_control)
        inputs.push_back(endpoint(array, who));
      else if (!fed_.contains({array.node, 0}))
        controls.push_back(endpoint({array.node, 0}, who).node);
    }
    FlowNode& node = graph_.nodes[static_cast<std::size_t>(copied)];
    node.inputs = std::move(inputs);
    node.controls = std::move(controls);
  }

  /// Nodes as they stand in the file, arguments first: the same graph gives the same model however it is walked.
  void restore_order() {
    std::vector<int> place(graph_.nodes.size(), -1);
    std::vector<FlowNode> ordered;
    const auto move = [&](int node) {
      place[static_cast<std::size_t>(node)] = static_cast<int>(ordered.size());
      ordered.push_back(std::move(graph_.nodes[static_cast<std::size_t>(node)]));
    };
    for (const int argument : graph_.arguments) move(argument);
    for (const int copied : copied_)
      if (copied >= 0) move(copied);
    for (FlowNode& node : ordered) {
      for (Endpoint& input : node.inputs) input.node = place[static_cast<std::size_t>(input.node)];
      for (int& control : node.controls) control = place[static_cast<std::size_t>(control)];
    }
    for (Endpoint& result : graph_.results) result.node = place[static_cast<std::size_t>(result.node)];
    for (int& argument : graph_.arguments) argument = place[static_cast<std::size_t>(argument)];
    graph_.nodes = std::move(ordered);
  }

  const GraphRecord& source_;
  const NodeIndex index_;
  FlowGraph graph_;
  std::map<ArrayName, int> fed_;
  std::vector<int> copied_;  // by record, -1 = not needed so far
  std::vector<int> work_;
};

/// Replaces placeholders by the caller's attributes.
void bind_attributes(AttrMap& attrs, const AttrMap& caller) {
  for (auto& [name, value] : attrs) {
    if (const auto* placeholder = std::get_if<formats::Placeholder>(&value)) {
      const auto found = caller.find(placeholder->name);
      if (found != caller.end()) value = formats::AttrValue(found->second);
    } else if (auto* function = std::get_if<formats::FunctionReference>(&value)) {
      for (auto& [inner, inner_value] : function->attrs)
        if (const auto* bound = std::get_if<formats::Placeholder>(&inner_value); bound && caller.contains(bound->name))
          inner_value = formats::AttrValue(caller.find(bound->name)->second);
    }
  }
}

class FunctionGraph {
 public:
  FunctionGraph(const GraphRecord& library, const FunctionRecord& function) : library_(library), function_(function) {}

  FlowGraph build(const AttrMap& caller_attrs) {
    graph_.name = function_.name;
    for (const formats::ArgumentRecord& argument : function_.inputs) {
      AttrMap attrs{{"T", argument.type}};
      if (!argument.type_attr.empty() && caller_attrs.contains(argument.type_attr))
        attrs.insert_or_assign("T", caller_attrs.find(argument.type_attr)->second);
      add_argument(graph_, argument.name, std::move(attrs));
    }
    const NodeIndex index = index_of(function_.nodes);
    for (const NodeRecord& record : function_.nodes) {
      graph_.nodes.push_back(flow_node(record));
      bind_attributes(graph_.nodes.back().attrs, caller_attrs);
    }
    for (const NodeRecord& record : function_.nodes) connect(record, index);
    for (const formats::ArgumentRecord& result : function_.outputs) {
      const auto found = function_.returns.find(result.name);
      if (found == function_.returns.end())
        fail(ErrorKind::value, "function '", function_.name, "' does not say what its result '", result.name, "' is");
      graph_.results.push_back(endpoint(found->second, index));
    }
    for (const std::string& name : function_.control_returns) graph_.effects.push_back(node_of(name, index));
    return std::move(graph_);
  }

 private:
  void connect(const NodeRecord& record, const NodeIndex& index) {
    std::vector<Endpoint> inputs;
    std::vector<int> controls;
    for (const std::string& text : record.inputs) {
      if (!text.starts_with('^'))
        inputs.push_back(endpoint(text, index));
      else if (!is_argument(text.substr(1)))
        controls.push_back(node_of(text.substr(1), index));
    }
    FlowNode& node = graph_.nodes[static_cast<std::size_t>(node_of(record.name, index))];
    node.inputs = std::move(inputs);
    node.controls = std::move(controls);
  }

  bool is_argument(std::string_view name) const { return argument_number(name) >= 0; }
  int argument_number(std::string_view name) const {
    const auto found = std::find_if(function_.inputs.begin(), function_.inputs.end(),
                                    [&](const formats::ArgumentRecord& argument) { return argument.name == name; });
    return found == function_.inputs.end() ? -1 : static_cast<int>(found - function_.inputs.begin());
  }

  int node_of(std::string_view name, const NodeIndex& index) const {
    const auto found = index.find(name);
    if (found == index.end())
      fail(ErrorKind::value, "function '", function_.name, "' refers to a node '", name, "' that it does not have");
    return static_cast<int>(function_.inputs.size()) + found->second;
  }

  /// "argument", "node:result:index", rarely "node:index" or "node".
  Endpoint endpoint(std::string_view text, const NodeIndex& index) const {
    const std::size_t first = text.find(':');
    const std::string_view name = text.substr(0, first);
    if (const int argument = argument_number(name); argument >= 0) return {argument, 0};
    const int node = node_of(name, index);
    if (first == std::string_view::npos) return {node, 0};
    const std::size_t last = text.rfind(':');
    const ArrayName number = parse_array_name(concat("n:", text.substr(last + 1)));
    if (last == first) return {node, number.output};
    const NodeRecord& record = function_.nodes[static_cast<std::size_t>(index.at(name))];
    return {node, output_number(library_, record, text.substr(first + 1, last - first - 1), number.output)};
  }

  const GraphRecord& library_;
  const FunctionRecord& function_;
  FlowGraph graph_;
};

}  // namespace

const Endpoint& operand(const FlowNode& node, std::size_t i) {
  if (i >= node.inputs.size())
    fail(ErrorKind::value, "'", node.name, "' (", node.op, ") needs an operand ", i, " but has ", node.inputs.size());
  return node.inputs[i];
}

ArrayName parse_array_name(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  ArrayName parsed{std::string(name.substr(0, colon)), 0};
  if (colon != std::string_view::npos) {
    const std::string_view digits = name.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed.output);
    if (error != std::errc() || end != digits.data() + digits.size() || parsed.output < 0)
      fail(ErrorKind::value, "the array name '", name, "' is not of the form 'node' or 'node:0'");
  }
  if (parsed.node.empty()) fail(ErrorKind::value, "the array name '", name, "' names no node");
  return parsed;
}

FlowGraph main_graph(const GraphRecord& graph, std::span<const ArrayName> arguments,
                     std::span<const ArrayName> results) {
  return MainGraph(graph).build(arguments, results);
}

FlowGraph function_body(const GraphRecord& graph, const FunctionRecord& function, const AttrMap& caller_attrs) {
  return FunctionGraph(graph, function).build(caller_attrs);
}

}  // namespace litesmith::importers::graphdef
