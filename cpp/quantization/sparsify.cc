#include "quantization/sparsify.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include "ir/sparse_storage.h"
#include "ir/tensor_names.h"
#include "ops/op_def.h"

namespace litesmith::quantization {
namespace {

/// Below it dense storage is smaller or nearly so.
constexpr float kLeastSparsity = 0.3F;

/// The blocks that a sparse kernel reads, and the part of all zeros that must lie in whole blocks. Quantization makes
/// zeros elsewhere, too.
struct BlockForm {
  std::int32_t size;
  float least_part;
};
constexpr BlockForm kFloatBlocks{4, 0.9F};
constexpr BlockForm kIntegerBlocks{16, 0.8F};

constexpr int kWeights = 1;
constexpr std::string_view kOperators[] = {"FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"};

bool has_sparse_form(const ir::Node& node) {
  return std::find(std::begin(kOperators), std::end(kOperators), node.op->name) != std::end(kOperators);
}

bool reads_blocks(const ir::Graph& graph, const ir::Node& node) {
  return node.op->name == kOperators[0] && graph.tensor(node.input(kWeights)).dtype != DType::float16;
}

class GraphRewrite {
 public:
  explicit GraphRewrite(ir::Graph& graph) : graph_(graph), names_(graph) {}

  void run() {
    std::vector<ir::Node> nodes;
    const std::vector<ir::TensorId> weights = find_weights();
    dense_.assign(graph_.tensors.size(), ir::kAbsent);
    for (const ir::TensorId id : weights) store(id);
    for (ir::Node& node : graph_.nodes) {
      for (ir::TensorId& id : node.inputs) {
        if (id == ir::kAbsent || dense_[static_cast<std::size_t>(id)] == ir::kAbsent) continue;
        ir::TensorId& dense = dense_[static_cast<std::size_t>(id)];
        if (dense == kNotYet) {
          dense = add_dense(id);
          nodes.push_back(ops::make_node("DENSIFY", {}, {id}, {dense}, node.origins));
        }
        id = dense;
      }
      nodes.push_back(std::move(node));
    }
    graph_.nodes = std::move(nodes);
  }

 private:
  static constexpr ir::TensorId kNotYet = -2;

  bool can_be_sparse(ir::TensorId id) const {
    const ir::Tensor& tensor = graph_.tensor(id);
    const bool has_type =
        tensor.dtype == DType::float32 || tensor.dtype == DType::float16 || tensor.dtype == DType::int8;
    const bool is_output = std::find(graph_.outputs.begin(), graph_.outputs.end(), id) != graph_.outputs.end();
    return tensor.is_constant() && !is_output && tensor.sparsity == nullptr && has_type &&
           (tensor.shape.rank() == 2 || tensor.shape.rank() == 4);
  }

  /// Constants that are weights, also behind the DEQUANTIZE of float16.
  std::vector<ir::TensorId> find_weights() const {
    const ir::Uses uses(graph_);
    std::vector<ir::TensorId> found;
    for (const ir::Node& node : graph_.nodes) {
      if (!has_sparse_form(node) || !node.has_input(kWeights)) continue;
      ir::TensorId id = node.input(kWeights);
      if (const ir::NodeId producer = uses.producer(id); producer >= 0) {
        const ir::Node& before = graph_.nodes[static_cast<std::size_t>(producer)];
        if (before.op->name == "DEQUANTIZE") id = before.input(0);
      }
      if (can_be_sparse(id) && std::find(found.begin(), found.end(), id) == found.end()) found.push_back(id);
    }
    return found;
  }

  /// The blocks that every reader takes as they are.
  std::optional<BlockForm> blocks_for(ir::TensorId id) const {
    for (const ir::Node& node : graph_.nodes)
      for (std::size_t i = 0; i < node.inputs.size(); ++i)
        if (node.inputs[i] == id && (i != kWeights || !reads_blocks(graph_, node))) return std::nullopt;
    const ir::Tensor& tensor = graph_.tensor(id);
    const BlockForm form = tensor.dtype == DType::int8 ? kIntegerBlocks : kFloatBlocks;
    if (tensor.shape.back() % form.size != 0) return std::nullopt;
    return form;
  }

  void store(ir::TensorId id) {
    ir::Tensor& tensor = graph_.tensor(id);
    const auto count = static_cast<float>(elements(tensor.shape));
    const auto zeros = static_cast<float>(ir::count_zeros(tensor));
    const bool keeps_some = zeros < count;  // a constant without bytes would be none
    if (!keeps_some || zeros / count < kLeastSparsity) return;
    const std::optional<BlockForm> form = blocks_for(id);
    if (form && static_cast<float>(ir::count_zeros(tensor, form->size)) / zeros > form->least_part) {
      ir::store_sparse(tensor, form->size);
    } else {
      ir::store_sparse(tensor);
      dense_[static_cast<std::size_t>(id)] = kNotYet;
    }
  }

  ir::TensorId add_dense(ir::TensorId id) {
    ir::Tensor dense = graph_.tensor(id);
    dense.data.reset();
    dense.sparsity.reset();
    graph_.tensor(id).name = names_.numbered(dense.name);
    return graph_.add_tensor(std::move(dense));
  }

  ir::Graph& graph_;
  ir::TensorNames names_;
  std::vector<ir::TensorId> dense_;  // by sparse constant: what stands for it
};

}  // namespace

void sparsify(ir::Model& model) {
  for (ir::Graph& graph : model.graphs) GraphRewrite(graph).run();
}

std::vector<std::int32_t> sparsity_codes(const ir::Model& model) {
  constexpr std::int32_t kRandom = 3001, kBlocks = 3002;
  bool has_random = false, has_blocks = false;
  for (const ir::Graph& graph : model.graphs)
    for (const ir::Tensor& tensor : graph.tensors)
      if (tensor.sparsity != nullptr) (tensor.sparsity->block_map.empty() ? has_random : has_blocks) = true;
  std::vector<std::int32_t> codes;
  if (has_random) codes.push_back(kRandom);
  if (has_blocks) codes.push_back(kBlocks);
  return codes;
}

}  // namespace litesmith::quantization
