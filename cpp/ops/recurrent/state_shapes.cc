#include "ops/recurrent/state_shapes.h"

#include "ops/recurrent/recurrent.h"

namespace litesmith::ops::recurrent {
namespace {

/// Where an operator has its states, which are [batch, width].
struct States {
  std::string_view name;
  bool is_sequence;
  std::initializer_list<int> operands;
};

constexpr States kStates[] = {
    {"UNIDIRECTIONAL_SEQUENCE_LSTM", true, {18, 19}},
    {"BIDIRECTIONAL_SEQUENCE_LSTM", true, {35, 36, 37, 38}},
    {"LSTM", false, {18, 19, 1, 4}},
    {"UNIDIRECTIONAL_SEQUENCE_RNN", true, {4}},
    {"BIDIRECTIONAL_SEQUENCE_RNN", true, {4, 8}},
    {"RNN", false, {4}},
    {"SVDF", false, {4}},
};

bool is_time_major(const NodeView& view) {
  const ir::Attrs& attrs = view.node().attrs;
  if (attrs.is<LstmAttrs>()) return attrs.as<LstmAttrs>().time_major;
  return attrs.is<RnnAttrs>() && attrs.as<RnnAttrs>().time_major;
}

}  // namespace

std::vector<StateShape> state_shapes(const NodeView& view) {
  for (const States& row : kStates) {
    if (row.name != view.op().identity.name) continue;
    const Shape& x = view.has_input(0) ? view.input(0).shape : Shape::unknown_rank();
    if (!x.has_rank() || x.rank() != (row.is_sequence ? 3 : 2)) return {};
    const std::int32_t batch = x[row.is_sequence && is_time_major(view) ? 1 : 0];
    std::vector<StateShape> list;
    for (const int operand : row.operands) {
      if (!view.has_input(operand) || !view.input(operand).is_variable) continue;
      const Shape& state = view.input(operand).shape;
      if (batch > 0 && state.rank() == 2 && state[0] != batch) list.push_back({operand, {batch, state[1]}});
    }
    return list;
  }
  return {};
}

}  // namespace litesmith::ops::recurrent
