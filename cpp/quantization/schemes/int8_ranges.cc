#include "quantization/schemes/int8_ranges.h"

#include "base/error.h"
#include "quantization/parameters.h"

namespace litesmith::quantization {
namespace {

std::size_t at(ir::TensorId id) { return static_cast<std::size_t>(id); }

class RangeOwners {
 public:
  /// `is_learnt`: tensors whose range stays whatever reads them.
  RangeOwners(const ir::Graph& graph, const std::vector<StaticRole>& roles, std::vector<bool> has_range,
              std::vector<bool> is_learnt)
      : graph_(graph),
        roles_(roles),
        uses_(graph),
        has_range_(std::move(has_range)),
        is_learnt_(std::move(is_learnt)),
        owns_(has_range_) {}

  /// Which tensors keep their range.
  std::vector<bool> run() {
    for (ir::TensorId id = 0; id < static_cast<ir::TensorId>(owns_.size()); ++id)
      if (has_fixed_producer(id)) owns_[at(id)] = false;
    pass_on(has_range_, &RangeOwners::forward);
    pass_on(owns_, &RangeOwners::backward);
    return owns_;
  }

 private:
  using Step = void (RangeOwners::*)(ir::TensorId);

  const StaticRole* producer(ir::TensorId id) const {
    const ir::NodeId node = uses_.producer(id);
    return node < 0 ? nullptr : &roles_[static_cast<std::size_t>(node)];
  }
  bool has_fixed_producer(ir::TensorId id) const {
    const StaticRole* role = producer(id);
    return role != nullptr && role->is_quantizable() && role->rule->fixed_output.has_value();
  }

  /// Visits the tensors of `from` and those that follow them, each once.
  void pass_on(const std::vector<bool>& from, Step step) {
    visited_ = from;
    for (ir::TensorId id = 0; id < static_cast<ir::TensorId>(from.size()); ++id)
      if (visited_[at(id)]) work_.push_back(id);
    while (!work_.empty()) {
      const ir::TensorId id = work_.back();
      work_.pop_back();
      (this->*step)(id);
    }
  }

  /// Results of same-scale readers with no other float operand follow this tensor.
  void forward(ir::TensorId id) {
    for (const ir::NodeId n : uses_.consumers(id)) {
      const StaticRole& role = roles_[static_cast<std::size_t>(n)];
      if (role.has_same_scales() && role.operands.size() == 1)
        follow(role.results, graph_.nodes[static_cast<std::size_t>(n)].outputs);
    }
  }

  /// Operands of a same-scale producer follow this tensor.
  void backward(ir::TensorId id) {
    const StaticRole* role = producer(id);
    if (role != nullptr && role->has_same_scales())
      follow(role->operands, graph_.nodes[static_cast<std::size_t>(uses_.producer(id))].inputs);
  }

  void follow(const std::vector<int>& places, const std::vector<ir::TensorId>& ids) {
    for (const int i : places) {
      const ir::TensorId id = ids[static_cast<std::size_t>(i)];
      if (!has_range_[at(id)] || is_learnt_[at(id)]) continue;
      owns_[at(id)] = false;
      if (visited_[at(id)]) continue;
      visited_[at(id)] = true;
      work_.push_back(id);
    }
  }

  const ir::Graph& graph_;
  const std::vector<StaticRole>& roles_;
  ir::Uses uses_;
  std::vector<bool> has_range_;
  std::vector<bool> is_learnt_;
  std::vector<bool> owns_;
  std::vector<bool> visited_{};
  std::vector<ir::TensorId> work_{};
};

[[noreturn]] void fail_without_range(const ir::Graph& graph, const ir::Node& node, ir::TensorId id) {
  fail(ErrorKind::value, "no range is known of the tensor '", graph.tensor(id).name, "' of ", ir::describe(node),
       "; calibrate with samples that reach it, or keep the layer in float32");
}

void require_ranges(const ir::Graph& graph, const std::vector<StaticRole>& roles, const std::vector<bool>& has_range) {
  const auto require = [&](const ir::Node& node, ir::TensorId id) {
    if (!graph.tensor(id).is_constant() && !has_range[at(id)]) fail_without_range(graph, node, id);
  };
  for (std::size_t n = 0; n < roles.size(); ++n) {
    if (!roles[n].may_be_integer()) continue;
    const ir::Node& node = graph.nodes[n];
    for (const int i : roles[n].operands) require(node, node.input(i));
    if (roles[n].rule->fixed_output) continue;
    for (const int i : roles[n].results) require(node, node.output(i));
  }
}

Form form_of(const ir::Graph& graph, const ir::Uses& uses, ir::TensorId id, Range range, DType integer_type) {
  try {
    return int8_form(range, graph.tensor(id).name, integer_type);
  } catch (Error& error) {
    const ir::NodeId producer = uses.producer(id);
    if (producer >= 0) error.add_context("result of " + ir::describe(graph.nodes[static_cast<std::size_t>(producer)]));
    throw;
  }
}

}  // namespace

std::vector<Form> ranged_forms(const ir::Graph& graph, std::int32_t index, const std::vector<StaticRole>& roles,
                               const Ranges& ranges, const LearntForms& learnt, const Policy& policy) {
  const auto key = [&](std::size_t t) { return TensorKey{index, static_cast<ir::TensorId>(t)}; };
  std::vector<bool> is_learnt(graph.tensors.size());
  std::vector<bool> has_range(graph.tensors.size());
  for (std::size_t t = 0; t < has_range.size(); ++t) {
    is_learnt[t] = learnt.contains(key(t));
    has_range[t] = is_learnt[t] || (!graph.tensors[t].is_constant() && graph.tensors[t].dtype == DType::float32 &&
                                    ranges.contains(key(t)));
  }
  if (index == 0 && !policy.stated && (learnt.empty() || !ranges.empty())) require_ranges(graph, roles, has_range);
  const std::vector<bool> owns = RangeOwners(graph, roles, has_range, is_learnt).run();
  const ir::Uses uses(graph);
  std::vector<Form> forms(graph.tensors.size());
  for (std::size_t t = 0; t < forms.size(); ++t)
    if (is_learnt[t])
      forms[t] = learnt.at(key(t));
    else if (owns[t])
      forms[t] = form_of(graph, uses, key(t).second, ranges.at(key(t)), policy.integer_type);
  return forms;
}

}  // namespace litesmith::quantization
