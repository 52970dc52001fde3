#include "quantization/value_scan/value_scan.h"

#include <algorithm>
#include <array>
#include <vector>

namespace litesmith::quantization {
namespace {

/// Values per tile: below, waking a worker costs more than the scan.
constexpr std::int64_t kTile = 1 << 16;
constexpr int kMostWorkers = 64;

ScanFunction scan_for(simd::Isa isa) {
#if defined(__x86_64__)
  if (simd::usable(simd::Isa::avx512, isa)) return scan_avx512;
  if (simd::usable(simd::Isa::avx2, isa)) return scan_avx2;
#endif
  static_cast<void>(isa);
  return scan_scalar;
}

PeaksFunction peaks_for(simd::Isa isa) {
#if defined(__x86_64__)
  if (simd::usable(simd::Isa::avx512, isa)) return peaks_avx512;
  if (simd::usable(simd::Isa::avx2, isa)) return peaks_avx2;
#endif
  static_cast<void>(isa);
  return peaks_scalar;
}

}  // namespace

Extent scan(const float* x, std::int64_t n, simd::Isa isa, ThreadPool& pool) {
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

void note_peaks(std::span<const float> x, std::span<float> peaks, simd::Isa isa, ThreadPool& pool) {
  constexpr std::int64_t kLeastWidth = 64;
  const auto n = static_cast<std::int64_t>(x.size()), channels = static_cast<std::int64_t>(peaks.size());
  if (n == 0 || channels == 0) return;
  // narrow rows are taken several at a time, so that vectors are full
  const std::int64_t width = channels * std::max<std::int64_t>(1, kLeastWidth / channels);
  const bool shared = pool.threads() > 1 && pool.threads() <= kMostWorkers && n > kTile;
  const std::int64_t tile = shared ? std::max<std::int64_t>(1, kTile / width) * width : n;
  struct Job {
    std::span<const float> x;
    std::int64_t tile, width;
    PeaksFunction function;
    std::vector<float> kept;  // by worker
  };
  const auto workers = static_cast<std::size_t>(shared ? pool.threads() : 1);
  Job job{x, tile, width, peaks_for(isa), std::vector<float>(workers * static_cast<std::size_t>(width))};
  const auto work = [](void* context, int worker, std::int64_t begin, std::int64_t end) noexcept {
    Job& it = *static_cast<Job*>(context);
    const std::int64_t first = begin * it.tile;
    const std::int64_t count = std::min(static_cast<std::int64_t>(it.x.size()), end * it.tile) - first;
    it.function(it.x.data() + first, count, it.kept.data() + worker * it.width, it.width);
  };
  if (shared)
    pool.run((n + tile - 1) / tile, work, &job);
  else
    work(&job, 0, 0, 1);
  for (std::size_t i = 0; i < job.kept.size(); ++i) {
    float& peak = peaks[i % peaks.size()];
    peak = std::max(peak, job.kept[i]);
  }
}

}  // namespace litesmith::quantization
