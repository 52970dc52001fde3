#include "ops/pool_2d/integer.h"

namespace litesmith::ops::pool_2d {
namespace {

template <class T>
struct TypedParams {
  IntegerParams image;
  void (*pool)(const IntegerWindow<T>& window) noexcept;
};

template <class T>
Fault run(const TypedParams<T>& params, const Operands& operands, TileRange tiles) noexcept {
  const IntegerParams& p = params.image;
  for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
    const std::int64_t first = tile % p.channel_blocks * kChannels;
    const std::int64_t row = tile / p.channel_blocks;
    const std::int64_t oy = row % p.h.out;
    const std::int64_t top = p.h.begin(oy);
    const std::int64_t row_stride = p.w.in * p.channels;
    const T* x = operands.in<T>(0) + (row / p.h.out * p.h.in + top) * row_stride + first;
    T* y = operands.out<T>() + row * p.w.out * p.channels + first;
    for (std::int64_t ox = 0, count; ox < p.w.out; ox += count) {
      const std::int64_t left = p.w.begin(ox);
      count = p.w.alike(ox);
      params.pool({.x = x + left * p.channels,
                   .row_stride = row_stride,
                   .pixel_stride = p.channels,
                   .rows = p.h.end(oy) - top,
                   .columns = p.w.end(ox) - left,
                   .channels = std::min(kChannels, p.channels - first),
                   .count = count,
                   .step = p.w.stride * p.channels,
                   .y = y + ox * p.channels,
                   .low = p.clamp.low,
                   .high = p.clamp.high});
    }
  }
  return Fault::none;
}

template <class T>
Step step_of(const IntegerParams& params, const IntegerPoolsOf<T>& pools, IntegerPool pool, simd::Isa isa) {
  const bool is_average = pool == IntegerPool::average;
  const std::string name = concat("pool_2d/", simd::isa_name(isa), is_average ? "/average" : "/max");
  return make_step<run<T>>(TypedParams<T>{params, is_average ? pools.average : pools.max}, name, isa);
}

const IntegerPools& pools_of(simd::Isa isa) {
#if defined(__x86_64__)
  if (isa == simd::Isa::avx512) return avx512_integer_pools;
  if (isa == simd::Isa::avx2) return avx2_integer_pools;
#endif
  (void)isa;
  return scalar_integer_pools;
}

}  // namespace

Step integer_step(const IntegerParams& params, DType type, IntegerPool pool, simd::Isa isa) {
  const IntegerPools& pools = pools_of(isa);
  if (type == DType::uint8) return step_of(params, pools.u8, pool, isa);
  if (type == DType::int16) return step_of(params, pools.i16, pool, isa);
  return step_of(params, pools.i8, pool, isa);
}

}  // namespace litesmith::ops::pool_2d
