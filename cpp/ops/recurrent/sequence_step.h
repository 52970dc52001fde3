#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/aligned_buffer.h"
#include "ops/recurrent/sequence_blocks.h"
#include "ops/recurrent/stacked_product.h"

/// What cells of float activations have in common: products by stacked weights, and the walk over a sequence. Input
/// products of many steps are made at once; what is left for a step is the state by the recurrent weights.
namespace litesmith::ops::recurrent {

/// What one direction reads, and in which order of steps.
struct SequenceInputs {
  int input = 0;
  int second_input = -1;
  bool is_backward = false;
};

/// Weights of one direction; those that its cell lacks are empty.
struct SequenceProducts {
  StackedProduct input;
  std::optional<StackedProduct> second{};
  std::optional<StackedProduct> recurrent{};
  std::optional<StackedProduct> projection{};

  /// Bytes for weights that are packed while running.
  std::size_t packed_bytes() const;
  /// Multiplications per row and step.
  double work() const;
};

/// The products of one kind of block (SequenceBlocks::Block::kind). `width`: values of a row's sums.
struct SequencePlans {
  StackedProduct::Plan input, second{}, recurrent{}, projection{};
  std::size_t scratch_bytes() const;
};
SequencePlans sequence_plans(const SequenceProducts& products, const SequenceBlocks& blocks, std::size_t kind,
                             std::int64_t width);

/// Packed weights during a run, and where its tile works.
struct SequenceWork {
  const std::byte* input = nullptr;
  const std::byte* second = nullptr;
  const std::byte* recurrent = nullptr;
  const std::byte* projection = nullptr;
  float* sums = nullptr;         ///< [step][row][width] of a block
  float* cell = nullptr;         ///< the cell's own
  std::byte* scratch = nullptr;  ///< of products
};
/// Sizes of the arrays of a SequenceWork, in floats and bytes.
struct SequenceWorkSize {
  std::int64_t sums = 0;
  std::int64_t cell = 0;
  std::size_t scratch = 0;
  std::size_t bytes(const SequenceProducts& products) const;
};
/// Lays a tile's memory out and packs the weights that are not constant.
SequenceWork start_work(const SequenceProducts& products, const SequenceWorkSize& size,
                        const Operands& operands) noexcept;

/// One step of a block of rows.
struct SequenceMoment {
  const SequenceProducts& products;
  const SequencePlans& plans;
  const Operands& operands;
  const SequenceWork& work;
  std::int64_t row;  ///< first row in the batch
  std::int64_t rows;
  float* sums;  ///< [row][width]

  /// A state of `width` values per row, from `row` on.
  float* state(int operand, std::int64_t width) const noexcept {
    return const_cast<float*>(operands.in<float>(operand)) + row * width;
  }
};

/// One direction. A Cell has
///   inputs                           SequenceInputs
///   width(), units()                 values of a row's sums and of its result
///   own_floats(rows)                 what it needs for itself
///   start(operands, sums, rows)      what sums start from
///   const float* advance(moment)     one step: from sums to new states; the results, [row][units]
template <class Cell>
struct SequenceDirection {
  Cell cell;
  SequenceProducts products;
  SequenceOutput output{};
  std::array<SequencePlans, SequenceBlocks::kKinds> plans{};
  SequenceWorkSize size{};
};

template <class Cell>
struct SequenceParams {
  SequenceBlocks blocks;
  std::vector<SequenceDirection<Cell>> directions;
};

template <class Cell>
void run_block(const SequenceDirection<Cell>& d, const SequenceBlocks& blocks, const SequenceBlocks::Block& block,
               const Operands& operands, const SequenceWork& work) noexcept {
  const SequencePlans& plans = d.plans[block.kind];
  const SequenceInputs& inputs = d.cell.inputs;
  const std::int64_t first = blocks.first_row(block), width = d.cell.width(), units = d.cell.units();
  d.cell.start(operands, work.sums, block.rows * block.steps);
  d.products.input.add(plans.input, work.input, operands.in<float>(inputs.input) + first * d.products.input.k(),
                       work.sums, work.scratch);
  if (d.products.second)
    d.products.second->add(plans.second, work.second,
                           operands.in<float>(inputs.second_input) + first * d.products.second->k(), work.sums,
                           work.scratch);
  for (std::int64_t s = 0; s < block.steps; ++s) {
    const std::int64_t step = inputs.is_backward ? block.steps - 1 - s : s;
    const float* results = d.cell.advance(
        {d.products, plans, operands, work, block.row, block.rows, work.sums + step * block.rows * width});
    for (std::int64_t row = 0; row < block.rows; ++row)
      std::copy_n(results + row * units, units, d.output.at(operands, block.row + row, block.step + step));
  }
}

template <class Cell>
Fault run_sequence(const SequenceParams<Cell>& p, const Operands& operands, TileRange tiles) noexcept {
  const auto directions = static_cast<std::int64_t>(p.directions.size());
  for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
    const SequenceDirection<Cell>& d = p.directions[static_cast<std::size_t>(tile % directions)];
    const SequenceWork work = start_work(d.products, d.size, operands);
    for (std::int64_t part = 0; part < p.blocks.parts(); ++part)
      run_block(d, p.blocks, p.blocks.block(tile / directions, part, d.cell.inputs.is_backward), operands, work);
  }
  return Fault::none;
}

/// The step of a node whose cells and weights are there; its input is not empty.
template <class Cell>
Step sequence_step(const PrepareContext& context, simd::Isa isa, std::vector<SequenceDirection<Cell>> directions,
                   SequenceSize size, bool time_major, std::string kernel) {
  const auto count = static_cast<std::int64_t>(directions.size());
  std::int64_t width = 1;
  for (const auto& d : directions) width = std::max(width, d.cell.width());
  const SequenceBlocks blocks(size, time_major, width, (context.threads() + count - 1) / count);
  double work = 0;
  std::size_t scratch = 0;
  for (std::size_t i = 0; i < directions.size(); ++i) {
    SequenceDirection<Cell>& d = directions[i];
    d.output = sequence_output(context, static_cast<int>(i), d.cell.units(), blocks);
    d.size = {blocks.most_grid_rows() * d.cell.width(), d.cell.own_floats(blocks.most_rows()), 0};
    for (std::size_t kind = 0; kind < SequenceBlocks::kKinds; ++kind) {
      d.plans[kind] = sequence_plans(d.products, blocks, kind, d.cell.width());
      d.size.scratch = std::max(d.size.scratch, d.plans[kind].scratch_bytes());
    }
    scratch = std::max(scratch, d.size.bytes(d.products));
    work += d.products.work() * size.batch * size.steps;
  }
  Step step =
      make_step<run_sequence<Cell>>(SequenceParams<Cell>{blocks, std::move(directions)}, std::move(kernel), isa);
  step.tiles = count * blocks.row_blocks();
  step.scratch_bytes = scratch;
  step.work = work;
  return step;
}

/// Names of kernels: "lstm/avx512/hybrid".
std::string sequence_kernel(std::string_view family, simd::Isa isa, const TensorInfo& weights);

}  // namespace litesmith::ops::recurrent
