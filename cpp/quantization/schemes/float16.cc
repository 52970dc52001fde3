#include "quantization/schemes/float16.h"

#include <algorithm>
#include <iterator>

#include "base/half.h"
#include "ir/tensor_names.h"
#include "ops/op_def.h"

namespace litesmith::quantization {
namespace {

constexpr float kGreatestHalf = 65504.0F;

Bytes half_values(const ir::Tensor& constant) {
  const auto values = constant.data->to_vector<float>();
  std::vector<Half> halves(values.size());
  std::transform(values.begin(), values.end(), halves.begin(),
                 [](float x) { return to_half(std::clamp(x, -kGreatestHalf, kGreatestHalf)); });
  return Bytes::copy_of(std::span<const Half>(halves));
}

bool can_be_half(const ir::Tensor& tensor) {
  return tensor.is_constant() && tensor.dtype == DType::float32 && tensor.sparsity == nullptr;
}

/// Who reads a constant.
struct Readers {
  ir::NodeId first_half = -1;  // the first node of mode float16
  bool has_others = false;
};

class GraphRewrite {
 public:
  GraphRewrite(ir::Graph& graph, const Policy& policy) : graph_(graph), policy_(policy), names_(graph) {}

  void run() {
    const std::vector<Readers> readers = find_readers();
    dequantized_.resize(readers.size(), ir::kAbsent);
    std::vector<ir::Node> nodes;
    for (std::size_t t = readers.size(); t-- > 0;)
      if (readers[t].first_half >= 0) nodes.push_back(split(static_cast<ir::TensorId>(t), readers[t]));
    for (ir::Node& node : graph_.nodes) {
      if (mode_of(node, policy_) != Mode::float16) continue;
      for (ir::TensorId& id : node.inputs)
        if (id != ir::kAbsent && dequantized_[static_cast<std::size_t>(id)] != ir::kAbsent)
          id = dequantized_[static_cast<std::size_t>(id)];
    }
    graph_.nodes.insert(graph_.nodes.begin(), std::make_move_iterator(nodes.begin()),
                        std::make_move_iterator(nodes.end()));
  }

 private:
  std::vector<Readers> find_readers() const {
    std::vector<Readers> readers(graph_.tensors.size());
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      const bool is_half = mode_of(graph_.nodes[n], policy_) == Mode::float16;
      for (const ir::TensorId id : graph_.nodes[n].inputs) {
        if (id == ir::kAbsent || !can_be_half(graph_.tensor(id))) continue;
        Readers& of_tensor = readers[static_cast<std::size_t>(id)];
        if (!is_half)
          of_tensor.has_others = true;
        else if (of_tensor.first_half < 0)
          of_tensor.first_half = static_cast<ir::NodeId>(n);
      }
    }
    return readers;
  }

  /// Puts a float16 constant in front of the tensor, or of a copy where others read it; returns the node between.
  ir::Node split(ir::TensorId id, const Readers& readers) {
    ir::Tensor half = graph_.tensor(id);
    half.dtype = DType::float16;
    half.data = half_values(graph_.tensor(id));
    ir::TensorId result = id;
    if (readers.has_others) {
      half.name = names_.numbered(graph_.tensor(id).name);
      ir::Tensor copy = graph_.tensor(id);
      copy.name = names_.numbered(copy.name);
      copy.data.reset();
      result = graph_.add_tensor(std::move(copy));
    } else {
      graph_.tensor(id).name = names_.numbered(half.name);
      graph_.tensor(id).data.reset();
    }
    dequantized_[static_cast<std::size_t>(id)] = result;
    const ir::TensorId source = graph_.add_tensor(std::move(half));
    return ops::make_node("DEQUANTIZE", {}, {source}, {result},
                          graph_.nodes[static_cast<std::size_t>(readers.first_half)].origins);
  }

  ir::Graph& graph_;
  const Policy& policy_;
  ir::TensorNames names_;
  std::vector<ir::TensorId> dequantized_;  // by constant
};

}  // namespace

void to_float16(ir::Model& model, const Policy& policy) {
  for (ir::Graph& graph : model.graphs) GraphRewrite(graph, policy).run();
}

}  // namespace litesmith::quantization
