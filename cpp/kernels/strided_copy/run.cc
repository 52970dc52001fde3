#include <algorithm>
#include <cstring>

#include "kernels/strided_copy/strided_copy.h"
#include "kernels/strided_copy/transpose.h"

namespace litesmith::kernels {
namespace {

/// Position in the outer loops.
class Odometer {
 public:
  Odometer(const StridedCopy& copy, std::int64_t position) noexcept : copy_(copy) {
    for (int i = copy.outer_count - 1; i >= 0; --i) {
      const CopyAxis& axis = copy.outer[i];
      at_[i] = position % axis.size;
      position /= axis.size;
      from_ += at_[i] * axis.from;
      to_ += at_[i] * axis.to;
    }
  }
  std::int64_t from() const noexcept { return from_; }
  std::int64_t to() const noexcept { return to_; }
  void advance() noexcept {
    for (int i = copy_.outer_count - 1; i >= 0; --i) {
      const CopyAxis& axis = copy_.outer[i];
      from_ += axis.from;
      to_ += axis.to;
      if (++at_[i] < axis.size) return;
      from_ -= axis.size * axis.from;
      to_ -= axis.size * axis.to;
      at_[i] = 0;
    }
  }

 private:
  const StridedCopy& copy_;
  std::int64_t at_[kMaxCopyAxes];
  std::int64_t from_ = 0;
  std::int64_t to_ = 0;
};

void run_rows(const StridedCopy& copy, std::int64_t first, std::int64_t count, const std::byte* from,
              std::byte* to) noexcept {
  const CopyAxis& inner = copy.inner;
  copy_rows({count, inner.from, inner.to}, copy.width, from + first * inner.from, to + first * inner.to);
}

void run_transposition(const StridedCopy& copy, std::int64_t first, std::int64_t count, const std::byte* from,
                       std::byte* to) noexcept {
  transpose({.width = copy.width,
             .rows = count,
             .columns = copy.inner.size,
             .from_step = copy.inner.from,
             .to_step = copy.cross.to,
             .from = from + first * copy.cross.from,
             .to = to + first * copy.cross.to});
}

void run_bytes(const StridedCopy&, std::int64_t first, std::int64_t count, const std::byte* from,
               std::byte* to) noexcept {
  std::memcpy(to + first, from + first, static_cast<std::size_t>(count));
}

using Unit = void (*)(const StridedCopy&, std::int64_t, std::int64_t, const std::byte*, std::byte*) noexcept;

Unit unit_of(const StridedCopy& copy) noexcept {
  if (copy.kind == StridedCopy::Inner::bytes) return run_bytes;
  return copy.kind == StridedCopy::Inner::rows ? run_rows : run_transposition;
}

}  // namespace

void run_strided_copy(const StridedCopy& copy, const std::byte* from, std::byte* to, std::int64_t first,
                      std::int64_t last) noexcept {
  const std::int64_t begin = first * copy.units_per_tile;
  const std::int64_t end = std::min(last * copy.units_per_tile, copy.units);
  if (begin >= end) return;
  const Unit run = unit_of(copy);
  const std::int64_t length = copy.kind == StridedCopy::Inner::transpose ? copy.cross.size : copy.inner.size;
  Odometer at(copy, begin / copy.chunks);
  std::int64_t chunk = begin % copy.chunks;
  for (std::int64_t unit = begin; unit < end; ++unit) {
    const std::int64_t start = chunk * copy.chunk;
    run(copy, start, std::min(copy.chunk, length - start), from + at.from(), to + at.to());
    if (++chunk == copy.chunks) {
      chunk = 0;
      at.advance();
    }
  }
}

}  // namespace litesmith::kernels
