#include <algorithm>
#include <bit>

#include "base/error.h"
#include "kernels/strided_copy/strided_copy.h"

namespace litesmith::kernels {
namespace {

constexpr std::int64_t kTileBytes = 32768;
/// Rows of a block in a transposition that is one unit of work.
constexpr std::int64_t kCrossChunk = 64;
constexpr std::int64_t kSmallestTransposition = 2;

/// The loops, innermost last, without those of one entry and with neighbours joined that step as one.
struct Loops {
  CopyAxis axes[kMaxCopyAxes];
  int count = 0;

  void push(const CopyAxis& axis) {
    if (axis.size == 1) return;
    if (count > 0) {
      CopyAxis& last = axes[count - 1];
      if (last.from == axis.from * axis.size && last.to == axis.to * axis.size) {
        last = {last.size * axis.size, axis.from, axis.to};
        return;
      }
    }
    if (count == kMaxCopyAxes)
      fail(ErrorKind::limit, "a copy over more than ", kMaxCopyAxes, " dimensions of 2 or more does not fit in memory");
    axes[count++] = axis;
  }
  CopyAxis pop() { return count > 0 ? axes[--count] : CopyAxis{}; }
  void erase(int at) {
    std::copy(axes + at + 1, axes + count, axes + at);
    --count;
  }
};

bool is_element(std::int64_t bytes) { return bytes <= 16 && std::has_single_bit(static_cast<std::uint64_t>(bytes)); }

/// Takes the loop along which the source is contiguous out of the outer ones; false when there is none of some length.
bool take_cross(Loops& outer, StridedCopy& plan) {
  if (plan.inner.to != plan.width || plan.inner.from == plan.width || plan.inner.size < kSmallestTransposition)
    return false;
  for (int i = outer.count - 1; i >= 0; --i) {
    if (outer.axes[i].from != plan.width || outer.axes[i].size < kSmallestTransposition) continue;
    plan.cross = outer.axes[i];
    outer.erase(i);
    return true;
  }
  return false;
}

void choose_inner(Loops& loops, std::int64_t row_bytes, StridedCopy& plan) {
  if (row_bytes > kLongestShortRow) {
    plan.kind = StridedCopy::Inner::bytes;
    plan.inner = {row_bytes, 1, 1};
    return;
  }
  plan.width = static_cast<int>(row_bytes);
  plan.inner = loops.pop();
  if (plan.inner.size == 1) plan.inner = {1, plan.width, plan.width};
  plan.kind = StridedCopy::Inner::rows;
  if (is_element(row_bytes) && take_cross(loops, plan)) plan.kind = StridedCopy::Inner::transpose;
}

/// Entries of a chunk of at most `most`, so that all chunks are about as long.
std::int64_t even_chunk(std::int64_t length, std::int64_t most) {
  const std::int64_t chunks = (length + most - 1) / most;
  return (length + chunks - 1) / chunks;
}

void cut_into_tiles(StridedCopy& plan) {
  std::int64_t outer_units = 1;
  for (int i = 0; i < plan.outer_count; ++i) outer_units *= plan.outer[i].size;
  const bool transposes = plan.kind == StridedCopy::Inner::transpose;
  const std::int64_t length = transposes ? plan.cross.size : plan.inner.size;
  plan.chunk = even_chunk(length, transposes ? kCrossChunk : kTileBytes / plan.width);
  plan.chunks = (length + plan.chunk - 1) / plan.chunk;
  const std::int64_t unit_bytes =
      std::min(plan.chunk, length) * plan.width * (transposes ? plan.inner.size : std::int64_t{1});
  plan.units = outer_units * plan.chunks;
  plan.units_per_tile = std::max<std::int64_t>(1, kTileBytes / unit_bytes);
  plan.tiles = (plan.units + plan.units_per_tile - 1) / plan.units_per_tile;
  plan.bytes = outer_units * length * plan.width * (transposes ? plan.inner.size : std::int64_t{1});
}

}  // namespace

StridedCopy plan_strided_copy(std::span<const CopyAxis> axes, std::int64_t element_bytes) {
  StridedCopy plan;
  Loops loops;
  const bool is_empty = std::any_of(axes.begin(), axes.end(), [](const CopyAxis& axis) { return axis.size == 0; });
  if (is_empty || element_bytes == 0) return plan;
  for (const CopyAxis& axis : axes) loops.push(axis);
  loops.push({element_bytes, 1, 1});
  const bool has_row = loops.count > 0 && loops.axes[loops.count - 1].from == 1 && loops.axes[loops.count - 1].to == 1;
  choose_inner(loops, has_row ? loops.pop().size : 1, plan);
  plan.outer_count = loops.count;
  std::copy(loops.axes, loops.axes + loops.count, plan.outer);
  cut_into_tiles(plan);
  return plan;
}

}  // namespace litesmith::kernels
