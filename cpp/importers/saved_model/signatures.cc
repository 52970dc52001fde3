#include "importers/saved_model/signatures.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/error.h"
#include "formats/protobuf/object_graph.h"
#include "importers/saved_model/graph_nodes.h"

namespace litesmith::importers::saved_model {
namespace {

using formats::FunctionRecord;
using formats::GraphRecord;
using formats::MetaGraphRecord;
using formats::NodeRecord;

constexpr const char* kInitKey = "__saved_model_init_op";
constexpr const char* kTrainKey = "__saved_model_train_op";
constexpr const char* kDefaultKey = "serving_default";
constexpr std::size_t kLast = std::numeric_limits<std::size_t>::max();

const NodeRecord* node_named(const std::vector<NodeRecord>& nodes, std::string_view name) {
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const NodeRecord& node) { return node.name == name; });
  return found == nodes.end() ? nullptr : &*found;
}

/// "output_2" before "output_10".
std::pair<std::string_view, std::size_t> natural(std::string_view name) {
  const std::size_t end = name.find_last_not_of("0123456789");
  const std::size_t digits = end == std::string_view::npos ? 0 : end + 1;
  std::size_t number = 0;
  std::from_chars(name.data() + digits, name.data() + name.size(), number);
  return {name.substr(0, digits), digits == name.size() ? 0 : number + 1};
}

/// Where the arrays of a signature stand in the call that its function wraps: the user's order.
class WrappedOrder {
 public:
  WrappedOrder(const GraphRecord& graph, const formats::SignatureRecord& signature) {
    if (signature.outputs.empty()) return;
    outer_ = node_named(graph.nodes, node_of(signature.outputs.begin()->second.name));
    wrapper_ = outer_ == nullptr ? nullptr : called_function(graph, *outer_);
    if (wrapper_ == nullptr) return;
    for (const NodeRecord& node : wrapper_->nodes)
      if (is_call(node) && inner_ == nullptr) inner_ = &node;
  }

  std::size_t input(std::string_view array) const {
    if (inner_ == nullptr) return kLast;
    for (std::size_t i = 0; i < outer_->inputs.size() && i < wrapper_->inputs.size(); ++i) {
      if (node_of(outer_->inputs[i]) != node_of(array)) continue;
      const auto used = std::find_if(inner_->inputs.begin(), inner_->inputs.end(),
                                     [&](const std::string& own) { return node_of(own) == wrapper_->inputs[i].name; });
      return used == inner_->inputs.end() ? kLast : static_cast<std::size_t>(used - inner_->inputs.begin());
    }
    return kLast;
  }

  std::size_t output(std::string_view array) const {
    const std::size_t number = result_of(array);
    if (inner_ == nullptr || node_of(array) != outer_->name || number >= wrapper_->outputs.size()) return kLast;
    const auto returned = wrapper_->returns.find(wrapper_->outputs[number].name);
    if (returned == wrapper_->returns.end()) return kLast;
    const NodeRecord* node = node_named(wrapper_->nodes, node_of(returned->second));
    if (node == nullptr || node->op != "Identity" || node->inputs.empty()) return kLast;
    return node_of(node->inputs[0]) == inner_->name ? result_of(node->inputs[0]) : kLast;
  }

 private:
  const NodeRecord* outer_ = nullptr;
  const FunctionRecord* wrapper_ = nullptr;
  const NodeRecord* inner_ = nullptr;
};

template <class Place>
std::vector<SignaturePort> ports(const std::map<std::string, formats::TensorInfoRecord>& infos, std::string_view key,
                                 const Place& place) {
  std::vector<SignaturePort> list;
  for (const auto& [name, info] : infos) {
    if (info.name.empty())
      fail(ErrorKind::unsupported, "'", name, "' of the signature '", key,
           "' is put together of several tensors (sparse or composite); save a signature of dense tensors");
    list.push_back(
        {name, info.name.find(':') == std::string::npos ? info.name + ":0" : info.name, info.type, info.shape});
  }
  std::stable_sort(list.begin(), list.end(), [&](const SignaturePort& a, const SignaturePort& b) {
    return std::pair(place(a.array), natural(a.name)) < std::pair(place(b.array), natural(b.name));
  });
  return list;
}

Signature read(const std::string& key, const formats::SignatureRecord& record, const GraphRecord& graph) {
  const WrappedOrder order(graph, record);
  return {key, record.method, ports(record.inputs, key, [&](std::string_view array) { return order.input(array); }),
          ports(record.outputs, key, [&](std::string_view array) { return order.output(array); })};
}

/// What Keras 3 exports has its endpoint as `serve` and again as `serving_default`.
bool is_keras_export(const MetaGraphRecord& meta) {
  if (meta.object_graph.empty()) return false;
  const formats::SavedObjectGraph objects = formats::read_saved_object_graph(meta.object_graph, "the object graph");
  if (objects.objects.empty()) return false;
  bool serve = false;
  for (const formats::ObjectChild& child : objects.objects[0].children) {
    if (child.name == "_default_save_signature") return false;
    serve |= child.name == "serve";
  }
  return serve;
}

}  // namespace

std::vector<Signature> chosen_signatures(const MetaGraphRecord& meta, const GraphRecord& graph,
                                         const std::vector<std::string>& keys) {
  std::vector<std::string> valid;
  for (const auto& [key, signature] : meta.signatures)
    if (key != kInitKey && key != kTrainKey) valid.push_back(key);
  std::string listed;
  for (const std::string& key : valid) listed += (listed.empty() ? "" : ",") + key;
  for (const std::string& key : keys)
    if (std::find(valid.begin(), valid.end(), key) == valid.end())
      fail(ErrorKind::value, "Invalid signature key '", key, "' found. Valid keys are '", listed, "'.");
  if (valid.empty())
    fail(ErrorKind::value,
         "Only support at least one signature key. The SavedModel has none; save it with "
         "tf.saved_model.save(module, folder, signatures=...)");
  std::vector<std::string> chosen = keys.empty() ? valid : keys;
  if (keys.empty() && valid.size() > 1 && meta.signatures.contains(kDefaultKey) && is_keras_export(meta))
    chosen = {kDefaultKey};
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  std::vector<Signature> signatures;
  for (const std::string& key : chosen) signatures.push_back(read(key, meta.signatures.at(key), graph));
  return signatures;
}

std::vector<std::string> initializers(const MetaGraphRecord& meta, const GraphRecord& graph) {
  std::vector<std::string> named;
  if (const auto signature = meta.signatures.find(kInitKey); signature != meta.signatures.end())
    for (const auto& [key, output] : signature->second.outputs) named.emplace_back(node_of(output.name));
  for (const char* collection : {"saved_model_main_op", "legacy_init_op"})
    if (const auto found = meta.collections.find(collection); found != meta.collections.end())
      for (const std::string& name : found->second.names) named.emplace_back(node_of(name));
  std::vector<std::string> chosen;
  for (const std::string& name : named) {
    const NodeRecord* node = node_named(graph.nodes, name);
    if (node == nullptr || (node->op == "NoOp" && node->inputs.empty())) continue;
    if (std::find(chosen.begin(), chosen.end(), name) == chosen.end()) chosen.push_back(name);
  }
  return chosen;
}

}  // namespace litesmith::importers::saved_model
