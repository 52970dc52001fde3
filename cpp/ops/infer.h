#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/shape.h"
#include "ops/op_def.h"

namespace litesmith::ops {

/// One operand or result as inference and preparation see it.
struct TensorInfo {
  std::string_view name;
  DType dtype = DType::float32;
  Shape shape;
  const ir::Quantization* quantization = nullptr;
  /// Bytes of a constant (or of a value known by now), packed as in the file; null when only known at run time.
  const Bytes* data = nullptr;
  const ir::Sparsity* sparsity = nullptr;
  bool is_variable = false;

  bool is_known() const noexcept { return data != nullptr; }
};

/// What is known of a tensor of a graph, which must outlive the info.
TensorInfo info_of(const ir::Tensor& tensor);

/// A node's operands and attributes; common part of inference and preparation.
class NodeView {
 public:
  /// Absent operands are null entries. Everything must outlive the view.
  NodeView(const ir::Node& node, std::span<const TensorInfo* const> inputs) : node_(node), inputs_(inputs) {}

  const OpDef& op() const noexcept { return def(node_); }
  template <class T>
  const T& attrs() const {
    return node_.attrs.as<T>();
  }
  int input_count() const noexcept { return static_cast<int>(inputs_.size()); }
  bool has_input(int i) const noexcept { return i < input_count() && inputs_[static_cast<std::size_t>(i)] != nullptr; }
  /// Operand i; fails when it is absent.
  const TensorInfo& input(int i) const;
  int output_count() const noexcept { return static_cast<int>(node_.outputs.size()); }
  const ir::Node& node() const noexcept { return node_; }

  /// The values of an int32 or int64 operand (int8, int16 and uint8 too) when they are known; none of an empty operand.
  std::optional<std::vector<std::int64_t>> ints(int i) const;

  /// Throws Error(value): "CONV_2D 'layer': " + parts.
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    litesmith::fail(ErrorKind::value, ir::describe(node_), ": ", parts...);
  }
  /// fail() unless the condition holds. Cheap parts only: they are evaluated always.
  template <class... Parts>
  void require(bool condition, const Parts&... parts) const {
    if (!condition) fail(parts...);
  }
  /// Fails unless operand i has one of the types.
  void require_type(int i, std::initializer_list<DType> types) const;
  /// Fails unless operand i has this rank (an unknown rank passes).
  void require_rank(int i, int rank) const;
  void require_same_type(int i, int j) const;

 protected:
  const ir::Node& node_;
  std::span<const TensorInfo* const> inputs_;
};

/// Collects what `OpDef::infer` finds out.
class InferContext : public NodeView {
 public:
  InferContext(const ir::Node& node, std::span<const TensorInfo* const> inputs, std::span<TensorInfo> outputs)
      : NodeView(node, inputs), outputs_(outputs) {}

  /// Sets type and shape of result i; unknown dims are -1, a shape that depends on values Shape::unknown_rank() or -1s.
  void set_output(int i, DType dtype, Shape shape);
  /// The type that the graph gives to result i (decides e.g. CAST, ARG_MAX without options).
  DType output_type(int i) const { return outputs_[static_cast<std::size_t>(i)].dtype; }
  /// The shape that the graph gives to result i; may be used where nothing better is known.
  const Shape& declared_output_shape(int i) const { return outputs_[static_cast<std::size_t>(i)].shape; }

 private:
  std::span<TensorInfo> outputs_;
};

/// Fails unless the number of operands and results fits the operator and only optional operands are absent.
void check_operands(const NodeView& view);

/// Runs the node's inference over a graph: operand infos in, result infos out. Checks arity and required operands
/// first. Throws Error(value). Operators without `infer` keep the declared results.
std::vector<TensorInfo> infer_node(const ir::Graph& graph, const ir::Node& node);

}  // namespace litesmith::ops
