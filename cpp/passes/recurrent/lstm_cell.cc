#include "passes/recurrent/lstm_cell.h"

#include <algorithm>

#include "ops/op_def.h"
#include "passes/pattern.h"
#include "passes/recurrent/affine_form.h"

namespace litesmith::passes {
namespace {

using ops::recurrent::kCellGate;
using ops::recurrent::kForgetGate;
using ops::recurrent::kInputGate;
using ops::recurrent::kOutputGate;

/// output = sigmoid(0) * tanh(1)
const Pattern& output_pattern() {
  static const Pattern kPattern = op("MUL", {op("LOGISTIC", {place(0)}), op("TANH", {place(1)})});
  return kPattern;
}

/// memory = sigmoid(0) * 1 + sigmoid(2) * tanh(3)
const Pattern& memory_pattern() {
  static const Pattern kPattern = op("ADD", {op("MUL", {op("LOGISTIC", {place(0)}), place(1)}),
                                             op("MUL", {op("LOGISTIC", {place(2)}), op("TANH", {place(3)})})});
  return kPattern;
}

const Pattern& clip_pattern() {
  static const Pattern kPattern = any_of({op("MAXIMUM", {op("MINIMUM", {place(0), constant(1)}), constant(2)}),
                                          op("MINIMUM", {op("MAXIMUM", {place(0), constant(2)}), constant(1)})});
  return kPattern;
}

std::int32_t width(const ir::Tensor& tensor) {
  return tensor.shape.has_rank() && tensor.shape.rank() == 2 ? tensor.shape[1] : kUnknownDim;
}

std::vector<float> or_zeros(const std::vector<float>& values, std::size_t size) {
  return values.empty() ? std::vector<float>(size, 0) : values;
}

class CellMatch {
 public:
  CellMatch(const CountedLoop& loop, std::size_t output_state) : loop_(loop) {
    cell_.output_state = output_state;
    cell_.y = loop.after_turn(output_state);
  }

  std::optional<LstmCell> run() {
    cell_.units = width(tensor(cell_.y));
    const auto hidden = before_projection();
    if (!hidden) return std::nullopt;
    const auto out = find(output_pattern(), *hidden);
    if (!out || !read_memory(out->tensors[1])) return std::nullopt;
    pre_activations_[kOutputGate] = out->tensors[0];
    cell_.cells = width(tensor(out->tensors[1]));
    if (cell_.units < 1 || cell_.cells < 1 || (cell_.projection.empty() && cell_.units != cell_.cells))
      return std::nullopt;
    for (std::size_t gate = 0; gate < ops::recurrent::kGates; ++gate)
      if (!read_gate(gate)) return std::nullopt;
    complete_peepholes();
    return std::move(cell_);
  }

 private:
  const ir::Tensor& tensor(ir::TensorId id) const { return loop_.body().tensor(id); }

  void note_origins(std::span<const ir::NodeId> nodes) {
    for (const ir::NodeId id : nodes)
      cell_.origins = merge_origins(cell_.origins, loop_.body().nodes[static_cast<std::size_t>(id)].origins);
  }

  std::optional<Match> find(const Pattern& pattern, ir::TensorId result) {
    const auto site = loop_.producer(result);
    if (!site) return std::nullopt;
    auto found = match(pattern, *site);
    if (found) note_origins(found->nodes);
    return found;
  }

  /// What is clipped to [-limit, limit]; the tensor itself and 0 when nothing is.
  std::pair<ir::TensorId, float> behind_clip(ir::TensorId result) {
    const auto found = find(clip_pattern(), result);
    if (!found) return {result, 0.0F};
    const auto most = number_of(tensor(found->tensors[1])), least = number_of(tensor(found->tensors[2]));
    if (!most || !least || *most <= 0 || *least != -*most) return {result, 0.0F};
    return {found->tensors[0], *most};
  }

  /// The tensor of the cells; nullopt for projections that are not constant.
  std::optional<ir::TensorId> before_projection() {
    const auto [result, clip] = behind_clip(cell_.y);
    const auto site = loop_.producer(result);
    if (!site || !site->is("FULLY_CONNECTED")) return clip == 0 ? std::optional(result) : std::nullopt;
    const auto weights = plain_floats(site->input(1));
    if (!weights || has_activation(site->node())) return std::nullopt;
    cell_.projection = *weights;
    cell_.projection_clip = clip;
    if (site->node().has_input(2)) {
      const auto bias = plain_floats(site->input(2));
      if (!bias) return std::nullopt;
      cell_.projection_bias = *bias;
    }
    note_origins(std::span(&site->id, 1));
    return site->node().input(0);
  }

  bool read_memory(ir::TensorId memory) {
    memory_ = memory;
    const auto [result, clip] = behind_clip(memory);
    cell_.cell_clip = clip;
    const auto found = find(memory_pattern(), result);
    if (!found) return false;
    const auto state = loop_.value_of(found->tensors[1]);
    if (!state || loop_.after_turn(*state) != memory) return false;
    cell_.cell_state = *state;
    pre_activations_[kForgetGate] = found->tensors[0];
    pre_activations_[kInputGate] = found->tensors[2];
    pre_activations_[kCellGate] = found->tensors[3];
    return true;
  }

  bool read_gate(std::size_t gate) {
    auto form = affine_form(loop_.site().model, loop_.body(), loop_.uses(), pre_activations_[gate]);
    if (!form || width(tensor(pre_activations_[gate])) != cell_.cells) return false;
    note_origins(form->nodes);
    const ir::TensorId recurrent = loop_.before_turn(cell_.output_state);
    for (const auto& [source, rows] : form->products) {
      if (source == recurrent) continue;
      if (cell_.x != ir::kAbsent && cell_.x != source) return false;
      cell_.x = source;
    }
    if (cell_.x == ir::kAbsent) return false;
    cell_.inputs = width(tensor(cell_.x));
    if (cell_.inputs < 1) return false;
    LstmCell::Gate& made = cell_.gates[gate];
    const auto count = static_cast<std::size_t>(cell_.cells);
    made.input_weights = or_zeros(form->products[cell_.x], count * static_cast<std::size_t>(cell_.inputs));
    made.recurrent_weights = or_zeros(form->products[recurrent], count * static_cast<std::size_t>(cell_.units));
    made.bias.assign(form->bias.begin(), form->bias.end());
    const ir::TensorId peeped = gate == kOutputGate ? memory_ : loop_.before_turn(cell_.cell_state);
    if (!form->factors.empty()) {
      if (gate == kCellGate || form->factors.size() != 1 || !form->factors.contains(peeped)) return false;
      made.peephole = form->factors[peeped];
    }
    return true;
  }

  /// The operator has peepholes for three gates or for none.
  void complete_peepholes() {
    const bool any = std::any_of(cell_.gates.begin(), cell_.gates.end(),
                                 [](const LstmCell::Gate& gate) { return !gate.peephole.empty(); });
    if (!any) return;
    for (const std::size_t gate : {kInputGate, kForgetGate, kOutputGate})
      cell_.gates[gate].peephole = or_zeros(cell_.gates[gate].peephole, static_cast<std::size_t>(cell_.cells));
  }

  const CountedLoop& loop_;
  LstmCell cell_{};
  ir::TensorId memory_ = ir::kAbsent;
  std::array<ir::TensorId, ops::recurrent::kGates> pre_activations_{};
};

}  // namespace

std::vector<LstmCell> find_lstm_cells(const CountedLoop& loop) {
  std::vector<LstmCell> cells;
  for (std::size_t i = 0; i < loop.size(); ++i)
    if (auto cell = CellMatch(loop, i).run()) cells.push_back(std::move(*cell));
  return cells;
}

}  // namespace litesmith::passes
