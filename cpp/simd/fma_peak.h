#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "simd/cpu.h"

/// The f32 multiply-add rate that one core can reach, for benches to compare with.
namespace litesmith::simd {

#if defined(__x86_64__)

/// 12 independent chains of 512-bit multiply-adds, `count` rounds.
[[gnu::target("avx512f")]] inline void fma_rounds_avx512(std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    __asm__ volatile(
        "vfmadd231ps %%zmm30, %%zmm31, %%zmm0\n vfmadd231ps %%zmm30, %%zmm31, %%zmm1\n"
        "vfmadd231ps %%zmm30, %%zmm31, %%zmm2\n vfmadd231ps %%zmm30, %%zmm31, %%zmm3\n"
        "vfmadd231ps %%zmm30, %%zmm31, %%zmm4\n vfmadd231ps %%zmm30, %%zmm31, %%zmm5\n"
        "vfmadd231ps %%zmm30, %%zmm31, %%zmm6\n vfmadd231ps %%zmm30, %%zmm31, %%zmm7\n"
        "vfmadd231ps %%zmm30, %%zmm31, %%zmm8\n vfmadd231ps %%zmm30, %%zmm31, %%zmm9\n"
        "vfmadd231ps %%zmm30, %%zmm31, %%zmm10\n vfmadd231ps %%zmm30, %%zmm31, %%zmm11\n" ::
            : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11");
  }
}

/// The same with 256 bits.
[[gnu::target("avx2,fma")]] inline void fma_rounds_avx2(std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    __asm__ volatile(
        "vfmadd231ps %%ymm14, %%ymm15, %%ymm0\n vfmadd231ps %%ymm14, %%ymm15, %%ymm1\n"
        "vfmadd231ps %%ymm14, %%ymm15, %%ymm2\n vfmadd231ps %%ymm14, %%ymm15, %%ymm3\n"
        "vfmadd231ps %%ymm14, %%ymm15, %%ymm4\n vfmadd231ps %%ymm14, %%ymm15, %%ymm5\n"
        "vfmadd231ps %%ymm14, %%ymm15, %%ymm6\n vfmadd231ps %%ymm14, %%ymm15, %%ymm7\n"
        "vfmadd231ps %%ymm14, %%ymm15, %%ymm8\n vfmadd231ps %%ymm14, %%ymm15, %%ymm9\n"
        "vfmadd231ps %%ymm14, %%ymm15, %%ymm10\n vfmadd231ps %%ymm14, %%ymm15, %%ymm11\n" ::
            : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11");
  }
}

/// Multiply-adds per second of one core with the vectors of `isa`, best of 15 runs; 0 where there is no such loop.
inline double measure_fma_peak(Isa isa) {
  const bool wide = usable(Isa::avx512, isa);
  if (!wide && !usable(Isa::avx2, isa)) return 0;
  constexpr std::int64_t kRounds = 200'000;
  double best = 0;
  for (int run = 0; run < 15; ++run) {
    const auto start = std::chrono::steady_clock::now();
    wide ? fma_rounds_avx512(kRounds) : fma_rounds_avx2(kRounds);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(kRounds) * 12 * (wide ? 16 : 8) / seconds.count());
  }
  return best;
}

#else

inline double measure_fma_peak(Isa) { return 0; }

#endif

/// measure_fma_peak, measured once per process and ISA.
inline double fma_peak(Isa isa) {
  static const double avx2 = measure_fma_peak(Isa::avx2);
  static const double best = measure_fma_peak(best_isa());
  if (isa == Isa::scalar) return 0;
  return isa == Isa::avx2 ? avx2 : best;
}

}  // namespace litesmith::simd
