#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/dtype.h"
#include "base/shape.h"
#include "ir/attrs.h"

namespace litesmith::ir {

/// Index of a tensor in its graph; kAbsent marks an optional operand that is not there.
using TensorId = std::int32_t;
using NodeId = std::int32_t;
inline constexpr TensorId kAbsent = -1;

/// What the IR knows of an operator; `ops::OpDef` derives from it and adds the rest. Instances live forever.
struct Operator {
  std::string_view name;  // "CONV_2D"; source-only operators "BATCH_NORMALIZATION"
};

/// real = scale * (q - zero_point), per tensor or along `dimension`. Empty scales = not quantized.
struct Quantization {
  std::vector<float> scales{};
  std::vector<std::int64_t> zero_points{};
  std::int32_t dimension = 0;
  std::vector<float> min{}, max{};  // recorded ranges, informative
  struct Blockwise {                // tensors that hold scales and zero points, kAbsent = none
    TensorId scales = kAbsent;
    TensorId zero_points = kAbsent;
    std::int32_t block_size = 0;
    std::vector<std::int32_t> block_shape{};
    bool operator==(const Blockwise&) const = default;
  };
  std::optional<Blockwise> blockwise{};

  bool empty() const noexcept { return scales.empty() && !blockwise; }
  bool operator==(const Quantization&) const = default;
};

/// Storage of a sparse constant (reference: TACO format as in the file's SparsityParameters).
struct Sparsity {
  struct Dimension {
    bool csr = false;
    std::int32_t dense_size = 0;
    std::vector<std::int32_t> segments{}, indices{};
    bool operator==(const Dimension&) const = default;
  };
  std::vector<std::int32_t> traversal_order{}, block_map{};
  bool has_block_map = false;
  std::vector<Dimension> dimensions{};
  bool operator==(const Sparsity&) const = default;
};

/// What a tensor of type variant holds.
struct VariantType {
  DType dtype = DType::float32;
  Shape shape{};
  bool operator==(const VariantType&) const = default;
};

struct Tensor {
  std::string name{};
  DType dtype = DType::float32;
  /// -1 = unknown, e.g. the batch. Written as 1 in `shape` and -1 in `shape_signature`.
  Shape shape{};
  /// What the file puts in place of unknown dims; empty = ones.
  std::vector<std::int32_t> shape_in_file{};
  Quantization quantization{};
  /// Constant bytes in the file's packed form (int4, sparse, float16 as they are); nullopt = computed or fed.
  std::optional<Bytes> data{};
  bool is_variable = false;
  std::shared_ptr<const Sparsity> sparsity{};
  std::vector<VariantType> variants{};

  bool is_constant() const noexcept { return data.has_value(); }
};

struct Node {
  const Operator* op = nullptr;
  Attrs attrs{};
  std::vector<TensorId> inputs{}, outputs{};
  std::vector<TensorId> intermediates{};
  /// Paths of the user's layers this node came from, owner first.
  std::vector<std::string> origins{};

  bool has_input(int i) const noexcept {
    return i < static_cast<int>(inputs.size()) && inputs[static_cast<std::size_t>(i)] != kAbsent;
  }
  TensorId input(int i) const noexcept { return has_input(i) ? inputs[static_cast<std::size_t>(i)] : kAbsent; }
  TensorId output(int i = 0) const { return outputs.at(static_cast<std::size_t>(i)); }
};

/// "CONV_2D 'block_1/conv'": how errors speak of a node.
std::string describe(const Node& node);

/// One subgraph. Nodes stand in execution order.
struct Graph {
  std::string name;
  std::vector<Tensor> tensors;
  std::vector<Node> nodes;
  std::vector<TensorId> inputs, outputs;

  const Tensor& tensor(TensorId id) const { return tensors.at(static_cast<std::size_t>(id)); }
  Tensor& tensor(TensorId id) { return tensors.at(static_cast<std::size_t>(id)); }
  TensorId add_tensor(Tensor tensor) {
    tensors.push_back(std::move(tensor));
    return static_cast<TensorId>(tensors.size() - 1);
  }
};

struct Signature {
  struct Entry {
    std::string name{};
    TensorId tensor = kAbsent;
    bool operator==(const Entry&) const = default;
  };
  std::string key = "serving_default";
  std::int32_t graph = 0;
  std::vector<Entry> inputs{}, outputs{};
};

struct Model {
  std::vector<Graph> graphs;
  std::vector<Signature> signatures;
  std::string description;
  /// Metadata entries by name, in file order; kept for round trips.
  std::vector<std::pair<std::string, Bytes>> metadata;

  const Graph& main() const { return graphs.at(0); }
  Graph& main() { return graphs.at(0); }
};

/// Who writes and reads each tensor of a graph. Valid until the graph changes.
class Uses {
 public:
  explicit Uses(const Graph& graph);
  /// Node that computes the tensor, -1 for inputs, constants and variables.
  NodeId producer(TensorId id) const { return producer_.at(static_cast<std::size_t>(id)); }
  /// Nodes that read the tensor, in order; a node that reads it twice appears twice.
  std::span<const NodeId> consumers(TensorId id) const {
    const auto t = static_cast<std::size_t>(id);
    return std::span(consumers_).subspan(first_.at(t), first_.at(t + 1) - first_.at(t));
  }
  bool is_graph_output(TensorId id) const { return is_output_.at(static_cast<std::size_t>(id)); }
  /// Exactly one reader and not an output of the graph.
  bool single_use(TensorId id) const { return consumers(id).size() == 1 && !is_graph_output(id); }

 private:
  std::vector<NodeId> producer_;
  std::vector<std::size_t> first_;  // consumers of tensor t: consumers_[first_[t] .. first_[t + 1])
  std::vector<NodeId> consumers_;
  std::vector<bool> is_output_;
};

}  // namespace litesmith::ir
