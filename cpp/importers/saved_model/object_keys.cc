#include "importers/saved_model/object_keys.h"

#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "importers/saved_model/graph_nodes.h"

namespace litesmith::importers::saved_model {
namespace {

using formats::ObjectChild;
using formats::SavedObjectGraph;
using formats::TrackableObject;

constexpr const char* kValue = "VARIABLE_VALUE";

std::string key_of(const TrackableObject& object) {
  for (const auto& attribute : object.attributes)
    if (attribute.name == kValue) return attribute.checkpoint_key;
  return {};
}

/// Keys by object of the SavedModel, "" where the checkpoint has nothing: both graphs are walked in parallel.
std::vector<std::string> keys_by_object(const SavedObjectGraph& objects, const std::vector<TrackableObject>& stored) {
  std::vector<std::string> keys(objects.objects.size());
  if (keys.empty() || stored.empty()) return keys;
  const std::size_t most = 8 * (keys.size() + stored.size());
  std::set<std::pair<int, int>> seen{{0, 0}};
  std::vector<std::pair<int, int>> waiting{{0, 0}};
  while (!waiting.empty()) {
    const auto [own, other] = waiting.back();
    waiting.pop_back();
    std::string& key = keys[static_cast<std::size_t>(own)];
    const TrackableObject& counterpart = stored[static_cast<std::size_t>(other)];
    if (key.empty()) key = key_of(counterpart);
    std::unordered_map<std::string_view, int> children;
    for (const ObjectChild& child : counterpart.children) children.emplace(child.name, child.node);
    for (const ObjectChild& child : objects.objects[static_cast<std::size_t>(own)].children) {
      const auto match = children.find(child.name);
      if (match == children.end() || seen.size() > most) continue;
      if (seen.emplace(child.node, match->second).second) waiting.emplace_back(child.node, match->second);
    }
  }
  return keys;
}

/// The object behind a handle, by the handle's node.
std::map<std::string, int, std::less<>> captured_objects(const formats::GraphRecord& graph,
                                                         const SavedObjectGraph& objects) {
  std::map<std::string, int, std::less<>> captured;
  for (const formats::NodeRecord& node : graph.nodes) {
    const auto* function = is_call(node) ? attr<formats::FunctionReference>(node, "f") : nullptr;
    const auto found = function == nullptr ? objects.captures.end() : objects.captures.find(function->name);
    if (found == objects.captures.end()) continue;
    std::vector<std::string_view> inputs;
    for (const std::string& input : node.inputs)
      if (!input.starts_with('^')) inputs.push_back(node_of(input));
    const std::vector<int>& bound = found->second;
    if (bound.size() > inputs.size()) continue;
    const std::size_t first = inputs.size() - bound.size();
    for (std::size_t i = 0; i < bound.size(); ++i) captured.emplace(inputs[first + i], bound[i]);
  }
  return captured;
}

/// Variables whose name no other has.
std::map<std::string, int, std::less<>> uniquely_named(const SavedObjectGraph& objects) {
  std::map<std::string, int, std::less<>> named;
  for (std::size_t i = 0; i < objects.objects.size(); ++i) {
    if (!objects.objects[i].is_variable) continue;
    const auto [entry, is_new] = named.emplace(objects.objects[i].name, static_cast<int>(i));
    if (!is_new) entry->second = -1;
  }
  std::erase_if(named, [](const auto& entry) { return entry.second < 0 || entry.first.empty(); });
  return named;
}

}  // namespace

StoredValues object_values(const formats::GraphRecord& graph, const SavedObjectGraph& objects,
                           const std::vector<TrackableObject>& stored) {
  const std::vector<std::string> keys = keys_by_object(objects, stored);
  const auto captured = captured_objects(graph, objects);
  const auto named = uniquely_named(objects);
  StoredValues values;
  for (const formats::NodeRecord& node : graph.nodes) {
    if (!is_variable_node(node)) continue;
    auto object = captured.find(node.name);
    if (object == captured.end()) {
      const auto* name = attr<std::string>(node, "shared_name");
      object = named.find(name == nullptr || name->empty() ? node.name : *name);
      if (object == named.end()) continue;
    }
    const std::string& key = keys[static_cast<std::size_t>(object->second)];
    if (!key.empty()) values.emplace(node.name, StoredValue{key, {}});
  }
  return values;
}

}  // namespace litesmith::importers::saved_model
