#include <set>
#include <string_view>
#include <unordered_map>

#include "lowering/lowering.h"

namespace litesmith::lowering {

void name_interface(ir::Model& model) {
  std::vector<std::set<ir::TensorId>> named(model.graphs.size());
  for (const ir::Signature& signature : model.signatures) {
    const auto index = static_cast<std::size_t>(signature.graph);
    const auto name_all = [&](const std::vector<ir::Signature::Entry>& entries) {
      for (const auto& entry : entries)
        if (named[index].insert(entry.tensor).second) model.graphs[index].tensor(entry.tensor).name = entry.name;
    };
    name_all(signature.inputs);
    name_all(signature.outputs);
  }
}

void share_constants(ir::Model& model) {
  for (ir::Graph& graph : model.graphs) {
    std::unordered_multimap<std::size_t, ir::TensorId> seen;
    std::vector<ir::TensorId> to(graph.tensors.size());
    for (std::size_t t = 0; t < graph.tensors.size(); ++t) {
      const ir::Tensor& tensor = graph.tensors[t];
      to[t] = static_cast<ir::TensorId>(t);
      if (!tensor.is_constant() || tensor.sparsity != nullptr) continue;
      const auto view = tensor.data->view();
      const std::size_t hash = std::hash<std::string_view>()({reinterpret_cast<const char*>(view.data()), view.size()});
      const auto [first, last] = seen.equal_range(hash);
      auto twin = first;
      for (; twin != last; ++twin) {
        const ir::Tensor& other = graph.tensor(twin->second);
        if (other.dtype == tensor.dtype && other.shape == tensor.shape && other.quantization == tensor.quantization &&
            *other.data == *tensor.data)
          break;
      }
      if (twin != last)
        to[t] = twin->second;
      else
        seen.emplace(hash, static_cast<ir::TensorId>(t));
    }
    for (ir::Node& node : graph.nodes)
      for (ir::TensorId& id : node.inputs)
        if (id != ir::kAbsent) id = to[static_cast<std::size_t>(id)];
  }
}

}  // namespace litesmith::lowering
