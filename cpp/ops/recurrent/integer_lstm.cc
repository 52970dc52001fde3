#include "ops/recurrent/integer_lstm.h"

#include <algorithm>

#include "base/aligned_buffer.h"
#include "ops/float_product.h"
#include "ops/recurrent/integer_cell.h"
#include "ops/recurrent/recurrent.h"
#include "ops/recurrent/sequence.h"
#include "ops/recurrent/sequence_blocks.h"

namespace litesmith::ops::recurrent {
namespace {

constexpr kernels::OutputRange kInt16{0, -32768, 32767};

struct IntegerLstm {
  IntegerCell cell;
  SequenceBlocks blocks;
  const kernels::RowDots* dots;
  const kernels::RequantizeLoops* loops;
};

/// Where a tile works.
struct Work {
  std::int32_t* input_sums;  // [step][row][width]
  std::int32_t* sums;        // [row][width] or [row][units]
  std::int16_t* gates;       // [row][width]
  std::int16_t* more;        // [row][width]
  std::int8_t* hidden;       // [row][cells]
};

std::size_t bytes_of(std::int64_t count, std::size_t size) { return align_up(static_cast<std::size_t>(count) * size); }

/// Arrays one behind the other from `memory`; the bytes that they take.
std::size_t lay_out(const IntegerLstm& p, std::byte* memory, Work& work) noexcept {
  const std::int64_t rows = p.blocks.most_rows(), width = p.cell.width();
  std::size_t offset = 0;
  const auto take = [&]<class T>(T*& array, std::int64_t count) {
    array = memory == nullptr ? nullptr : reinterpret_cast<T*>(memory + offset);
    offset += bytes_of(count, sizeof(T));
  };
  take(work.input_sums, p.blocks.most_grid_rows() * width);
  take(work.sums, rows * std::max(width, p.cell.units));
  take(work.gates, rows * width);
  take(work.more, rows * width);
  take(work.hidden, rows * p.cell.cells);
  return offset;
}

/// sums[row, n] + corrections, for rows of a dense array.
void correct(const IntegerProduct8& product, std::int32_t* sums, std::int64_t rows) noexcept {
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t j = 0; j < product.n; ++j) {
      const auto correction = static_cast<std::uint32_t>(product.corrections[static_cast<std::size_t>(j)]);
      sums[row * product.n + j] =
          static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[row * product.n + j]) + correction);
    }
}

void requantize(const IntegerLstm& p, const IntegerProduct8& product, const std::int32_t* sums, std::int64_t rows,
                kernels::OutputType type, const kernels::OutputRange& range, void* y) noexcept {
  p.loops->fixed_point({.rows = rows,
                        .channels = product.n,
                        .sum_stride = product.n,
                        .y = y,
                        .y_stride = product.n,
                        .type = type,
                        .range = range},
                       sums, product.multipliers.data());
}

/// Products of rows that lie densely.
void multiply_rows(const IntegerLstm& p, const IntegerProduct8& product, const std::int8_t* x, std::int64_t rows,
                   std::int32_t* sums) noexcept {
  p.dots->int8({.m = rows,
                .k = product.k,
                .n = product.n,
                .x_stride = product.k,
                .w_stride = product.k,
                .sum_stride = product.n},
               x, product.weights.data(), sums);
  correct(product, sums, rows);
}

/// Input products of a block for all of its steps, [step][row][width].
void multiply_input(const IntegerLstm& p, const SequenceBlocks::Block& block, const std::int8_t* x,
                    const Work& work) noexcept {
  const IntegerProduct8& product = p.cell.input;
  const RowGrid grid = p.blocks.grid(block.kind, product.k, product.n);
  for (std::int64_t outer = 0; outer < grid.outer; ++outer)
    p.dots->int8({.m = grid.inner,
                  .k = product.k,
                  .n = product.n,
                  .x_stride = grid.x_inner,
                  .w_stride = product.k,
                  .sum_stride = grid.y_inner},
                 x + outer * grid.x_outer, product.weights.data(), work.input_sums + outer * grid.y_outer);
  correct(product, work.input_sums, grid.rows());
}

/// gates += recurrent products, saturated. litert adds before it saturates, tflm after.
void add_recurrent(const IntegerLstm& p, const Work& work, std::int64_t rows) noexcept {
  const IntegerProduct8& product = p.cell.recurrent;
  requantize(p, product, work.sums, rows, kernels::OutputType::int16, kInt16, work.more);
  const bool is_exact = p.cell.arithmetic == Arithmetic::litert;
  for (std::int64_t i = 0; i < rows * product.n; ++i) {
    std::int64_t more = work.more[i];
    if (is_exact && (more == kInt16.low || more == kInt16.high))
      more = kernels::multiply(work.sums[i], product.multipliers[static_cast<std::size_t>(i % product.n)]);
    work.gates[i] = static_cast<std::int16_t>(std::clamp<std::int64_t>(work.gates[i] + more, kInt16.low, kInt16.high));
  }
}

void project(const IntegerLstm& p, const Work& work, std::int8_t* state, std::int64_t rows) noexcept {
  const IntegerProduct8& product = p.cell.projection;
  multiply_rows(p, product, work.hidden, rows, work.sums);
  requantize(p, product, work.sums, rows, kernels::OutputType::int8, {p.cell.output_zero_point, -128, 127}, state);
  const std::int32_t clip = p.cell.projection_clip;
  for (std::int64_t i = 0; clip > 0 && i < rows * product.n; ++i)
    state[i] = static_cast<std::int8_t>(std::clamp<std::int32_t>(state[i], -clip, clip));
}

void run_block(const IntegerLstm& p, const Operands& operands, const SequenceBlocks::Block& block,
               const Work& work) noexcept {
  const IntegerCell& cell = p.cell;
  auto* const output_state =
      const_cast<std::int8_t*>(operands.in<std::int8_t>(cell.at.output_state)) + block.row * cell.units;
  auto* const cell_state =
      const_cast<std::int16_t*>(operands.in<std::int16_t>(cell.at.cell_state)) + block.row * cell.cells;
  std::int8_t* const hidden = cell.has_projection() ? work.hidden : output_state;
  multiply_input(p, block, operands.in<std::int8_t>(cell.at.input) + p.blocks.first_row(block) * cell.input.k, work);
  for (std::int64_t step = 0; step < block.steps; ++step) {
    requantize(p, cell.input, work.input_sums + step * block.rows * cell.width(), block.rows,
               kernels::OutputType::int16, kInt16, work.gates);
    multiply_rows(p, cell.recurrent, output_state, block.rows, work.sums);
    add_recurrent(p, work, block.rows);
    for (std::int64_t row = 0; row < block.rows; ++row)
      update_integer_row(cell, work.gates + row * cell.width(), cell_state + row * cell.cells,
                         hidden + row * cell.cells);
    if (cell.has_projection()) project(p, work, output_state, block.rows);
    for (std::int64_t row = 0; row < block.rows; ++row)
      std::copy_n(output_state + row * cell.units, cell.units,
                  operands.out<std::int8_t>() + p.blocks.position(block.row + row, block.step + step) * cell.units);
  }
}

Fault run(const IntegerLstm& p, const Operands& operands, TileRange tiles) noexcept {
  Work work;
  lay_out(p, operands.scratch, work);
  for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile)
    for (std::int64_t part = 0; part < p.blocks.parts(); ++part)
      run_block(p, operands, p.blocks.block(tile, part, false), work);
  return Fault::none;
}

}  // namespace

Step prepare_integer_lstm(const PrepareContext& context, simd::Isa) {
  const auto& attrs = context.attrs<LstmAttrs>();
  if (elements(context.output().shape) == 0) return empty_step("lstm");
  const LstmOperands at = lstm_directions(context).front();
  if (attrs.diagonal_recurrent) context.fail("has diagonal recurrent weights, which only float32 weights can be");
  const SequenceSize size = sequence_size(context, context.input(0).shape.rank(), attrs.time_major);
  IntegerLstm params{.cell = integer_cell(context, at),
                     .blocks = {},
                     .dots = &kernels::row_dots(context.isa()),
                     .loops = &kernels::requantize_loops(context.isa())};
  params.blocks = SequenceBlocks(size, attrs.time_major, params.cell.width(), context.threads());
  Work work;
  const std::size_t scratch = lay_out(params, nullptr, work);
  const IntegerCell& cell = params.cell;
  const std::int64_t terms = cell.input.n * (cell.input.k + cell.recurrent.k) + cell.projection.n * cell.projection.k;
  const std::int64_t tiles = params.blocks.row_blocks();
  const simd::Isa isa = params.dots->isa;
  Step step = make_step<run>(std::move(params), concat("lstm/", simd::isa_name(isa), "/int8"), isa);
  step.tiles = tiles;
  step.scratch_bytes = scratch;
  step.work = static_cast<double>(terms) * size.batch * size.steps;
  return step;
}

}  // namespace litesmith::ops::recurrent
