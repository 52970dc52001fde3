#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "ir/model.h"
#include "ops/activation/activation.h"
#include "ops/quantization_rules.h"

namespace tflite {
struct Operator;  // a node as the file stores it (generated from schema/tflite.fbs)
}
namespace flatbuffers {
template <class Table>
struct Offset;
}
namespace litesmith::schema {
class Builder;
}

namespace litesmith::ops {

class InferContext;
class PrepareContext;
class HostContext;
struct Step;

/// How many operands or results an operator takes; `most` = kAny for any number.
struct Arity {
  static constexpr int kAny = 1 << 20;
  int least = 1;
  int most = 1;
};

/// What decides an operator's version in the file (reference: schema.md §9): element types and shapes in place.
struct VersionQuery {
  const ir::Graph& graph;
  const ir::Node& node;
  DType input_type(int i) const;  // float32 when absent
  DType output_type(int i) const;
  bool has_input(int i) const { return node.has_input(i); }
  const ir::Tensor* input(int i) const;
  int input_rank(int i) const;
};

/// A row of a version rule: the version that an element type needs.
struct TypeVersion {
  DType type;
  int version;
};
/// The version of the first row with this type; 1 when there is none.
int version_of(DType type, std::span<const TypeVersion> rows) noexcept;

/// Operators that are linear in a constant filter: which operands, and which filter axis counts the result's channels.
/// filter = -1: not such an operator.
struct Linear {
  int filter = -1;
  int bias = -1;
  int channel_axis = 0;
};

/// Operators that carry a fused activation: how to read it and how to get attributes with another one.
struct FusedActivation {
  Activation (*get)(const ir::Attrs& attrs) = nullptr;
  ir::Attrs (*with)(const ir::Attrs& attrs, Activation activation) = nullptr;
};

/// The FusedActivation of an attributes struct with a member `activation`.
template <class T>
constexpr FusedActivation fused_activation_of() {
  return {[](const ir::Attrs& attrs) { return attrs.as<T>().activation; },
          [](const ir::Attrs& attrs, Activation activation) {
            T changed = attrs.as<T>();
            changed.activation = activation;
            return ir::Attrs(std::move(changed));
          }};
}

/// How the graphs that an operator runs relate to its operands and results.
enum class CallForm : std::uint8_t {
  none,
  branches,  // operand 0 selects; every graph takes the others and gives the results (IF)
  loop,      // graph 0 is the condition, graph 1 the body; both take the operands (WHILE)
  once,      // takes and gives nothing (CALL_ONCE)
  whole,     // takes the operands, gives the results (CALL, STABLEHLO_COMPOSITE)
  region,    // called for elements (STABLEHLO_REDUCE and the like); its operands are the operator's matter
};

/// Operators that run other graphs of the model: which ones the attributes name.
struct GraphCalls {
  CallForm form = CallForm::none;
  /// Indices in the order of the attributes.
  std::vector<std::int32_t> (*get)(const ir::Attrs& attrs) = nullptr;
  /// The attributes with other indices, as many as `get` gives.
  ir::Attrs (*with)(const ir::Attrs& attrs, std::span<const std::int32_t> graphs) = nullptr;
};

/// The GraphCalls of an attributes struct whose members hold the indices.
template <class T, auto... members>
constexpr GraphCalls graph_calls_of(CallForm form) {
  return {form, [](const ir::Attrs& attrs) { return std::vector<std::int32_t>{attrs.as<T>().*members...}; },
          [](const ir::Attrs& attrs, std::span<const std::int32_t> graphs) {
            T changed = attrs.as<T>();
            std::size_t i = 0;
            ((changed.*members = graphs[i++]), ...);
            return ir::Attrs(std::move(changed));
          }};
}

/// Everything the project knows about one operator. An operator is data; no switch over operators exists outside its
/// folder.
struct OpDef {
  /// Its name, which is all that the IR knows of it. Stands first: a node's `op` points at it (see `def`).
  ir::Operator identity;
  /// Code in the file; -1 = no TFLite form: the operator exists in sources only and lowering must remove it.
  std::int32_t builtin_code = -1;
  Arity inputs{1, 1};
  Arity outputs{1, 1};
  /// Operands that may be absent (-1); operands past `inputs.least` may also be missing at the end.
  std::span<const int> optional_inputs{};
  /// Newest version that `prepare` understands; the reader refuses files that need more.
  int newest_version = 1;
  /// The version a node needs; null = always 1.
  int (*version)(const VersionQuery& query) = nullptr;
  /// Result types and shapes from operand types, shapes and constants; throws Error(value) for operands that the
  /// operator cannot take. The one validation for importers, verifier, allocate and resize.
  void (*infer)(InferContext& context) = nullptr;
  /// Attributes from the file's options table; null = no attributes. Throws Error(value) on contents that cannot be
  /// right.
  ir::Attrs (*read)(const ::tflite::Operator& node) = nullptr;
  /// Builds the options table, which is one of type `options_type`, from attributes; null = written without a table.
  flatbuffers::Offset<void> (*write)(const ir::Attrs& attrs, schema::Builder& builder) = nullptr;
  /// Union member number of the operator's own options table; 0 = none. Foreign tables are refused. The union is
  /// BuiltinOptions, from `builtin_code` 162 on BuiltinOptions2.
  int options_type = 0;
  /// Checks, packs constants, picks a kernel. Null = host operator or source only.
  Step (*prepare)(const PrepareContext& context) = nullptr;
  /// Operators whose result shape depends on values, that hold state, run other graphs or handle strings: run by the
  /// interpreter between segments. An operator may have both: `prepare` when everything is known, `host` otherwise.
  void (*host)(HostContext& context) = nullptr;
  /// May be evaluated at conversion when every operand is constant. False for random and stateful operators.
  bool foldable = true;
  /// Reads or changes what outlives the node (variables, tables): equal nodes may differ, and the order among such
  /// nodes is part of the meaning.
  bool stateful = false;
  /// Element i of the result depends on element i of operand 0 only, so that the result may overwrite operand 0.
  bool elementwise = false;
  /// The result is operand 0's bytes under another shape (RESHAPE family).
  bool is_view = false;
  /// The result follows from the operands' shapes and types alone (SHAPE, RANK): `run` reads none of their values, so
  /// that the interpreter knows it before anything is fed.
  bool reads_shapes_only = false;
  /// Two operands combined element by element with numpy's broadcasting.
  bool broadcasts = false;
  Linear linear{};
  QuantizationRules quantization{};
  FusedActivation fused_activation{};
  GraphCalls calls{};
  /// The fused activation that this operator is, when it stands alone (RELU, RELU6, RELU_N1_TO_1).
  Activation is_activation = Activation::none;
};

/// All operators, ordered by folder (see ops.inc). Names are unique.
std::span<const OpDef* const> all_ops();
/// nullptr when the project has no such operator.
const OpDef* find(std::string_view name) noexcept;
/// The operator of a code in the file; one without kernels (ops/opaque.h) when the project has none; nullptr when the
/// format has none.
const OpDef* find_builtin(std::int32_t code) noexcept;
/// The operator; throws Error(value) when there is none. For code that builds nodes: `op("CONV_2D")`.
const OpDef& op(std::string_view name);
/// The OpDef behind a node (every Operator in the IR is an OpDef).
inline const OpDef& def(const ir::Node& node) {
  static_assert(std::is_standard_layout_v<OpDef>);  // an object and its first member share their address
  return *reinterpret_cast<const OpDef*>(node.op);
}
/// Indices of the graphs that a node runs; empty for most operators.
std::vector<std::int32_t> called_graphs(const ir::Node& node);
/// Per graph of a model: whether running it changes more than its results, itself or through graphs that it runs.
/// Operators without results and those that write variable tensors do.
std::vector<bool> graphs_with_effects(const ir::Model& model);
/// Whether a node must stay although nobody reads its results.
bool has_effect(const ir::Node& node, const std::vector<bool>& graphs_with_effects);
/// A node of the named operator; throws Error(value) when there is none.
ir::Node make_node(std::string_view name, ir::Attrs attrs, std::vector<ir::TensorId> inputs,
                   std::vector<ir::TensorId> outputs, std::vector<std::string> origins = {});

}  // namespace litesmith::ops
