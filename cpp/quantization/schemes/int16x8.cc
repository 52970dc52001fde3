#include "quantization/schemes/int16x8.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/elementwise_binary/elementwise_binary.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/transpose_conv/transpose_conv.h"
#include "quantization/parameters.h"
#include "quantization/weights.h"

namespace litesmith::quantization {
namespace {

std::size_t at(ir::TensorId id) { return static_cast<std::size_t>(id); }

class Planner {
 public:
  Planner(const ir::Graph& graph, std::size_t index, const Ranges& ranges, const Policy& policy)
      : graph_(graph),
        index_(static_cast<std::int32_t>(index)),
        ranges_(ranges),
        policy_(policy),
        roles_(static_roles(graph, policy, Mode::int16x8)),
        plan_{float_forms(graph), std::vector<bool>(graph.nodes.size(), false)} {}

  StaticPlan run() {
    for (std::size_t n = 0; n < roles_.size(); ++n) {
      if (!can_be_integer(n)) continue;
      plan_.is_integer[n] = true;
      quantize_operands(n);
      quantize_results(n);
    }
    return std::move(plan_);
  }

 private:
  bool is_constant(ir::TensorId id) const { return graph_.tensor(id).is_constant(); }
  const Form& form(ir::TensorId id) const { return plan_.forms.tensors[at(id)].integer; }
  Form& operand_form(std::size_t n, int i) { return plan_.forms.operands[n][static_cast<std::size_t>(i)]; }

  bool has_range(ir::TensorId id) const { return is_constant(id) || ranges_.contains({index_, id}); }

  /// Only branches that calibration did not reach may lack ranges.
  bool is_known(const ir::Node& node, ir::TensorId id) const {
    if (has_range(id) || !form(id).is_float()) return true;
    if (index_ != 0) return false;
    fail(ErrorKind::value, "no range is known of the tensor '", graph_.tensor(id).name, "' of ", ir::describe(node),
         "; calibrate with samples that reach it, or keep the layer in float32");
  }

  /// Same-scale operators follow their first float operand, unless all operands are of equal standing (CONCATENATION,
  /// MAXIMUM).
  bool follows_operand(std::size_t n) const { return roles_[n].has_same_scales() && !follows_result(n); }
  bool follows_result(std::size_t n) const {
    const ops::OpDef& op = ops::def(graph_.nodes[n]);
    return roles_[n].has_same_scales() && (op.broadcasts || op.inputs.most == ops::Arity::kAny);
  }

  bool can_be_integer(std::size_t n) const {
    const StaticRole& role = roles_[n];
    const ir::Node& node = graph_.nodes[n];
    if (!role.may_be_integer() || (role.filter >= 0 && !is_constant(node.input(role.filter)))) return false;
    const bool results_count = !role.rule->fixed_output && !follows_operand(n);
    return std::ranges::all_of(role.operands, [&](int i) { return is_known(node, node.input(i)); }) &&
           (!results_count || std::ranges::all_of(role.results, [&](int i) { return is_known(node, node.output(i)); }));
  }

  Form ranged(ir::TensorId id) const { return int16_form(ranges_.at({index_, id}), graph_.tensor(id).name); }

  void quantize_operands(std::size_t n) {
    const StaticRole& role = roles_[n];
    const ir::Node& node = graph_.nodes[n];
    for (const int i : role.operands) {
      const ir::TensorId id = node.input(i);
      if (i == role.filter || i == role.bias) continue;
      if (is_constant(id)) {
        operand_form(n, i) = int16_form(value_range(graph_.tensor(id)), graph_.tensor(id).name);
        continue;
      }
      TensorForms& forms = plan_.forms.tensors[at(id)];
      if (forms.integer.is_float()) forms.integer = ranged(id);
      operand_form(n, i) = forms.integer;
    }
    if (role.filter >= 0) quantize_filter(n);
  }

  void quantize_filter(std::size_t n) {
    const StaticRole& role = roles_[n];
    const ir::Node& node = graph_.nodes[n];
    Form filter = int16x8_filter_form(graph_.tensor(node.input(role.filter)),
                                      scale_axis(node, policy_, ops::def(node).linear.channel_axis));
    if (role.bias >= 0) {
      LinearForms forms = int16x8_linear(operand_form(n, role.data), std::move(filter),
                                         graph_.tensor(node.input(role.bias)), policy_.bias_type);
      filter = std::move(forms.filter);
      operand_form(n, role.bias) = std::move(forms.bias);
    }
    operand_form(n, role.filter) = std::move(filter);
  }

  void quantize_results(std::size_t n) {
    const StaticRole& role = roles_[n];
    const ir::Node& node = graph_.nodes[n];
    for (const int i : role.results) {
      TensorForms& forms = plan_.forms.tensors[at(node.output(i))];
      if (role.rule->fixed_output)
        forms.integer = per_tensor(DType::int16, role.rule->fixed_output->scale, role.rule->fixed_output->zero_point);
      else if (follows_operand(n))
        forms.integer = operand_form(n, role.operands.front());
      else
        forms.integer = ranged(node.output(i));
      forms.produced = forms.integer;
    }
    if (!role.has_same_scales()) return;
    for (const int i : role.operands)
      operand_form(n, i) =
          follows_result(n) ? form(node.output(role.results.front())) : operand_form(n, role.operands.front());
  }

  const ir::Graph& graph_;
  std::int32_t index_;
  const Ranges& ranges_;
  const Policy& policy_;
  std::vector<StaticRole> roles_;
  StaticPlan plan_;
};

template <class T>
std::optional<ir::Attrs> with_bias_type(const ir::Attrs& attrs, DType bias_type) {
  if (!attrs.is<T>() || bias_type == DType::int64) return std::nullopt;
  T changed = attrs.as<T>();
  changed.quantized_bias_type = bias_type;
  return ir::Attrs(changed);
}

std::optional<ir::Attrs> without_pot_scale(const ir::Attrs& attrs) {
  if (!attrs.is<ops::ArithmeticAttrs>()) return std::nullopt;
  auto changed = attrs.as<ops::ArithmeticAttrs>();
  changed.pot_scale_int16 = false;
  return ir::Attrs(changed);
}

}  // namespace

StaticPlan plan_int16x8(const ir::Model& model, std::size_t index, const Ranges& ranges, const Policy& policy) {
  return Planner(model.graphs[index], index, ranges, policy).run();
}

void require_int16x8(const ir::Model& model, const Policy& policy) {
  std::string layers;
  for (const ir::Graph& graph : model.graphs) {
    const std::vector<StaticRole> roles = static_roles(graph, policy, Mode::int16x8);
    for (std::size_t n = 0; n < roles.size(); ++n) {
      const bool handles_floats = !roles[n].operands.empty() || !roles[n].results.empty();
      if (roles[n].is_quantizable() || !handles_floats || mode_of(graph.nodes[n], policy) != Mode::int16x8) continue;
      layers += concat(layers.empty() ? "" : ", ", ir::describe(graph.nodes[n]));
    }
  }
  if (layers.empty()) return;
  fail(ErrorKind::unsupported, "no int16 form exists of ", layers,
       "; allow float32 operators beside the int16x8 ones (add TFLITE_BUILTINS to supported_ops), or keep these layers "
       "in float32 by layer_precision");
}

void set_int16_attributes(ir::Graph& graph, const std::vector<bool>& is_integer, const Policy& policy) {
  for (std::size_t n = 0; n < is_integer.size(); ++n) {
    if (!is_integer[n]) continue;
    ir::Attrs& attrs = graph.nodes[n].attrs;
    for (const auto& changed : {without_pot_scale(attrs), with_bias_type<ops::Conv2dAttrs>(attrs, policy.bias_type),
                                with_bias_type<ops::FullyConnectedAttrs>(attrs, policy.bias_type),
                                with_bias_type<ops::TransposeConvAttrs>(attrs, policy.bias_type)})
      if (changed) attrs = *changed;
  }
}

}  // namespace litesmith::quantization
