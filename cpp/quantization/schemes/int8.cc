#include "quantization/schemes/int8.h"

#include <algorithm>

#include "quantization/schemes/int8_propagation.h"
#include "quantization/schemes/int8_ranges.h"
#include "quantization/schemes/stated_ranges.h"

namespace litesmith::quantization {
namespace {

std::size_t at(ir::TensorId id) { return static_cast<std::size_t>(id); }

class Planner {
 public:
  /// `is_learnt`: by tensor, whether training decided its form.
  Planner(const ir::Graph& graph, const std::vector<StaticRole>& roles, const Int8Propagation& parameters,
          std::vector<bool> is_learnt)
      : graph_(graph),
        roles_(roles),
        parameters_(parameters),
        uses_(graph),
        is_learnt_(std::move(is_learnt)),
        is_integer_(graph.nodes.size(), false) {}

  StaticPlan run() {
    decide_nodes();
    StaticPlan plan{float_forms(graph_), is_integer_};
    for (ir::TensorId id = 0; id < static_cast<ir::TensorId>(graph_.tensors.size()); ++id)
      plan.forms.tensors[at(id)] = tensor_forms(id);
    for (std::size_t n = 0; n < roles_.size(); ++n) {
      if (!is_integer_[n]) continue;
      for (const int i : roles_[n].operands)
        plan.forms.operands[n][static_cast<std::size_t>(i)] = operand_form({static_cast<ir::NodeId>(n), i});
    }
    push_dequantize_down(plan);
    return plan;
  }

 private:
  const ir::Node& node(ir::NodeId id) const { return graph_.nodes[static_cast<std::size_t>(id)]; }

  /// A tensor that only spread parameters reached and that a float operator gives is not quantized.
  bool has_integers(ir::TensorId id) const {
    const ValueState& value = parameters_.tensor(id);
    const ir::NodeId producer = uses_.producer(id);
    return value.is_decided() &&
           (value.is_own || producer < 0 || roles_[static_cast<std::size_t>(producer)].is_quantizable());
  }

  /// Whether every operand and result of the node can be integers.
  bool can_be_integer(ir::NodeId id) const {
    const StaticRole& role = roles_[static_cast<std::size_t>(id)];
    if (!role.may_be_integer()) return false;
    const auto operand_is_ready = [&](int i) {
      const ir::TensorId tensor = node(id).input(i);
      return graph_.tensor(tensor).is_constant() ? parameters_.operand({id, i}).is_decided() : has_integers(tensor);
    };
    const auto result_is_ready = [&](int i) { return has_integers(node(id).output(i)); };
    return std::ranges::all_of(role.operands, operand_is_ready) && std::ranges::all_of(role.results, result_is_ready);
  }

  /// Whether the node comes before any reader of the tensor that cannot be quantized. Tensors with a range of their own
  /// meet their last reader first, the others their first one; a graph output counts as a last reader.
  bool comes_in_time(ir::NodeId id, ir::TensorId tensor) const {
    if (graph_.tensor(tensor).is_constant()) return true;
    const auto readers = uses_.consumers(tensor);
    const auto stops = [&](ir::NodeId reader) { return reader == id || !can_be_integer(reader); };
    if (parameters_.tensor(tensor).is_own) {
      if (uses_.is_graph_output(tensor)) return false;
      return *std::find_if(readers.rbegin(), readers.rend(), stops) == id;
    }
    return *std::ranges::find_if(readers, stops) == id;
  }

  void decide_nodes() {
    for (ir::NodeId id = 0; id < static_cast<ir::NodeId>(graph_.nodes.size()); ++id) {
      if (!can_be_integer(id)) continue;
      const StaticRole& role = roles_[static_cast<std::size_t>(id)];
      const auto in_time = [&](int i) { return comes_in_time(id, node(id).input(i)); };
      is_integer_[static_cast<std::size_t>(id)] = !role.results.empty() || std::ranges::any_of(role.operands, in_time);
    }
  }

  TensorForms tensor_forms(ir::TensorId id) const {
    if (graph_.tensor(id).is_constant() || !has_integers(id)) return {};
    const ValueState& value = parameters_.tensor(id);
    TensorForms forms;
    forms.integer = value.form;
    const ir::NodeId producer = uses_.producer(id);
    if (producer < 0 || !is_integer_[static_cast<std::size_t>(producer)]) return forms;
    forms.produced = value.form;
    for (const Requantization& other : value.requantizations)
      if (other.is_of_producer) forms.produced = other.form;
    if (const Form* wanted = only_wanted(id)) forms.produced = forms.integer = *wanted;
    return forms;
  }

  /// The form that all readers of a learnt value insist on, which its producer then gives at once; null otherwise.
  const Form* only_wanted(ir::TensorId id) const {
    const ValueState& value = parameters_.tensor(id);
    const StaticRole& producer = roles_[static_cast<std::size_t>(uses_.producer(id))];
    if (!is_learnt_[at(id)] || producer.rule->fixed_output || producer.has_same_scales() || uses_.is_graph_output(id) ||
        value.requantizations.size() != 1)
      return nullptr;
    const Requantization& other = value.requantizations.front();
    return !other.is_of_producer && other.readers.size() == uses_.consumers(id).size() ? &other.form : nullptr;
  }

  /// Float operators that only move values take the integers when nobody else reads their operand in float32 and their
  /// result is smaller: DEQUANTIZE then stands behind them.
  void push_dequantize_down(StaticPlan& plan) const {
    for (std::size_t n = 0; n < roles_.size(); ++n) {
      const StaticRole& role = roles_[n];
      if (plan.is_integer[n] || role.is_excluded || !role.has_same_scales() || role.operands.size() != 1 ||
          role.results.size() != 1)
        continue;
      const ir::TensorId operand = graph_.nodes[n].input(role.operands.front());
      const ir::TensorId result = graph_.nodes[n].output(role.results.front());
      const Form& form = plan.forms.tensors[at(operand)].produced;
      if (form.is_float() || float_readers(plan, operand) != 1 || !is_smaller(result, operand)) continue;
      plan.is_integer[n] = true;
      plan.forms.operands[n][static_cast<std::size_t>(role.operands.front())] = form;
      TensorForms& forms = plan.forms.tensors[at(result)];
      forms.produced = form;
      if (forms.integer.is_float()) forms.integer = form;
    }
  }

  std::int64_t float_readers(const StaticPlan& plan, ir::TensorId id) const {
    std::int64_t count = uses_.is_graph_output(id) ? 1 : 0;
    for (const ir::NodeId reader : uses_.consumers(id))
      count += plan.is_integer[static_cast<std::size_t>(reader)] ? 0 : 1;
    return count;
  }

  bool is_smaller(ir::TensorId a, ir::TensorId b) const {
    const auto count = graph_.tensor(a).shape.element_count();
    const auto other = graph_.tensor(b).shape.element_count();
    return count && other && *count < *other;
  }

  Form operand_form(Use use) const {
    const ValueState& value = parameters_.operand(use);
    for (const Requantization& other : value.requantizations)
      if (std::ranges::find(other.readers, use) != other.readers.end()) return other.form;
    return value.form;
  }

  const ir::Graph& graph_;
  const std::vector<StaticRole>& roles_;
  const Int8Propagation& parameters_;
  ir::Uses uses_;
  std::vector<bool> is_learnt_;
  std::vector<bool> is_integer_;
};

}  // namespace

StaticPlan plan_int8(const ir::Model& model, std::size_t index, const Ranges& ranges, const LearntForms& learnt,
                     const Policy& policy) {
  const ir::Graph& graph = model.graphs[index];
  const std::vector<StaticRole> roles = static_roles(graph, policy, Mode::int8);
  std::vector<Form> ranged = ranged_forms(graph, static_cast<std::int32_t>(index), roles, ranges, learnt, policy);
  if (policy.stated && policy.stated->otherwise) add_default_range(graph, roles, policy, ranged);
  Int8Propagation parameters(graph, roles, ranged, policy);
  parameters.run();
  std::vector<bool> is_learnt(graph.tensors.size());
  for (std::size_t t = 0; t < is_learnt.size(); ++t)
    is_learnt[t] = learnt.contains({static_cast<std::int32_t>(index), static_cast<ir::TensorId>(t)});
  return Planner(graph, roles, parameters, std::move(is_learnt)).run();
}

}  // namespace litesmith::quantization
