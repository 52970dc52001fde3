#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "ops/reduce/run_loops.h"
#include "ops/step.h"
#include "ops/tiles.h"

namespace litesmith::ops::reduce {

/// Dimensions walked in row-major order, outermost first, with what the operand's offset advances by.
struct Walk {
  static constexpr int kMaxDims = 16;
  int rank = 0;
  std::array<std::int64_t, kMaxDims> size{}, stride{};

  std::int64_t count() const noexcept {
    std::int64_t n = 1;
    for (int d = 0; d < rank; ++d) n *= size[static_cast<std::size_t>(d)];
    return n;
  }
};

/// A position in a walk.
class Cursor {
 public:
  Cursor(const Walk& walk, std::int64_t index) noexcept : walk_(walk) {
    for (int d = walk.rank - 1; d >= 0; --d) {
      const auto at = static_cast<std::size_t>(d);
      const std::int64_t size = std::max<std::int64_t>(walk.size[at], 1);
      index_[at] = index % size;
      index /= size;
      offset_ += index_[at] * walk.stride[at];
    }
  }
  std::int64_t offset() const noexcept { return offset_; }
  void next() noexcept {
    for (int d = walk_.rank - 1; d >= 0; --d) {
      const auto at = static_cast<std::size_t>(d);
      offset_ += walk_.stride[at];
      if (++index_[at] < walk_.size[at]) return;
      offset_ -= walk_.stride[at] * walk_.size[at];
      index_[at] = 0;
    }
  }

 private:
  const Walk& walk_;
  std::array<std::int64_t, Walk::kMaxDims> index_{};
  std::int64_t offset_ = 0;
};

/// One reduction with neighbouring dimensions of a kind joined. The innermost dimension, of size `run`, is either
/// reduced (results are sums of runs) or kept (results stand next to each other).
struct Plan {
  Walk kept, reduced;  // without the innermost dimension
  std::int64_t run = 1;
  bool run_is_reduced = true;
  std::int64_t reduced_count = 1;  // elements per result
  std::int64_t outputs = 1;
};

/// Axes of a reduction, sorted and without repeats; fails on one outside of the operand.
std::vector<int> checked_axes(const NodeView& view, const std::vector<std::int64_t>& axes);

Plan plan_reduction(const NodeView& view, const std::vector<int>& axes);

/// A reduction cut into tiles.
struct Work {
  Plan plan;
  std::int64_t tiles;
  std::int64_t per_tile;  // results, or blocks of columns
};

/// The reduction of operand 0 over the axes that operand 1 holds.
Work plan_work(const PrepareContext& context);

/// Fills in tiles and work of a step.
Step over_parts(Step step, const Work& work);

/// The parts of some tiles: runs(results) where runs are reduced, else columns(offset in x, offset in y, width).
template <class Runs, class Columns>
void for_each_part(const Work& work, TileRange tiles, Runs runs, Columns columns) noexcept {
  const Plan& plan = work.plan;
  if (plan.run_is_reduced) return runs(items_of(tiles, plan.outputs, work.per_tile));
  const std::int64_t blocks = tile_count(plan.run, kColumns);
  const Range range = items_of(tiles, plan.kept.count() * blocks, work.per_tile);
  for (std::int64_t b = range.begin; b < range.end; ++b) {
    const std::int64_t row = b / blocks, first = b % blocks * kColumns;
    columns(Cursor(plan.kept, row).offset() + first, row * plan.run + first, std::min(kColumns, plan.run - first));
  }
}

}  // namespace litesmith::ops::reduce
