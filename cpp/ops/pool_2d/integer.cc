#include "ops/pool_2d/integer.h"

#include <limits>

namespace litesmith::ops::pool_2d {
namespace {

struct Average {
  static constexpr std::int64_t kStart = 0;
  static std::int64_t join(std::int64_t sum, std::int64_t x) noexcept { return sum + x; }
  static std::int64_t finish(std::int64_t sum, std::int64_t count) noexcept {
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
  }
};

struct Maximum {
  static constexpr std::int64_t kStart = std::numeric_limits<std::int64_t>::min();
  static std::int64_t join(std::int64_t most, std::int64_t x) noexcept { return std::max(most, x); }
  static std::int64_t finish(std::int64_t most, std::int64_t) noexcept { return most; }
};

/// One output pixel: `count` channels of the window that begins at x.
template <class T, class Pool>
void pool_pixel(const IntegerParams& p, const T* x, std::int64_t rows, std::int64_t columns, std::int64_t count,
                T* y) noexcept {
  std::int64_t totals[kChannels];
  std::fill_n(totals, count, Pool::kStart);
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; ++column) {
      const T* pixel = x + (row * p.w.in + column) * p.channels;
      for (std::int64_t c = 0; c < count; ++c) totals[c] = Pool::join(totals[c], pixel[c]);
    }
  for (std::int64_t c = 0; c < count; ++c)
    y[c] = static_cast<T>(std::clamp<std::int64_t>(Pool::finish(totals[c], rows * columns), p.clamp.low, p.clamp.high));
}

template <class T, class Pool>
Fault run(const IntegerParams& p, const Operands& operands, TileRange tiles) noexcept {
  for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
    const std::int64_t first = tile % p.channel_blocks * kChannels;
    const std::int64_t row = tile / p.channel_blocks;
    const std::int64_t oy = row % p.h.out;
    const std::int64_t top = p.h.begin(oy);
    const T* x = operands.in<T>(0) + (row / p.h.out * p.h.in + top) * p.w.in * p.channels + first;
    T* y = operands.out<T>() + row * p.w.out * p.channels + first;
    for (std::int64_t ox = 0; ox < p.w.out; ++ox) {
      const std::int64_t left = p.w.begin(ox);
      pool_pixel<T, Pool>(p, x + left * p.channels, p.h.end(oy) - top, p.w.end(ox) - left,
                          std::min(kChannels, p.channels - first), y + ox * p.channels);
    }
  }
  return Fault::none;
}

template <class T>
Step step_of(const IntegerParams& params, IntegerPool pool) {
  return pool == IntegerPool::average ? make_step<run<T, Average>>(params, "pool_2d/scalar/average")
                                      : make_step<run<T, Maximum>>(params, "pool_2d/scalar/max");
}

}  // namespace

Step integer_step(const IntegerParams& params, DType type, IntegerPool pool) {
  if (type == DType::uint8) return step_of<std::uint8_t>(params, pool);
  if (type == DType::int16) return step_of<std::int16_t>(params, pool);
  return step_of<std::int8_t>(params, pool);
}

}  // namespace litesmith::ops::pool_2d
