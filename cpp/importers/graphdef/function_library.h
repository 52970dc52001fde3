#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "importers/graphdef/flow_graph.h"

namespace litesmith::importers::graphdef {

/// The functions of a graph as bodies that are ready to be imported. The record must outlive the library.
class FunctionLibrary {
 public:
  explicit FunctionLibrary(const formats::GraphRecord& graph) : graph_(graph) {}

  bool has(std::string_view name) const { return made_.contains(name) || graph_.functions.contains(name); }
  /// The body of a function: calls inlined, loops and branches of TF1 raised to While and If, pruned and ordered. The
  /// reference stays valid as long as the library. Throws Error(value) where functions call each other in a cycle, or
  /// the function does not exist.
  const FlowGraph& body(const formats::FunctionReference& function);
  /// Brings the main graph of an interface into the same state.
  void prepare(FlowGraph& graph);
  /// Adds a body that the importer made, prepared already; returns the name it got.
  std::string add(const std::string& wish, FlowGraph body);

 private:
  const formats::GraphRecord& graph_;
  std::map<std::string, FlowGraph, std::less<>> made_;
  std::deque<std::pair<formats::FunctionReference, FlowGraph>> prepared_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_name_;
};

/// Replaces every call of a function by the function's body (PartitionedCall, StatefulPartitionedCall, operators that
/// are names of functions). Throws Error(value) where functions call each other in a cycle, Error(limit) where the
/// graph grows beyond a million nodes.
void inline_calls(FlowGraph& graph, const formats::GraphRecord& library);

}  // namespace litesmith::importers::graphdef
