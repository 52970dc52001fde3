#include <map>
#include <string>

#include "interpreter/plan.h"
#include "ops/opaque.h"

namespace litesmith::interpreter {
namespace {

constexpr std::string_view kFlexPrefix = "Flex";

std::string list(const std::map<std::string, int>& counts) {
  std::string text;
  for (const auto& [name, count] : counts)
    text += concat(text.empty() ? "" : ", ", name, count > 1 ? concat(" (", count, " times)") : "");
  return text;
}

}  // namespace

void check_operators(const ir::Graph& graph) {
  std::map<std::string, int> missing, custom, flex;
  std::string first;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const ir::Node& node = graph.nodes[n];
    if (ops::def(node).prepare != nullptr || ops::def(node).host != nullptr) continue;
    const std::string name = ops::shown_name(node);
    auto& list = name.starts_with(kFlexPrefix) ? flex : (node.attrs.is<ops::CustomAttrs>() ? custom : missing);
    ++list[name];
    if (first.empty()) first = concat("\n  Node number ", n, " (", name, ") failed to prepare.");
  }
  std::string text;
  if (!flex.empty())
    text += concat("Select TensorFlow op(s), included in the given model, is(are) not supported by this interpreter. ",
                   "They are ", list(flex), "; convert the model without SELECT_TF_OPS. ");
  if (!custom.empty())
    text += concat("Encountered unresolved custom op: ", list(custom), ". The model was converted with ",
                   "allow_custom_ops; express the operation with built-in operators. ");
  if (!missing.empty()) text += concat("This interpreter cannot run: ", list(missing), ". ");
  if (!text.empty()) fail(ErrorKind::runtime, text, "(in the graph '", graph.name, "')", first);
}

}  // namespace litesmith::interpreter
