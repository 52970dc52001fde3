#pragma once

#include <algorithm>
#include <cstdint>

#include "ops/reduce/operations.h"
#include "ops/reduce/plan.h"
#include "ops/reduce/run_loops.h"

/// Reductions over 16 lanes: element j of a result, in row-major order of the reduced dimensions, joins lane j mod 16;
/// lanes l and l + 8, then + 4, + 2, + 1 are combined at the end. The order is the same for every layout, tile and
/// instruction set.
namespace litesmith::ops::reduce {

/// Adds one run of n elements, the first of which belongs to lane `phase`.
template <class Op, class T, class Acc>
void add_run(Acc (&lanes)[kLanes], int phase, const T* x, std::int64_t n) noexcept {
  std::int64_t i = 0;
  for (; phase != 0 && i < n; ++i) {
    lanes[phase] = Op::combine(lanes[phase], static_cast<Acc>(x[i]));
    phase = (phase + 1) % kLanes;
  }
  Acc local[kLanes];
  for (int l = 0; l < kLanes; ++l) local[l] = lanes[l];
  for (; i + kLanes <= n; i += kLanes)
    for (int l = 0; l < kLanes; ++l) local[l] = Op::combine(local[l], static_cast<Acc>(x[i + l]));
  for (int l = 0; i < n; ++i, ++l) local[l] = Op::combine(local[l], static_cast<Acc>(x[i]));
  for (int l = 0; l < kLanes; ++l) lanes[l] = local[l];
}

/// Results whose innermost operand dimension is reduced; outputs [range).
template <class Op, class T, class Acc>
void reduce_runs(const Plan& plan, const T* x, T* y, Range range) noexcept {
  Cursor result(plan.kept, range.begin);
  const std::int64_t runs = plan.reduced.count();
  for (std::int64_t o = range.begin; o < range.end; ++o, result.next()) {
    Acc lanes[kLanes];
    for (Acc& lane : lanes) lane = Op::template initial<Acc>();
    Cursor at(plan.reduced, 0);
    int phase = 0;
    for (std::int64_t r = 0; r < runs; ++r, at.next()) {
      add_run<Op>(lanes, phase, x + result.offset() + at.offset(), plan.run);
      phase = static_cast<int>((phase + plan.run) % kLanes);
    }
    y[o] = Op::template finish<T>(tree<Acc, Op>(lanes), plan.reduced_count);
  }
}

/// Results [first, first + width) of one run of kept elements, width <= kColumns; x stands at the first one's first
/// element.
template <class Op, class T, class Acc>
void reduce_columns(const Plan& plan, const T* x, T* y, std::int64_t width) noexcept {
  Acc lanes[kLanes][kColumns];
  for (auto& lane : lanes)
    for (std::int64_t c = 0; c < width; ++c) lane[c] = Op::template initial<Acc>();
  Cursor at(plan.reduced, 0);
  for (std::int64_t j = 0; j < plan.reduced_count; ++j, at.next()) {
    Acc* lane = lanes[j % kLanes];
    const T* row = x + at.offset();
    for (std::int64_t c = 0; c < width; ++c) lane[c] = Op::combine(lane[c], static_cast<Acc>(row[c]));
  }
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int l = 0; l < half; ++l)
      for (std::int64_t c = 0; c < width; ++c) lanes[l][c] = Op::combine(lanes[l][c], lanes[l + half][c]);
  for (std::int64_t c = 0; c < width; ++c) y[c] = Op::template finish<T>(lanes[0][c], plan.reduced_count);
}

template <class Op, class T, class Acc>
Fault reduce(const Work& work, const Operands& operands, TileRange tiles) noexcept {
  const T* x = operands.in<T>(0);
  T* y = operands.out<T>();
  for_each_part(
      work, tiles, [&](Range outputs) { reduce_runs<Op, T, Acc>(work.plan, x, y, outputs); },
      [&](std::int64_t from, std::int64_t to, std::int64_t width) {
        reduce_columns<Op, T, Acc>(work.plan, x + from, y + to, width);
      });
  return Fault::none;
}

template <class T>
struct LoopParams {
  Work work;
  RunLoops<T> loops;
};

/// reduce_columns with loops of an instruction set.
template <class Op, class T>
void reduce_rows(const LoopParams<T>& p, const T* x, T* y, std::int64_t width) noexcept {
  const Plan& plan = p.work.plan;
  T lanes[kLanes * kColumns];
  const std::int64_t whole = tile_count(width, kLanes) * kLanes;
  for (int l = 0; l < kLanes; ++l) std::fill_n(lanes + l * kColumns, whole, Op::template initial<T>());
  Walk outer = plan.reduced;
  RowBlock<T> block{x, 0, 1, width};
  if (outer.rank > 0) {
    const auto inner = static_cast<std::size_t>(--outer.rank);
    block = {x, outer.stride[inner], outer.size[inner], width};
  }
  Cursor at(outer, 0);
  const std::int64_t blocks = outer.count();
  for (std::int64_t b = 0; b < blocks; ++b, at.next()) {
    block.x = x + at.offset();
    p.loops.add_rows(block, b * block.rows, lanes);
  }
  p.loops.finish_columns(lanes, width, plan.reduced_count, y);
}

/// `reduce` of numbers that are their own accumulators, with loops of an instruction set.
template <class Op, class T>
Fault reduce_by_loops(const LoopParams<T>& p, const Operands& operands, TileRange tiles) noexcept {
  const Plan& plan = p.work.plan;
  const T* x = operands.in<T>(0);
  T* y = operands.out<T>();
  const auto runs = [&](Range outputs) {
    if (plan.reduced.rank > 0) return reduce_runs<Op, T, T>(plan, x, y, outputs);
    const std::int64_t stride = plan.kept.rank > 0 ? plan.kept.stride[0] : 0;
    p.loops.runs({x + outputs.begin * stride, stride, outputs.size(), plan.run}, y + outputs.begin);
  };
  for_each_part(p.work, tiles, runs, [&](std::int64_t from, std::int64_t to, std::int64_t width) {
    reduce_rows<Op>(p, x + from, y + to, width);
  });
  return Fault::none;
}

}  // namespace litesmith::ops::reduce
