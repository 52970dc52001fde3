#pragma once

#include <benchmark/benchmark.h>

#include "simd/cpu.h"
#include "simd/fma_peak.h"

namespace litesmith::kernels {

/// Adds "GMAC/s" and, where the peak of `isa` is known, "peak%" to a bench whose iteration does `macs` multiply-adds.
inline void report_rate(benchmark::State& state, double macs, simd::Isa isa) {
  using benchmark::Counter;
  state.counters["GMAC/s"] = Counter(macs / 1e9, Counter::kIsIterationInvariantRate);
  const double peak = simd::fma_peak(isa);
  if (peak > 0) state.counters["peak%"] = Counter(100 * macs / peak, Counter::kIsIterationInvariantRate);
}

}  // namespace litesmith::kernels
