#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/shape.h"
#include "ops/tiles.h"

namespace litesmith::ops {

/// Index arithmetic of one numpy-style broadcast with up to three operands. Neighbouring dimensions that every operand
/// walks alike are one; what is left is `rows` runs of `inner` results, in which each operand stands still (step 0) or
/// advances (step 1).
struct Broadcast {
  static constexpr int kMaxOperands = 3;
  using Offsets = std::array<std::int64_t, kMaxOperands>;

  std::int64_t rows = 1;
  std::int64_t inner = 1;
  Offsets step{};
  /// Dimensions around the run, outermost first, and what each operand advances by along them.
  std::vector<std::int64_t> dims;
  std::vector<Offsets> strides;
  /// Work of a tile: pieces of one run, or whole runs.
  std::int64_t pieces = 1;
  std::int64_t rows_per_tile = 1;

  std::int64_t elements() const noexcept { return rows * inner; }
  std::int64_t tiles() const noexcept { return pieces > 1 ? rows * pieces : tile_count(rows, rows_per_tile); }
  /// Where the operands stand at the start of a run.
  Offsets offsets_of(std::int64_t row) const noexcept;
};

/// Shape of the broadcast of two operands; fails with both shapes when they do not fit.
Shape broadcast_shape(const NodeView& view, int i, int j);

/// `result` is the broadcast of the operands' shapes; all shapes are static.
Broadcast plan_broadcast(const Shape& result, std::span<const Shape* const> operands);

/// The plan of a node whose operands all broadcast to its first result.
Broadcast plan_of_operands(const PrepareContext& context);

/// Calls run(operand offsets, result offset, length) for every run of the tiles.
template <class Run>
void for_each_run(const Broadcast& plan, TileRange tiles, Run run) noexcept {
  if (plan.pieces > 1) {
    for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
      const std::int64_t row = tile / plan.pieces, first = tile % plan.pieces * kTile;
      Broadcast::Offsets at = plan.offsets_of(row);
      for (std::size_t i = 0; i < at.size(); ++i) at[i] += first * plan.step[i];
      run(at, row * plan.inner + first, std::min(kTile, plan.inner - first));
    }
    return;
  }
  const Range rows = items_of(tiles, plan.rows, plan.rows_per_tile);
  for (std::int64_t row = rows.begin; row < rows.end; ++row) run(plan.offsets_of(row), row * plan.inner, plan.inner);
}

/// z[i] = f(x[i], y[i]) over the tiles of a two-operand broadcast; z may be x or y.
template <class X, class Y, class Z, class Function>
void map_broadcast(const Broadcast& plan, TileRange tiles, const X* x, const Y* y, Z* z, Function f) noexcept {
  const bool x_moves = plan.step[0] != 0, y_moves = plan.step[1] != 0;
  for_each_run(plan, tiles, [=](const Broadcast::Offsets& at, std::int64_t first, std::int64_t n) {
    const X* a = x + at[0];
    const Y* b = y + at[1];
    Z* c = z + first;
    if (x_moves && y_moves) {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < n; ++i) c[i] = f(a[i], b[i]);
    } else if (x_moves) {
      const Y fixed = *b;
#pragma GCC ivdep
      for (std::int64_t i = 0; i < n; ++i) c[i] = f(a[i], fixed);
    } else {
      const X fixed = *a;
#pragma GCC ivdep
      for (std::int64_t i = 0; i < n; ++i) c[i] = f(fixed, b[i]);
    }
  });
}

/// A step whose parameters have the node's Broadcast as member `plan`.
template <auto kernel, class Params>
Step planned_step(Params params, simd::Isa isa) {
  const std::int64_t tiles = params.plan.tiles();
  const auto work = static_cast<double>(params.plan.elements());
  Step step = make_step<kernel>(std::move(params), "", isa);
  step.tiles = tiles;
  step.work = work;
  return step;
}

/// A step of a kernel over the broadcast of all operands to the result: Kernel::prepare.
template <Fault (*kernel)(const Broadcast&, const Operands&, TileRange) noexcept>
Step broadcast_step(const PrepareContext& context, simd::Isa isa) {
  Broadcast plan = plan_of_operands(context);
  const std::int64_t tiles = plan.tiles();
  const auto work = static_cast<double>(plan.elements());
  Step step = make_step<kernel>(std::move(plan), "", isa);
  step.tiles = tiles;
  step.work = work;
  return step;
}

}  // namespace litesmith::ops
