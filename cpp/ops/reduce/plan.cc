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

}  // namespace litesmith::ops::reduce
