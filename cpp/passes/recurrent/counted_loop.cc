#include "passes/recurrent/counted_loop.h"

#include <algorithm>

#include "ops/control_flow/control_flow.h"
#include "ops/op_def.h"
#include "ops/slice/slice.h"
#include "passes/pattern.h"
#include "passes/permutation.h"

namespace litesmith::passes {
namespace {

/// The number of an integer constant of one element.
std::optional<std::int64_t> integer_of(const ir::Tensor& tensor) {
  if (!tensor.is_constant() || tensor.sparsity != nullptr) return std::nullopt;
  if (tensor.dtype == DType::int32 && tensor.data->size() == sizeof(std::int32_t))
    return tensor.data->to_vector<std::int32_t>()[0];
  if (tensor.dtype == DType::int64 && tensor.data->size() == sizeof(std::int64_t))
    return tensor.data->to_vector<std::int64_t>()[0];
  return std::nullopt;
}

/// The tensor behind views and casts of it.
ir::TensorId behind_views(const ir::Model& model, const ir::Graph& graph, const ir::Uses& uses, ir::TensorId tensor) {
  for (;;) {
    const ir::NodeId producer = uses.producer(tensor);
    if (producer < 0) return tensor;
    const Site site{model, graph, uses, producer};
    if (!ops::def(site.node()).is_view && !site.is("CAST")) return tensor;
    tensor = site.node().input(0);
  }
}

/// An axis of a tensor.
struct Axis {
  ir::TensorId tensor = ir::kAbsent;
  std::int32_t number = 0;
  bool operator==(const Axis&) const = default;
};

/// The axis that an axis is as long as, behind transposes and reversals.
Axis source_of(const Site& site, Axis axis) {
  for (;;) {
    const ir::NodeId producer = site.uses.producer(axis.tensor);
    if (producer < 0) return axis;
    const Site node = site.at(producer);
    if (const auto permutation = permutation_of(node))
      axis.number = permutation->at(static_cast<std::size_t>(axis.number));
    else if (!node.is("REVERSE_V2"))
      return axis;
    axis.tensor = node.node().input(0);
  }
}

/// The axis whose length a scalar of the graph is: one entry of a SHAPE.
std::optional<Axis> measured_axis(const Site& site, ir::TensorId scalar) {
  const ir::NodeId entry = site.uses.producer(behind_views(site.model, site.graph, site.uses, scalar));
  if (entry < 0 || !site.at(entry).is("STRIDED_SLICE")) return std::nullopt;
  const Site slice = site.at(entry);
  const auto shape = slice.producer_of(0);
  if (!shape || !shape->is("SHAPE") || !slice.is_constant(1) || slice.output().shape.element_count() != 1)
    return std::nullopt;
  const auto begin = integer_of(slice.input(1));
  const auto& attrs = slice.node().attrs.as<ops::StridedSliceAttrs>();
  if (!begin) return std::nullopt;
  return Axis{shape->node().input(0), (attrs.begin_mask & 1) != 0 ? 0 : static_cast<std::int32_t>(*begin)};
}

}  // namespace

std::optional<CountedLoop> CountedLoop::at(const Site& site) {
  if (!site.is("WHILE")) return std::nullopt;
  const auto& attrs = site.node().attrs.as<ops::WhileAttrs>();
  const auto& graphs = site.model.graphs;
  CountedLoop loop(site, graphs.at(static_cast<std::size_t>(attrs.body_graph)),
                   graphs.at(static_cast<std::size_t>(attrs.cond_graph)));
  loop.find_counters();
  if (!loop.read_condition()) return std::nullopt;
  return loop;
}

std::optional<Site> CountedLoop::producer(ir::TensorId of_body) const {
  const ir::NodeId id = uses_.producer(of_body);
  if (id < 0) return std::nullopt;
  return Site{site_.model, *body_, uses_, id};
}

std::optional<std::size_t> CountedLoop::value_of(ir::TensorId of_body) const {
  const auto found = std::find(body_->inputs.begin(), body_->inputs.end(), of_body);
  if (found == body_->inputs.end()) return std::nullopt;
  return static_cast<std::size_t>(found - body_->inputs.begin());
}

bool CountedLoop::is_turn(ir::TensorId of_body) const {
  const auto value = value_of(behind_views(site_.model, *body_, uses_, of_body));
  return value && counts_[*value];
}

void CountedLoop::find_counters() {
  for (std::size_t i = 0; i < size(); ++i) {
    const auto step = producer(after_turn(i));
    bool counts = step && step->is("ADD") && integer_of(site_.graph.tensor(start(i))) == 0;
    if (counts) {
      const int other = step->node().input(0) == before_turn(i) ? 1 : 0;
      counts = step->node().input(1 - other) == before_turn(i) && integer_of(step->input(other)) == 1;
    }
    counts_.push_back(counts);
  }
}

bool CountedLoop::read_condition() {
  const ir::Uses uses(*condition_);
  std::vector<ir::TensorId> terms{condition_->outputs.at(0)};
  while (!terms.empty()) {
    const ir::NodeId id = uses.producer(terms.back());
    terms.pop_back();
    if (id < 0) return false;
    const Site term{site_.model, *condition_, uses, id};
    if (term.is("LOGICAL_AND"))
      terms.insert(terms.end(), term.node().inputs.begin(), term.node().inputs.end());
    else if (!term.is("LESS") || !read_comparison(term))
      return false;
  }
  return true;
}

bool CountedLoop::read_comparison(const Site& less) {
  const auto value = [&](ir::TensorId tensor) {
    return static_cast<std::size_t>(std::find(condition_->inputs.begin(), condition_->inputs.end(),
                                              behind_views(site_.model, *condition_, less.uses, tensor)) -
                                    condition_->inputs.begin());
  };
  const std::size_t counter = value(less.node().input(0));
  if (counter >= size() || !counts_[counter]) return false;
  if (const auto number = integer_of(less.input(1))) {
    limits_.push_back({number});
    return true;
  }
  const std::size_t limit = value(less.node().input(1));
  if (limit >= size() || !is_unchanged(limit)) return false;
  limits_.push_back({integer_of(site_.graph.tensor(start(limit))), start(limit)});
  return true;
}

bool CountedLoop::is_length(const Limit& limit, std::size_t value) const {
  const Shape& shape = body_->tensor(before_turn(value)).shape;
  if (!shape.has_rank() || shape.rank() == 0) return false;
  if (limit.number) return *limit.number == shape[0];
  const auto axis = measured_axis(site_, limit.tensor);
  if (!axis) return false;
  const Axis measured = source_of(site_, *axis);
  if (measured == source_of(site_, {start(value), 0})) return true;
  // what nothing was written to yet: FILL(CONCATENATION(length, ...), 0)
  const ir::NodeId fill = site_.uses.producer(start(value));
  if (fill < 0 || !site_.at(fill).is("FILL")) return false;
  const auto dims = site_.at(fill).producer_of(0);
  if (!dims || !dims->is("CONCATENATION")) return false;
  const auto length = measured_axis(site_, dims->node().input(0));
  return length && source_of(site_, *length) == measured;
}

bool CountedLoop::covers(std::size_t value) const {
  const bool all_numbers = std::all_of(limits_.begin(), limits_.end(), [](const Limit& l) { return bool(l.number); });
  if (!all_numbers)
    return std::all_of(limits_.begin(), limits_.end(), [&](const Limit& limit) { return is_length(limit, value); });
  const auto least = std::min_element(limits_.begin(), limits_.end(),
                                      [](const Limit& a, const Limit& b) { return *a.number < *b.number; });
  return least != limits_.end() && is_length(*least, value);
}

}  // namespace litesmith::passes
