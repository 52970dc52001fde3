#include "importers/saved_model/restored_values.h"

#include <set>
#include <unordered_map>
#include <vector>

#include "base/string_buffer.h"
#include "importers/saved_model/graph_nodes.h"

namespace litesmith::importers::saved_model {
namespace {

using formats::FunctionRecord;
using formats::NodeRecord;

constexpr int kDeepestCall = 32;
constexpr int kMostCalls = 100'000;
/// Nodes that hand a value on between a restored tensor and the variable.
constexpr int kLongestChain = 64;

struct Value {
  enum class Kind { unknown, variable, restored };
  Kind kind = Kind::unknown;
  /// The node of a variable.
  std::string variable;
  StoredValue stored;
};

/// The graph, or the body of a function with what its arguments are.
struct Scope {
  NodesByName nodes;
  std::map<std::string, Value, std::less<>> arguments;
};

class RestoreReader {
 public:
  explicit RestoreReader(const formats::GraphRecord& graph) : graph_(graph) {}

  StoredValues read(std::string_view restore_op) {
    const Scope scope{by_name(graph_.nodes), {}};
    std::set<std::string_view> seen;
    std::vector<std::string_view> waiting{node_of(restore_op)};
    while (!waiting.empty()) {
      const auto found = scope.nodes.find(waiting.back());
      waiting.pop_back();
      if (found == scope.nodes.end() || !seen.insert(found->first).second) continue;
      run(scope, *found->second, 0);
      for (const std::string& input : found->second->inputs) waiting.push_back(node_of(input));
    }
    return std::move(values_);
  }

 private:
  void run(const Scope& scope, const NodeRecord& node, int depth) {
    if (is_call(node)) return call(scope, node, depth);
    if ((node.op != "AssignVariableOp" && node.op != "Assign") || node.inputs.size() < 2) return;
    const Value variable = resolve(scope, node.inputs[0]);
    const Value value = resolve(scope, node.inputs[1]);
    if (variable.kind == Value::Kind::variable && value.kind == Value::Kind::restored)
      values_.try_emplace(variable.variable, value.stored);
  }

  void call(const Scope& scope, const NodeRecord& node, int depth) {
    const FunctionRecord* function = called_function(graph_, node);
    if (function == nullptr || depth == kDeepestCall || ++calls_ > kMostCalls) return;
    Scope inner{by_name(function->nodes), {}};
    const auto& names = function->inputs;
    for (std::size_t i = 0; i < names.size() && i < node.inputs.size(); ++i)
      inner.arguments[names[i].name] = resolve(scope, node.inputs[i]);
    for (const NodeRecord& own : function->nodes) run(inner, own, depth + 1);
  }

  Value resolve(const Scope& scope, std::string_view input) {
    for (int i = 0; i < kLongestChain; ++i) {
      if (const auto argument = scope.arguments.find(node_of(input)); argument != scope.arguments.end())
        return argument->second;
      const auto found = scope.nodes.find(node_of(input));
      if (found == scope.nodes.end()) return {};
      const NodeRecord& node = *found->second;
      if (is_variable_node(node)) return {Value::Kind::variable, node.name, {}};
      if (node.op == "RestoreV2" || node.op == "Restore" || node.op == "RestoreSlice")
        return restored(scope, node, result_of(input));
      if (node.op != "Identity" || node.inputs.empty()) return {};
      input = node.inputs[0];
    }
    return {};
  }

  Value restored(const Scope& scope, const NodeRecord& node, std::size_t number) {
    if (node.inputs.size() < 2) return {};
    const std::vector<std::string>& names = strings(scope, node.inputs[1]);
    if (number >= names.size()) return {};
    Value value{Value::Kind::restored, {}, {names[number], {}}};
    if (node.op == "Restore" || node.inputs.size() < 3) return value;
    const std::vector<std::string>& slices = strings(scope, node.inputs[2]);
    if (number < slices.size()) value.stored.shape_and_slice = slices[number];
    return value;
  }

  /// The strings of a constant; empty for anything else.
  const std::vector<std::string>& strings(const Scope& scope, std::string_view input) {
    static const std::vector<std::string> kNone;
    const auto found = scope.nodes.find(node_of(input));
    if (found == scope.nodes.end() || found->second->op != "Const") return kNone;
    const auto [known, is_new] = strings_.try_emplace(found->second);
    const auto* tensor = attr<formats::EncodedTensor>(*found->second, "value");
    if (is_new && tensor != nullptr) {
      const formats::DenseTensor decoded = formats::decode_tensor(*tensor);
      if (decoded.dtype == DType::string)
        for (const std::string_view text : strings_in(decoded.data.view())) known->second.emplace_back(text);
    }
    return known->second;
  }

  const formats::GraphRecord& graph_;
  StoredValues values_;
  std::unordered_map<const NodeRecord*, std::vector<std::string>> strings_;
  int calls_ = 0;
};

}  // namespace

StoredValues restored_values(const formats::GraphRecord& graph, std::string_view restore_op) {
  return restore_op.empty() ? StoredValues{} : RestoreReader(graph).read(restore_op);
}

}  // namespace litesmith::importers::saved_model
