#pragma once

#include <map>
#include <vector>

#include "quantization/form.h"
#include "quantization/schemes/static_roles.h"

namespace litesmith::quantization {

/// A node's operand.
struct Use {
  ir::NodeId node = -1;
  int operand = 0;
  bool operator==(const Use&) const = default;
};

/// A second form that some readers of a value, or its producer, insist on.
struct Requantization {
  Form form;
  std::vector<Use> readers{};
  bool is_of_producer = false;
};

/// How a value is stored. A value is a tensor; constants that take their parameters from the operator (biases, operands
/// of same-scale operators) are a value per use.
struct ValueState {
  Form form{};          // float32 = not decided
  bool is_own = false;  // from the value's own range
  std::vector<Requantization> requantizations{};

  bool is_decided() const noexcept { return !form.is_float(); }
};

/// Spreads parameters over a graph until nothing changes: same-scale operators share one set, fixed results get theirs,
/// constants those of their contents, biases the product of their operands'. Where two demands meet, the later one gets
/// a requantization. The order in which nodes are visited decides who is first; it is TensorFlow's, from the last node
/// to the first and constants at the end.
class Int8Propagation {
 public:
  /// `ranged`: by tensor, the forms of tensors whose own range counts (see ranged_forms).
  Int8Propagation(const ir::Graph& graph, const std::vector<StaticRole>& roles, const std::vector<Form>& ranged,
                  const Policy& policy);

  void run();

  const ValueState& tensor(ir::TensorId id) const { return states_[static_cast<std::size_t>(id)]; }
  const ValueState& operand(Use use) const { return states_[value_of(use)]; }

 private:
  using Item = std::int32_t;  // a node, or -1 - tensor for a constant

  std::size_t value_of(Use use) const;
  ValueState& state(Use use) { return states_[value_of(use)]; }
  const ir::Node& node(ir::NodeId id) const { return graph_.nodes[static_cast<std::size_t>(id)]; }
  const StaticRole& role(ir::NodeId id) const { return roles_[static_cast<std::size_t>(id)]; }

  void separate_constants();
  void visit_constant(ir::TensorId id);
  /// Whether nothing is missing any more.
  bool visit_node(ir::NodeId id);
  bool share_scales(ir::NodeId id);
  bool derive_bias(ir::NodeId id);
  const Form* shared_form(ir::NodeId id) const;
  void set_operand(Use use, const Form& form);
  void set_result(ir::NodeId id, int result, const Form& form);
  void revisit_readers(ir::TensorId id);

  static Item item_of_constant(ir::TensorId id) { return -1 - id; }
  std::vector<bool>::reference is_done(Item item) {
    return is_done_[item < 0 ? graph_.nodes.size() + static_cast<std::size_t>(-1 - item)
                             : static_cast<std::size_t>(item)];
  }

  /// Whether and how a constant's contents decide its parameters.
  struct Contents {
    bool count = false;
    bool is_filter = false;
    int axis = -1;
  };

  const ir::Graph& graph_;
  const std::vector<StaticRole>& roles_;
  const Policy& policy_;
  ir::Uses uses_;
  std::vector<ValueState> states_;  // tensors first, then values of single uses
  std::map<std::pair<ir::NodeId, int>, std::size_t> single_uses_{};
  std::vector<Contents> contents_;  // by tensor
  std::vector<bool> is_done_;       // nodes first, then tensors
  std::vector<Item> work_{};
};

}  // namespace litesmith::quantization
