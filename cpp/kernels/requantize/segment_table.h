#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

/// Functions of int16 numbers by linear interpolation (reference: arithmetic.md §7).
namespace litesmith::kernels {

/// Values at the ends of 512 segments.
using SegmentTable = std::array<std::int16_t, 513>;

template <class Real>
struct Interval {
  Real low, high;
};

/// The table of f over `input`, which int16 spans, with results in `output`, which int16 spans. Each value is moved by
/// half of the error in the middle of its segment.
template <class Real, class Function>
SegmentTable segment_table(Function f, Interval<Real> input, Interval<Real> output) {
  const Real step = (input.high - input.low) / 512;
  const Real half = step / 2;
  const Real scale = 65536 / (output.high - output.low);
  const auto stored = [](Real value) { return static_cast<std::int16_t>(std::clamp<Real>(value, -32768, 32767)); };
  SegmentTable table{};
  for (int i = 0; i < 512; ++i) {
    const Real x = input.low + static_cast<Real>(i) * step;
    const Real next = f(input.low + static_cast<Real>(i + 1) * step);
    const Real value = std::round(f(x) * scale);
    const Real interpolated = std::round((next * scale + value) / 2);
    const Real error = interpolated - std::round(f(x + half) * scale);
    table[static_cast<std::size_t>(i)] = stored(value - std::round(error / 2));
  }
  table[512] = stored(std::round(f(input.high) * scale));
  return table;
}

constexpr std::int16_t lookup(const SegmentTable& table, std::int16_t x) noexcept {
  const auto segment = static_cast<std::size_t>(256 + (x >> 7));
  const auto slope = static_cast<std::int16_t>(table[segment + 1] - table[segment]);  // wraps where f is steep
  return static_cast<std::int16_t>(table[segment] + ((slope * (x & 127) + 64) >> 7));
}

}  // namespace litesmith::kernels
