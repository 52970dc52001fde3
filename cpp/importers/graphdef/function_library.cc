#include "importers/graphdef/function_library.h"

#include <utility>

#include "base/error.h"
#include "base/nearest_names.h"
#include "importers/graphdef/v1_control_flow.h"

namespace litesmith::importers::graphdef {

const FlowGraph& FunctionLibrary::body(const formats::FunctionReference& function) {
  if (const auto made = made_.find(function.name); made != made_.end()) return made->second;
  for (const std::size_t i : by_name_[function.name])
    if (prepared_[i].first == function) return prepared_[i].second;
  const auto record = graph_.functions.find(function.name);
  if (record == graph_.functions.end()) {
    std::vector<std::string> names;
    for (const auto& [name, unused] : graph_.functions) names.push_back(name);
    fail(ErrorKind::value, "the function '", function.name, "' is not in the graph's library of ", names.size(),
         did_you_mean(function.name, names));
  }
  FlowGraph graph = function_body(graph_, record->second, function.attrs);
  prepare(graph);
  by_name_[function.name].push_back(prepared_.size());
  return prepared_.emplace_back(function, std::move(graph)).second;
}

void FunctionLibrary::prepare(FlowGraph& graph) {
  inline_calls(graph, graph_);
  take_constant_branches(graph);
  raise_loops(graph, *this);
  raise_branches(graph, *this);
  prune_and_order(graph);
}

std::string FunctionLibrary::add(const std::string& wish, FlowGraph body) {
  std::string name = wish;
  for (int suffix = 1; has(name); ++suffix) name = concat(wish, "_", suffix);
  body.name = name;
  made_.emplace(name, std::move(body));
  return name;
}

}  // namespace litesmith::importers::graphdef
