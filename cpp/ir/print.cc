#include "ir/print.h"

#include <sstream>

namespace litesmith::ir {
namespace {

void print_tensor(std::ostream& out, const Graph& graph, TensorId id) {
  if (id == kAbsent) {
    out << "none";
    return;
  }
  const Tensor& tensor = graph.tensor(id);
  out << '%' << id << ' ' << name(tensor.dtype) << tensor.shape;
  if (tensor.is_constant()) out << " const";
  if (tensor.is_variable) out << " variable";
}

template <class Ids>
void print_list(std::ostream& out, const Graph& graph, const Ids& ids) {
  const char* separator = "";
  for (const TensorId id : ids) {
    out << separator;
    print_tensor(out, graph, id);
    separator = ", ";
  }
}

}  // namespace

std::string to_text(const Model& model) {
  std::ostringstream out;
  for (const Graph& graph : model.graphs) {
    out << "graph '" << graph.name << "'\n  inputs ";
    print_list(out, graph, graph.inputs);
    out << '\n';
    for (const Node& node : graph.nodes) {
      out << "  ";
      print_list(out, graph, node.outputs);
      out << " = " << (node.op != nullptr ? node.op->name : std::string_view("?")) << '(';
      print_list(out, graph, node.inputs);
      out << ')';
      if (!node.origins.empty()) out << "  # " << node.origins.front();
      out << '\n';
    }
    out << "  outputs ";
    print_list(out, graph, graph.outputs);
    out << '\n';
  }
  for (const Signature& signature : model.signatures) {
    out << "signature '" << signature.key << "' of graph " << signature.graph << ":";
    for (const auto& entry : signature.inputs) out << " in " << entry.name << "=%" << entry.tensor;
    for (const auto& entry : signature.outputs) out << " out " << entry.name << "=%" << entry.tensor;
    out << '\n';
  }
  return out.str();
}

}  // namespace litesmith::ir
