#include "ops/pool_2d/integer.h"

namespace litesmith::ops::pool_2d {
namespace {

template <class T>
struct TypedParams {
  IntegerParams integer;
  void (*pool)(const IntegerWindow<T>& window) noexcept;
};

template <class T>
Fault run(const TypedParams<T>& params, const Operands& operands, TileRange tiles) noexcept {
  pool_tiles<T>(params.integer.image, params.pool, params.integer.clamp, operands, tiles);
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
