#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ops/step.h"

namespace litesmith::ops::pad {

/// Padding along one axis, in entries.
struct Padding {
  std::int64_t before = 0, size = 0, after = 0;
  std::int64_t total() const noexcept { return before + size + after; }
};

/// PAD after joining axes: the last one is padded, counts bytes, and a row along it is one unit of work.
struct PadPlan {
  std::vector<Padding> axes;
  std::vector<std::int64_t> from_strides;  // bytes, of the operand
  std::int64_t rows = 0;
  std::int64_t rows_per_tile = 1;
  int width = 1;
  std::array<std::byte, 16> value{};
  /// Operand that holds the padding value; -1 = `value`.
  int value_operand = -1;
};

/// Joins axes of a tensor whose entries have `width` bytes.
PadPlan plan_pad(const std::vector<Padding>& axes, int width);
Fault run_pad(const PadPlan& plan, const Operands& operands, TileRange tiles) noexcept;

/// MIRROR_PAD: for every axis the operand's byte offset of each entry of the result.
struct MirrorPlan {
  std::vector<std::vector<std::int64_t>> offsets;
  std::int64_t rows = 0;
  std::int64_t rows_per_tile = 1;
  int width = 1;
};

MirrorPlan plan_mirror(const std::vector<Padding>& axes, int width, bool repeats_border);
Fault run_mirror(const MirrorPlan& plan, const Operands& operands, TileRange tiles) noexcept;

}  // namespace litesmith::ops::pad
