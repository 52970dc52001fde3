#pragma once

#include <cstdint>
#include <limits>

#include "ops/reduce/plan.h"

/// Reductions over 16 lanes: element j of a result, in row-major order of the reduced dimensions, joins lane j mod 16;
/// lanes l and l + 8, then + 4, + 2, + 1 are combined at the end. The order is the same for every layout, tile and
/// instruction set.
namespace litesmith::ops::reduce {

inline constexpr int kLanes = 16;

template <class Acc, class Op>
Acc tree(Acc (&lanes)[kLanes]) noexcept {
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int l = 0; l < half; ++l) lanes[l] = Op::combine(lanes[l], lanes[l + half]);
  return lanes[0];
}

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

// Integers wrap around.
struct Sum {
  template <class Acc>
  static constexpr Acc initial() noexcept {
    return 0;
  }
  template <class Acc>
  static Acc combine(Acc a, Acc b) noexcept {
    if constexpr (std::is_integral_v<Acc>)
      return static_cast<Acc>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    else
      return a + b;
  }
  template <class T, class Acc>
  static T finish(Acc sum, std::int64_t) noexcept {
    return static_cast<T>(sum);
  }
};
/// Integer means are truncated towards zero.
struct Mean : Sum {
  template <class T, class Acc>
  static T finish(Acc sum, std::int64_t count) noexcept {
    if constexpr (std::is_integral_v<Acc>)
      return count == 0 ? T{0} : static_cast<T>(sum / count);
    else
      return static_cast<T>(sum / static_cast<Acc>(count));
  }
};
struct Product {
  template <class Acc>
  static constexpr Acc initial() noexcept {
    return 1;
  }
  template <class Acc>
  static Acc combine(Acc a, Acc b) noexcept {
    if constexpr (std::is_integral_v<Acc>)
      return static_cast<Acc>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
    else
      return a * b;
  }
  template <class T, class Acc>
  static T finish(Acc product, std::int64_t) noexcept {
    return static_cast<T>(product);
  }
};
// NaN is not greater or less than anything and never wins.
struct Maximum {
  template <class Acc>
  static constexpr Acc initial() noexcept {
    using Limits = std::numeric_limits<Acc>;
    return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  }
  template <class Acc>
  static Acc combine(Acc a, Acc b) noexcept {
    return b > a ? b : a;
  }
  template <class T, class Acc>
  static T finish(Acc y, std::int64_t) noexcept {
    return y;
  }
};
struct Minimum {
  template <class Acc>
  static constexpr Acc initial() noexcept {
    using Limits = std::numeric_limits<Acc>;
    return Limits::has_infinity ? Limits::infinity() : Limits::max();
  }
  template <class Acc>
  static Acc combine(Acc a, Acc b) noexcept {
    return b < a ? b : a;
  }
  template <class T, class Acc>
  static T finish(Acc y, std::int64_t) noexcept {
    return y;
  }
};

}  // namespace litesmith::ops::reduce
