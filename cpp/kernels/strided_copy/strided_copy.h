#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace litesmith::kernels {

/// One loop of a copy: how often, and how many bytes source and target move each time. 0 repeats a source; negative
/// steps walk backwards.
struct CopyAxis {
  std::int64_t size = 1;
  std::int64_t from = 0;
  std::int64_t to = 0;
};

/// Every axis left after merging has at least two entries, so that more of them would not fit into any memory.
inline constexpr int kMaxCopyAxes = 48;

/// Longer rows are copied one by one.
inline constexpr std::int64_t kLongestShortRow = 4096;

/// A copy between two strided layouts, prepared to run in tiles. Of fixed size, so that it can be planned anywhere.
struct StridedCopy {
  enum class Inner : std::uint8_t { bytes, rows, transpose };

  CopyAxis outer[kMaxCopyAxes];
  int outer_count = 0;
  Inner kind = Inner::bytes;
  /// Bytes that move at once: 1 for bytes, 1 to kLongestShortRow for rows, 1, 2, 4, 8 or 16 when transposing.
  int width = 1;
  /// Innermost loop, counted in pieces of `width`.
  CopyAxis inner;
  /// Transposition only: the loop along which the source is contiguous, as the target is along `inner`.
  CopyAxis cross;
  /// The loop over `inner` (`cross` when transposing) is cut into chunks of this many entries, each one a unit of work.
  std::int64_t chunk = 1;
  std::int64_t chunks = 1;
  std::int64_t units = 0;
  std::int64_t units_per_tile = 1;
  std::int64_t tiles = 1;
  /// Bytes written.
  std::int64_t bytes = 0;
};

/// Plans a copy of `element_bytes` bytes per innermost iteration. `axes` stand outermost first, best in the order of
/// the target; sizes are >= 0 and their product is in memory range. Throws Error(limit) when more than kMaxCopyAxes
/// axes remain after merging.
StridedCopy plan_strided_copy(std::span<const CopyAxis> axes, std::int64_t element_bytes);

/// Copies tiles [first, last). Source and target must not overlap.
void run_strided_copy(const StridedCopy& copy, const std::byte* from, std::byte* to, std::int64_t first,
                      std::int64_t last) noexcept;

/// The whole copy.
inline void run_strided_copy(const StridedCopy& copy, const std::byte* from, std::byte* to) noexcept {
  run_strided_copy(copy, from, to, 0, copy.tiles);
}

/// Copies `rows.size` rows of `bytes` bytes whose begins are `rows.from` and `rows.to` apart.
void copy_rows(const CopyAxis& rows, std::int64_t bytes, const std::byte* from, std::byte* to) noexcept;

/// Writes `count` times the element of `element_bytes` bytes at `value`.
void fill_elements(const std::byte* value, std::int64_t element_bytes, std::byte* to, std::int64_t count) noexcept;

}  // namespace litesmith::kernels
