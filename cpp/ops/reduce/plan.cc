#include "ops/reduce/plan.h"

#include <algorithm>

namespace litesmith::ops::reduce {
namespace {

struct Group {
  std::int64_t size, stride;
  bool reduced;
};

/// The operand's dimensions with neighbours of a kind joined, outermost first.
std::vector<Group> groups_of(const Shape& shape, const std::vector<int>& axes) {
  std::vector<Group> groups;
  std::int64_t stride = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    const std::int64_t size = shape[axis];
    if (size == 1) continue;
    const bool reduced = std::binary_search(axes.begin(), axes.end(), axis);
    if (!groups.empty() && groups.back().reduced == reduced)
      groups.back().size *= size;
    else
      groups.push_back({size, stride, reduced});
    stride *= size;
  }
  std::reverse(groups.begin(), groups.end());
  return groups;
}

}  // namespace

std::vector<int> checked_axes(const NodeView& view, const std::vector<std::int64_t>& axes) {
  const Shape& shape = view.input(0).shape;
  std::vector<int> list;
  for (const std::int64_t axis : axes) {
    const auto normal = normalize_axis(axis, shape.rank());
    if (!normal)
      view.fail("axis ", axis, " is outside of '", view.input(0).name, "', which has shape ", shape, "; axes go from ",
                -shape.rank(), " to ", shape.rank() - 1);
    list.push_back(*normal);
  }
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

Plan plan_reduction(const NodeView& view, const std::vector<int>& axes) {
  std::vector<Group> groups = groups_of(view.input(0).shape, axes);
  if (groups.size() > 2 * Walk::kMaxDims)
    view.fail("'", view.input(0).name, "' of shape ", view.input(0).shape, " has too many dimensions");
  Plan plan;
  for (const Group& group : groups) (group.reduced ? plan.reduced_count : plan.outputs) *= group.size;
  if (groups.empty()) return plan;
  plan.run = groups.back().size;
  plan.run_is_reduced = groups.back().reduced;
  groups.pop_back();
  for (const Group& group : groups) {
    Walk& walk = group.reduced ? plan.reduced : plan.kept;
    const auto at = static_cast<std::size_t>(walk.rank++);
    walk.size[at] = group.size;
    walk.stride[at] = group.stride;
  }
  return plan;
}

Work plan_work(const PrepareContext& context) {
  const auto axes = context.ints(1).value_or(std::vector<std::int64_t>{});
  Work work{plan_reduction(context, checked_axes(context, axes)), 1, 1};
  const Plan& plan = work.plan;
  const std::int64_t items = plan.run_is_reduced ? plan.outputs : plan.kept.count() * tile_count(plan.run, kColumns);
  const std::int64_t width = plan.run_is_reduced ? 1 : std::min(plan.run, kColumns);
  work.per_tile = items_per_tile(checked_product(plan.reduced_count, width));
  work.tiles = tile_count(items, work.per_tile);
  return work;
}

Step over_parts(Step step, const Work& work) {
  step.tiles = work.tiles;
  step.work = static_cast<double>(work.plan.outputs) * static_cast<double>(work.plan.reduced_count);
  return step;
}

}  // namespace litesmith::ops::reduce
