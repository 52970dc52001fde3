#include "quantization/schemes/recurrent_forms.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ops/recurrent/integer_operands.h"
#include "quantization/parameters.h"
#include "quantization/weights.h"

namespace litesmith::quantization {
namespace {

using ops::recurrent::Storage;
using ops::recurrent::StoredOperand;

constexpr std::string_view kIntermediates[] = {"input_to_input_intermediate", "input_to_forget_intermediate",
                                               "input_to_cell_intermediate", "input_to_output_intermediate",
                                               "effective_hidden_scale_intermediate"};

/// int16 over a range rounded up to a power of two, 1 at least: tanh takes nothing finer.
Form cell_state_form(Range range) {
  double bound = 1;
  while (bound < std::max(std::abs(double{range.min}), std::abs(double{range.max}))) bound *= 2;
  return per_tensor(DType::int16, static_cast<float>(bound / 32768), 0);
}

class LstmForms {
 public:
  LstmForms(ir::Graph& graph, std::size_t index, const Ranges& ranges, StaticPlan& plan, std::size_t node)
      : graph_(graph), index_(static_cast<std::int32_t>(index)), ranges_(ranges), plan_(plan), node_(node) {}

  void set(const std::vector<StoredOperand>& stored) {
    const Form result = plan_.forms.tensors[static_cast<std::size_t>(node().output())].produced;
    for (const StoredOperand& one : stored) {
      if (one.storage == Storage::weights)
        form(one.operand) = symmetric_int8(tensor(one.operand), kPerTensor);
      else if (one.storage == Storage::peephole)
        form(one.operand) = peephole_form(tensor(one.operand));
      else if (one.storage == Storage::output_state)
        set_state(one.operand, result);
      else if (one.storage == Storage::cell_state)
        set_state(one.operand, cell_state_form(range_of(one.operand)));
    }
    for (const StoredOperand& one : stored) {
      if (one.storage != Storage::bias) continue;
      LinearForms both = int8_linear(form(0), form(one.weights), tensor(one.operand));
      form(one.weights) = std::move(both.filter);
      form(one.operand) = std::move(both.bias);
    }
    add_intermediates(result);
  }

 private:
  ir::Node& node() { return graph_.nodes[node_]; }
  Form& form(int operand) { return plan_.forms.operands[node_][static_cast<std::size_t>(operand)]; }
  const ir::Tensor& tensor(int operand) { return graph_.tensor(node().input(operand)); }

  static Form peephole_form(const ir::Tensor& weights) {
    const std::vector<float> values = weights.data->to_vector<float>();
    const auto [least, greatest] = std::ranges::minmax(values);
    return int16_form({least, greatest}, weights.name);
  }

  Range range_of(int operand) {
    const auto found = ranges_.find({index_, node().input(operand)});
    if (found == ranges_.end())
      fail(ErrorKind::value, ir::describe(node()), ": the range of its state '", tensor(operand).name,
           "' is not known; calibrate the model with samples");
    return found->second;
  }

  void set_state(int operand, const Form& wanted) {
    form(operand) = wanted;
    plan_.forms.tensors[static_cast<std::size_t>(node().input(operand))] = {wanted, wanted};
  }

  /// Sums of gates have a fixed scale, and what leaves the cell is the result.
  void add_intermediates(const Form& hidden) {
    for (std::size_t i = 0; i < std::size(kIntermediates); ++i) {
      const Form own = i + 1 == std::size(kIntermediates) ? hidden : Form{};
      ir::Tensor intermediate{.name = concat(graph_.tensor(node().output()).name, "/", kIntermediates[i]),
                              .dtype = own.dtype,
                              .shape = {0},
                              .quantization = own.quantization};
      node().intermediates.push_back(graph_.add_tensor(std::move(intermediate)));
      plan_.forms.tensors.push_back({own, own});
    }
  }

  ir::Graph& graph_;
  std::int32_t index_;
  const Ranges& ranges_;
  StaticPlan& plan_;
  std::size_t node_;
};

}  // namespace

void set_recurrent_forms(ir::Graph& graph, std::size_t index, const Ranges& ranges, StaticPlan& plan) {
  for (std::size_t n = 0; n < plan.is_integer.size(); ++n) {
    if (!plan.is_integer[n]) continue;
    const auto stored = ops::recurrent::integer_operands(graph, graph.nodes[n]);
    if (!stored || stored->empty()) continue;
    graph.nodes[n].intermediates.clear();
    LstmForms(graph, index, ranges, plan, n).set(*stored);
  }
}

}  // namespace litesmith::quantization
