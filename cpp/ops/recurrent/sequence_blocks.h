#pragma once

#include <algorithm>

#include "ops/recurrent/sequence.h"
#include "ops/recurrent/stacked_product.h"
#include "ops/step.h"

namespace litesmith::ops::recurrent {

/// A sequence cut into blocks: rows (of the batch) that one tile takes through all steps, and parts of steps whose
/// input products are made at once, few enough to stay in the cache.
class SequenceBlocks {
 public:
  /// Blocks differ in size at most between all but the last and the last, along both axes.
  static constexpr std::size_t kKinds = 4;
  struct Block {
    std::int64_t row = 0;
    std::int64_t rows = 0;
    std::int64_t step = 0;
    std::int64_t steps = 0;
    std::size_t kind = 0;
  };

  SequenceBlocks() = default;
  /// `width`: floats that the products of one row and step take. Both sizes are at least 1.
  SequenceBlocks(SequenceSize size, bool time_major, std::int64_t width, std::int64_t row_blocks)
      : batch_(size.batch), steps_(size.steps), is_time_major_(time_major) {
    rows_per_block_ = (batch_ + row_blocks - 1) / row_blocks;
    steps_per_part_ = std::clamp<std::int64_t>(kPartFloats / (rows_per_block_ * width), 1, steps_);
  }

  std::int64_t row_blocks() const noexcept { return (batch_ + rows_per_block_ - 1) / rows_per_block_; }
  std::int64_t parts() const noexcept { return (steps_ + steps_per_part_ - 1) / steps_per_part_; }
  std::int64_t most_rows() const noexcept { return rows_per_block_; }
  std::int64_t most_grid_rows() const noexcept { return rows_per_block_ * steps_per_part_; }

  /// Part `part` of a row block in the order in which a direction meets them.
  Block block(std::int64_t row_block, std::int64_t part, bool is_backward) const noexcept {
    if (is_backward) part = parts() - 1 - part;
    const std::size_t kind = (row_block + 1 == row_blocks() ? 1U : 0U) + (part + 1 == parts() ? 2U : 0U);
    return {row_block * rows_per_block_, rows(kind), part * steps_per_part_, steps(kind), kind};
  }
  std::int64_t rows(std::size_t kind) const noexcept {
    return (kind & 1U) == 0 ? rows_per_block_ : batch_ - (row_blocks() - 1) * rows_per_block_;
  }
  std::int64_t steps(std::size_t kind) const noexcept {
    return (kind & 2U) == 0 ? steps_per_part_ : steps_ - (parts() - 1) * steps_per_part_;
  }

  /// Position of (row, step) among the rows of the sequence.
  std::int64_t position(std::int64_t row, std::int64_t step) const noexcept {
    return is_time_major_ ? step * batch_ + row : row * steps_ + step;
  }
  std::int64_t first_row(const Block& block) const noexcept { return position(block.row, block.step); }

  /// From a block's rows of `k` values to [step][row] of `width` values.
  RowGrid grid(std::size_t kind, std::int64_t k, std::int64_t width) const noexcept {
    const std::int64_t row = is_time_major_ ? k : steps_ * k, step = is_time_major_ ? batch_ * k : k;
    if (rows(kind) > steps(kind)) return {steps(kind), rows(kind), step, row, rows(kind) * width, width};
    return {rows(kind), steps(kind), row, step, width, rows(kind) * width};
  }

 private:
  static constexpr std::int64_t kPartFloats = 32'768;
  std::int64_t batch_ = 1;
  std::int64_t steps_ = 1;
  bool is_time_major_ = false;
  std::int64_t rows_per_block_ = 1;
  std::int64_t steps_per_part_ = 1;
};

/// Where a direction puts its result.
struct SequenceOutput {
  SequenceBlocks blocks;
  int result = 0;
  std::int64_t pitch = 0;
  std::int64_t offset = 0;

  float* at(const Operands& operands, std::int64_t row, std::int64_t step) const noexcept {
    return operands.out<float>(result) + blocks.position(row, step) * pitch + offset;
  }
};

/// Direction `which` of a node gives `units` values a step: a result of its own, or its part of a merged one.
inline SequenceOutput sequence_output(const PrepareContext& context, int which, std::int64_t units,
                                      const SequenceBlocks& blocks) {
  const bool is_merged = which > 0 && context.output_count() == 1;
  const std::int64_t pitch = context.output(is_merged ? 0 : which).shape.back();
  return {blocks, is_merged ? 0 : which, pitch, is_merged ? pitch - units : 0};
}

}  // namespace litesmith::ops::recurrent
