#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importers/emit/nodes.h"
#include "importers/graphdef/flow_graph.h"
#include "importers/graphdef/folding_builder.h"
#include "importers/graphdef/op_rule.h"

namespace litesmith::importers::graphdef {

using emit::AxisSlice;
using emit::Dims;

class GraphImport;
class ModelImport;

/// What an import function sees of one node, and how it adds to the graph. Attributes that the file leaves out have the
/// default that the caller states, which must be TensorFlow's.
class NodeContext final : public emit::Emitter {
 public:
  NodeContext(GraphImport& graph, const OpRule& rule, const FlowNode& node, std::vector<Value> inputs,
              const emit::Owner& owner);

  const OpRule& rule() const noexcept { return rule_; }
  const FlowNode& node() const noexcept { return node_; }
  const std::string& name() const noexcept { return node_.name; }
  const emit::Owner& owner() const noexcept { return owner_; }
  /// The graph under construction, and the model that it is part of.
  GraphImport& graph() noexcept { return graph_; }
  ModelImport& model() noexcept;

  int input_count() const noexcept { return static_cast<int>(inputs_.size()); }
  const std::vector<Value>& inputs() const noexcept { return inputs_; }
  /// Operand i, whatever it is; fails when the node has fewer.
  const Value& value(int i) const;
  /// Operand i, which must be a tensor.
  ir::TensorId input(int i) const;
  /// Operand i, a tensor whose rank is known and not below `least`.
  ir::TensorId ranked(int i, int least) const;
  /// Operands [first, last), all of them tensors.
  std::vector<ir::TensorId> tensors(int first, int last) const;
  std::vector<ir::TensorId> tensors() const { return tensors(0, input_count()); }

  bool has_attr(std::string_view name) const { return node_.attrs.contains(name); }
  std::int64_t attr_int(std::string_view name, std::int64_t fallback) const;
  bool attr_bool(std::string_view name, bool fallback) const;
  float attr_float(std::string_view name, float fallback) const;
  std::string attr_string(std::string_view name, std::string_view fallback) const;
  /// The element type in the graph under construction: half and bfloat16 count as float32.
  DType attr_type(std::string_view name, DType fallback) const;
  std::vector<std::int64_t> attr_ints(std::string_view name, std::vector<std::int64_t> fallback = {}) const;
  std::vector<float> attr_floats(std::string_view name) const;
  /// nullopt where the attribute is missing.
  std::optional<Shape> attr_shape(std::string_view name) const;
  std::optional<formats::DenseTensor> attr_tensor(std::string_view name) const;
  /// The function of an attribute; fails when it is missing.
  const formats::FunctionReference& attr_function(std::string_view name) const;
  std::vector<formats::FunctionReference> attr_functions(std::string_view name) const;

  bool is_constant(int i) const;
  /// The numbers of an integer operand, which must be known; `what` names it in the error: "the permutation".
  std::vector<std::int64_t> int_values(int i, std::string_view what) const;
  std::int64_t int_value(int i, std::string_view what) const;
  /// The same where numbers that depend on unknown dims are nullopt; nullopt where nothing is known.
  std::optional<PartialInts> partial_ints(int i) const { return known_ints(input(i)); }
  std::optional<PartialInts> known_ints(ir::TensorId id) const { return builder().partial_ints(id); }
  /// The numbers of a constant operand of floats or integers; nullopt when it is no constant.
  std::optional<std::vector<double>> numbers(int i) const;
  /// The axes of operand i as non-negative numbers for a tensor of the given rank.
  std::vector<int> axes(int i, int rank) const;

  /// A constant with these bytes.
  ir::TensorId constant(std::string_view label, const formats::DenseTensor& tensor);
  /// What inference could not find out: dims that are -1 or of unknown rank take those of `shape`.
  void refine_shape(ir::TensorId id, const Shape& shape);
  /// x with the runtime shape `dims`, a vector of integers, of which `known` is known.
  ir::TensorId reshape_to(ir::TensorId x, ir::TensorId dims);
  /// The shape of a result whose runtime shape is `dims`, as far as it is known; unknown rank when nothing is.
  Shape known_shape(ir::TensorId dims) const;
  /// x as int32: TFLite's index operands. Known numbers beyond int32 become its smallest or largest.
  ir::TensorId to_int32(ir::TensorId x);

 private:
  template <class T>
  const T* attr(std::string_view name) const;
  FoldingBuilder& builder() const;

  GraphImport& graph_;
  const OpRule& rule_;
  const FlowNode& node_;
  std::vector<Value> inputs_;
};

/// The element type that a type of the source has in the graph under construction; throws Error(unsupported) for those
/// without a counterpart, naming `who`.
DType import_type(formats::TypeCode type, std::string_view who);
/// float32 from half, bfloat16 and float64 as they are otherwise.
formats::DenseTensor import_tensor(formats::DenseTensor tensor);

}  // namespace litesmith::importers::graphdef
