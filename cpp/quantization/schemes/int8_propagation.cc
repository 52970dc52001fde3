#include "quantization/schemes/int8_propagation.h"

#include <algorithm>
#include <cmath>

#include "quantization/parameters.h"
#include "quantization/weights.h"

namespace litesmith::quantization {
namespace {

std::size_t at(ir::TensorId id) { return static_cast<std::size_t>(id); }

bool is_finite(const ir::Tensor& constant) {
  return std::ranges::all_of(constant.data->to_vector<float>(), [](float x) { return std::isfinite(x); });
}

/// Filters of int8 have zero points 0 and a scale per channel or one; everything else has one of both.
bool has_learnt_steps(const ir::Tensor& constant, bool is_symmetric) {
  const ir::Quantization& steps = constant.quantization;
  if (steps.scales.empty()) return false;
  if (!is_symmetric) return steps.scales.size() == 1;
  return std::ranges::all_of(steps.zero_points, [](std::int64_t zero_point) { return zero_point == 0; });
}

}  // namespace

Int8Propagation::Int8Propagation(const ir::Graph& graph, const std::vector<StaticRole>& roles,
                                 const std::vector<Form>& ranged, const Policy& policy)
    : graph_(graph),
      roles_(roles),
      policy_(policy),
      uses_(graph),
      states_(graph.tensors.size()),
      contents_(graph.tensors.size()),
      is_done_(graph.tensors.size() + graph.nodes.size(), false) {
  for (std::size_t t = 0; t < ranged.size(); ++t) states_[t] = {ranged[t], !ranged[t].is_float()};
  separate_constants();
}

/// Filters and constant operands of operators with free scales get parameters from their contents, the others from the
/// operator that reads them.
void Int8Propagation::separate_constants() {
  for (ir::NodeId n = 0; n < static_cast<ir::NodeId>(graph_.nodes.size()); ++n)
    for (const int i : role(n).operands) {
      const ir::TensorId id = node(n).input(i);
      if (!graph_.tensor(id).is_constant() || !role(n).may_be_integer()) continue;
      if (i == role(n).bias || role(n).has_same_scales()) {
        single_uses_[{n, i}] = states_.size();
        states_.emplace_back();
        continue;
      }
      Contents& contents = contents_[at(id)];
      contents.count = contents.count || is_finite(graph_.tensor(id));
      if (i == role(n).filter && !contents.is_filter) {
        contents.is_filter = true;
        contents.axis = scale_axis(node(n), policy_, ops::def(node(n)).linear.channel_axis);
      } else if (i == role(n).symmetric) {
        contents.is_filter = true;
      }
    }
}

void Int8Propagation::run() {
  for (ir::TensorId id = 0; id < static_cast<ir::TensorId>(contents_.size()); ++id)
    if (contents_[at(id)].count) work_.push_back(item_of_constant(id));
  for (ir::NodeId n = 0; n < static_cast<ir::NodeId>(graph_.nodes.size()); ++n)
    if (role(n).is_quantizable()) work_.push_back(n);
  while (!work_.empty()) {
    const Item item = work_.back();
    work_.pop_back();
    if (is_done(item)) continue;
    is_done(item) = true;
    if (item < 0)
      visit_constant(-1 - item);
    else if (!visit_node(item))
      is_done(item) = false;  // comes again when a neighbour is decided
  }
}

void Int8Propagation::visit_constant(ir::TensorId id) {
  const ir::Tensor& tensor = graph_.tensor(id);
  const Contents& contents = contents_[at(id)];
  const bool is_symmetric = contents.is_filter && policy_.integer_type == DType::int8;
  if (has_learnt_steps(tensor, is_symmetric))
    states_[at(id)].form = {DType::int8, tensor.quantization};
  else if (is_symmetric)
    states_[at(id)].form = symmetric_int8(tensor, contents.axis);
  else
    states_[at(id)].form =
        contents.is_filter ? uint8_filter_form(tensor) : int8_constant_form(tensor, policy_.integer_type);
  revisit_readers(id);
}

bool Int8Propagation::visit_node(ir::NodeId id) {
  const StaticRole& own = role(id);
  if (own.has_same_scales() && !share_scales(id)) return false;
  if (own.rule->fixed_output)
    for (const int i : own.results)
      set_result(id, i, per_tensor(DType::int8, own.rule->fixed_output->scale, own.rule->fixed_output->zero_point));
  return own.bias < 0 || derive_bias(id);
}

const Form* Int8Propagation::shared_form(ir::NodeId id) const {
  const StaticRole& own = role(id);
  std::vector<const ValueState*> states;
  for (const int i : own.operands) states.push_back(&operand({id, i}));
  for (const int i : own.results) states.push_back(&tensor(node(id).output(i)));
  const bool has_one_operand = node(id).inputs.size() == 1;
  const bool has_one_result = node(id).outputs.size() == 1;
  for (const bool must_be_own : {true, false}) {
    const auto counts = [&](const ValueState* state) { return state->is_decided() && (state->is_own || !must_be_own); };
    if (has_one_operand && counts(states.front())) return &states.front()->form;
    if (has_one_result && counts(states.back())) return &states.back()->form;
    const auto first = std::ranges::find_if(states, counts);
    if (first != states.end()) return &(*first)->form;
  }
  return nullptr;
}

bool Int8Propagation::share_scales(ir::NodeId id) {
  const Form* shared = shared_form(id);
  if (shared == nullptr) return false;
  const Form form = *shared;
  for (const int i : role(id).operands) set_operand({id, i}, form);
  for (const int i : role(id).results) set_result(id, i, form);
  return true;
}

bool Int8Propagation::derive_bias(ir::NodeId id) {
  const StaticRole& own = role(id);
  if (operand({id, own.bias}).is_decided()) return true;
  const Form& data = operand({id, own.data}).form;
  const Form& filter = operand({id, own.filter}).form;
  if (data.is_float() || filter.is_float()) return false;
  LinearForms forms = int8_linear(data, filter, graph_.tensor(node(id).input(own.bias)));
  state({id, own.bias}).form = std::move(forms.bias);
  state({id, own.filter}).form = std::move(forms.filter);
  return true;
}

std::size_t Int8Propagation::value_of(Use use) const {
  const auto found = single_uses_.find({use.node, use.operand});
  return found == single_uses_.end() ? at(node(use.node).input(use.operand)) : found->second;
}

void Int8Propagation::set_operand(Use use, const Form& form) {
  ValueState& value = state(use);
  if (value.form == form) return;
  if (!value.is_decided()) {
    value.form = form;
    const ir::NodeId producer = uses_.producer(node(use.node).input(use.operand));
    if (producer >= 0 && role(producer).is_quantizable()) work_.push_back(producer);
    return;
  }
  for (Requantization& known : value.requantizations)
    if (!known.is_of_producer && known.form == form) return known.readers.push_back(use);
  value.requantizations.push_back({form, {use}});
}

void Int8Propagation::set_result(ir::NodeId id, int result, const Form& form) {
  const ir::TensorId tensor_id = node(id).output(result);
  ValueState& value = states_[at(tensor_id)];
  if (value.form == form) return;
  if (value.is_decided()) return value.requantizations.push_back({form, {}, true});
  value.form = form;
  revisit_readers(tensor_id);
}

void Int8Propagation::revisit_readers(ir::TensorId id) {
  for (const ir::NodeId reader : uses_.consumers(id))
    if (role(reader).is_quantizable()) work_.push_back(reader);
}

}  // namespace litesmith::quantization
