#include "ir/verify.h"

#include "base/error.h"

namespace litesmith::ir {
namespace {

class Check {
 public:
  Check(const Model& model, const std::string& when) : model_(model), when_(when) {}

  void run() {
    if (model_.graphs.empty()) stop("the model has no graph");
    for (const Graph& graph : model_.graphs) check_graph(graph);
    for (const Signature& signature : model_.signatures) check_signature(signature);
  }

 private:
  template <class... Parts>
  [[noreturn]] void stop(const Parts&... parts) const {
    fail(ErrorKind::value, parts..., when_.empty() ? "" : " (", when_, when_.empty() ? "" : ")");
  }

  void check_id(const Graph& graph, TensorId id, const char* what) const {
    if (id < 0 || static_cast<std::size_t>(id) >= graph.tensors.size())
      stop(what, " of graph '", graph.name, "' is tensor ", id, ", but the graph has ", graph.tensors.size(),
           " tensors");
  }

  void check_graph(const Graph& graph) const {
    std::vector<bool> written(graph.tensors.size(), false);
    for (const Tensor& tensor : graph.tensors) check_tensor(tensor);
    for (std::size_t t = 0; t < graph.tensors.size(); ++t)
      written[t] = graph.tensors[t].is_constant() || graph.tensors[t].is_variable;
    for (const TensorId id : graph.inputs) {
      check_id(graph, id, "an input");
      written[static_cast<std::size_t>(id)] = true;
    }
    for (const Node& node : graph.nodes) check_node(graph, node, written);
    for (const TensorId id : graph.outputs) {
      check_id(graph, id, "an output");
      if (!written[static_cast<std::size_t>(id)])
        stop("the output '", graph.tensor(id).name, "' of graph '", graph.name, "' is computed by no operator");
    }
  }

  void check_node(const Graph& graph, const Node& node, std::vector<bool>& written) const {
    if (node.op == nullptr) stop("a node of graph '", graph.name, "' has no operator");
    for (const TensorId id : node.inputs) {
      if (id == kAbsent) continue;
      check_id(graph, id, "an operand");
      if (!written[static_cast<std::size_t>(id)])
        stop(describe(node), " reads '", graph.tensor(id).name, "' before anything computes it");
    }
    for (const TensorId id : node.outputs) {
      check_id(graph, id, "a result");
      const Tensor& tensor = graph.tensor(id);
      if (tensor.is_constant()) stop(describe(node), " writes the constant '", tensor.name, "'");
      if (written[static_cast<std::size_t>(id)] && !tensor.is_variable)
        stop(describe(node), " writes '", tensor.name, "', which is already an input or another operator's result");
      written[static_cast<std::size_t>(id)] = true;
    }
  }

  void check_tensor(const Tensor& tensor) const {
    const Quantization& q = tensor.quantization;
    if (q.zero_points.size() > 1 && q.zero_points.size() != q.scales.size())
      stop("the tensor '", tensor.name, "' has ", q.scales.size(), " scales but ", q.zero_points.size(),
           " zero points");
    if (!tensor.is_constant() || tensor.sparsity != nullptr || bit_width(tensor.dtype) == 0) return;
    if (!tensor.shape.is_static()) stop("the constant '", tensor.name, "' has the incomplete shape ", tensor.shape);
    const std::size_t expected = packed_bytes(tensor.dtype, elements(tensor.shape));
    if (tensor.data->size() != expected)
      stop("the constant '", tensor.name, "' (", name(tensor.dtype), " ", tensor.shape, ") needs ", expected,
           " bytes but has ", tensor.data->size());
  }

  void check_signature(const Signature& signature) const {
    if (signature.graph < 0 || static_cast<std::size_t>(signature.graph) >= model_.graphs.size())
      stop("the signature '", signature.key, "' is for graph ", signature.graph, ", but the model has ",
           model_.graphs.size());
    const Graph& graph = model_.graphs[static_cast<std::size_t>(signature.graph)];
    for (const auto& entry : signature.inputs) check_id(graph, entry.tensor, "a signature input");
    for (const auto& entry : signature.outputs) check_id(graph, entry.tensor, "a signature output");
  }

  const Model& model_;
  const std::string& when_;
};

}  // namespace

void verify(const Model& model, const std::string& when) { Check(model, when).run(); }

}  // namespace litesmith::ir
