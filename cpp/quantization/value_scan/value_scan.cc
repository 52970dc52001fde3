#include "quantization/value_scan/value_scan.h"

#include <algorithm>
#include <array>

namespace litesmith::quantization {
namespace {

/// Values per tile: below, waking a worker costs more than the scan.
constexpr std::int64_t kTile = 1 << 16;

ScanFunction scan_for(simd::Isa isa) {
#if defined(__x86_64__)
  if (simd::usable(simd::Isa::avx512, isa)) return scan_avx512;
  if (simd::usable(simd::Isa::avx2, isa)) return scan_avx2;
#endif
  static_cast<void>(isa);
  return scan_scalar;
}

}  // namespace

Extent scan(const float* x, std::int64_t n, simd::Isa isa, ThreadPool& pool) {
  constexpr int kMostWorkers = 64;
  const ScanFunction function = scan_for(isa);
  if (pool.threads() == 1 || pool.threads() > kMostWorkers || n <= kTile) return function(x, n);
  struct Job {
    const float* x;
    std::int64_t n;
    ScanFunction function;
    std::array<Extent, kMostWorkers> of_worker;
  };
  Job job{x, n, function, {}};
  pool.run((n + kTile - 1) / kTile,
           [](void* context, int worker, std::int64_t begin, std::int64_t end) noexcept {
             Job& it = *static_cast<Job*>(context);
             const std::int64_t first = begin * kTile;
             const std::int64_t count = std::min(it.n, end * kTile) - first;
             it.of_worker[static_cast<std::size_t>(worker)].join(it.function(it.x + first, count));
           },
           &job);
  Extent all;
  for (const Extent& one : job.of_worker) all.join(one);
  return all;
}

}  // namespace litesmith::quantization
