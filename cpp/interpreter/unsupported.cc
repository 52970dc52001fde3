#include <map>
#include <string>

#include "interpreter/plan.h"
#include "ops/op_def.h"

namespace litesmith::interpreter {
namespace {

constexpr std::string_view kFlexPrefix = "Flex";

/// The name by which the user knows the operator; the code of custom operators.
std::string name_of(const ir::Node& node) { return std::string(node.op->name); }

std::string list(const std::map<std::string, int>& counts) {
  std::string text;
  for (const auto& [name, count] : counts)
    text += concat(text.empty() ? "" : ", ", name, count > 1 ? concat(" (", count, " times)") : "");
  return text;
}

}  // namespace

void check_operators(const ir::Graph& graph) {
  std::map<std::string, int> missing, flex;
  std::string first;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const ops::OpDef& op = ops::def(graph.nodes[n]);
    if (op.prepare != nullptr || op.host != nullptr) continue;
    const std::string name = name_of(graph.nodes[n]);
    ++(name.starts_with(kFlexPrefix) ? flex : missing)[name];
    if (first.empty()) first = concat("Node number ", n, " (", name, ") failed to prepare.");
  }
  if (!flex.empty())
    fail(ErrorKind::runtime,
         "Select TensorFlow op(s), included in the given model, is(are) not supported by this interpreter. They are ",
         list(flex), "; convert the model without SELECT_TF_OPS\n  ", first);
  if (!missing.empty())
    fail(ErrorKind::runtime, "the graph '", graph.name,
         "' needs operators that this interpreter cannot run: ", list(missing), "\n  ", first);
}

}  // namespace litesmith::interpreter
