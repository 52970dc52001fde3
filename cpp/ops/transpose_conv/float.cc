#include "ops/transpose_conv/float.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "base/aligned_buffer.h"
#include "ops/float_product.h"
#include "ops/weights.h"

namespace litesmith::ops::transpose_conv {
namespace {

/// Outputs first, first + stride, ... along one axis: they meet the same taps.
struct AxisPhase {
  std::int64_t first;
  std::int64_t count;
  std::int64_t taps;
  std::int64_t last_tap;
  std::int64_t pad;
};

/// The phases that meet at least one tap.
std::vector<AxisPhase> phases(const Axis& a) {
  std::vector<AxisPhase> list;
  for (std::int64_t r = 0; r < std::min(a.kernel, a.stride); ++r) {
    const std::int64_t first = ((r - a.pad) % a.stride + a.stride) % a.stride;
    if (first >= a.output) continue;
    const std::int64_t taps = (a.kernel - 1 - r) / a.stride + 1;
    list.push_back({.first = first,
                    .count = (a.output - first - 1) / a.stride + 1,
                    .taps = taps,
                    .last_tap = r + a.stride * (taps - 1),
                    .pad = taps - 1 - (first + a.pad - r) / a.stride});
  }
  return list;
}

struct Phase {
  kernels::Conv2dShape shape;
  kernels::ImageStrides y;
  std::int64_t y_offset;
  kernels::WeightView view;
  std::int64_t weight_offset;
};

std::vector<Phase> image_phases(const TransposedConv& t) {
  std::vector<Phase> list;
  const std::int64_t row = t.w.output * t.out_c;
  for (const AxisPhase& h : phases(t.h))
    for (const AxisPhase& w : phases(t.w))
      list.push_back({.shape = {.batch = t.batch,
                                .in_h = t.h.input,
                                .in_w = t.w.input,
                                .in_c = t.in_c,
                                .out_h = h.count,
                                .out_w = w.count,
                                .kernel_h = h.taps,
                                .kernel_w = w.taps,
                                .pad_top = h.pad,
                                .pad_left = w.pad},
                      .y = {t.h.output * row, t.h.stride * row, t.w.stride * t.out_c},
                      .y_offset = h.first * row + w.first * t.out_c,
                      .view = {.kx_size = w.taps,
                               .ci_size = t.in_c,
                               .n_stride = t.h.kernel * t.w.kernel * t.in_c,
                               .ky_stride = -t.h.stride * t.w.kernel * t.in_c,
                               .kx_stride = -t.w.stride * t.in_c},
                      .weight_offset = (h.last_tap * t.w.kernel + w.last_tap) * t.in_c});
  return list;
}

/// One phase with packed weights, or one block of its columns whose weights are packed by the tile.
struct Piece {
  Phase phase;
  ColumnBlock block;
  std::int64_t first_column = 0;
  std::shared_ptr<std::byte[]> weights{};
  std::int64_t first_tile = 0;
  std::int64_t tiles = 1;
};

struct Params {
  TransposedConv shape;
  std::vector<Piece> pieces;
  std::vector<float> weights;  // copies of operands that are known; empty when read at run time
  std::vector<float> bias;
  bool has_bias = false;
  std::int64_t gap_tiles = 0;  // rows of the result, the first tiles, when some outputs meet no tap
  std::int64_t tiles = 0;
};

bool has_taps(const Axis& a, std::int64_t o) noexcept { return (o + a.pad) % a.stride < a.kernel; }

/// Writes the clamped bias where no tap of the filter falls.
void fill_gaps(const Params& p, std::int64_t row, const float* bias, float* y) noexcept {
  const TransposedConv& t = p.shape;
  const bool in_phase = has_taps(t.h, row % t.h.output);
  for (std::int64_t ox = 0; ox < t.w.output; ++ox) {
    if (in_phase && has_taps(t.w, ox)) continue;
    float* pixel = y + (row * t.w.output + ox) * t.out_c;
    for (std::int64_t c = 0; c < t.out_c; ++c) {
      const float v = bias == nullptr ? 0 : bias[c];
      pixel[c] = v < t.clamp.low ? t.clamp.low : (v > t.clamp.high ? t.clamp.high : v);
    }
  }
}

void run_piece(const Params& p, const Piece& piece, const Operands& operands, const float* bias,
               TileRange tiles) noexcept {
  const float* x = operands.in<float>(2);
  float* y = operands.out<float>() + piece.phase.y_offset + piece.first_column;
  if (piece.weights != nullptr) {
    kernels::run_conv2d(piece.block.plan, x, reinterpret_cast<const float*>(piece.weights.get()), y,
                        kernel_clamp(p.shape.clamp), tiles.begin, tiles.end, operands.scratch);
    return;
  }
  kernels::WeightView view = piece.phase.view;
  view.data = (p.weights.empty() ? operands.in<float>(1) : p.weights.data()) + piece.phase.weight_offset +
              piece.first_column * view.n_stride;
  run_columns(piece.block, x, view, bias == nullptr ? nullptr : bias + piece.first_column, y, p.shape.clamp,
              operands.scratch);
}

Fault run(const Params& p, const Operands& operands, TileRange tiles) noexcept {
  const float* bias = nullptr;
  if (p.has_bias) bias = p.bias.empty() ? operands.in<float>(3) : p.bias.data();
  for (std::int64_t row = tiles.begin; row < std::min(tiles.end, p.gap_tiles); ++row)
    fill_gaps(p, row, bias, operands.out<float>());
  for (const Piece& piece : p.pieces) {
    const std::int64_t begin = std::max(tiles.begin - piece.first_tile, std::int64_t{0});
    const std::int64_t end = std::min(tiles.end - piece.first_tile, piece.tiles);
    if (begin < end) run_piece(p, piece, operands, bias, {begin, end});
  }
  return Fault::none;
}

void add_packed(Params& p, const Phase& phase, simd::Isa isa) {
  const TransposedConv& t = p.shape;
  const auto layout = kernels::panel_layout(isa, t.out_c, phase.shape.kernel_h * phase.shape.kernel_w * t.in_c);
  const auto x = kernels::dense_image(t.h.input, t.w.input, t.in_c);
  Piece piece{.phase = phase, .block = {kernels::plan_conv2d(layout, phase.shape, x, phase.y), 0}};
  piece.weights = aligned_buffer(kernels::packed_bytes(layout));
  kernels::WeightView view = phase.view;
  view.data = p.weights.data() + phase.weight_offset;
  kernels::pack_weights(layout, view, p.has_bias ? p.bias.data() : nullptr,
                        reinterpret_cast<float*>(piece.weights.get()));
  piece.tiles = piece.block.plan.tiles;
  p.pieces.push_back(std::move(piece));
}

void add_fed(Params& p, const Phase& phase, simd::Isa isa) {
  const TransposedConv& t = p.shape;
  const std::int64_t k = phase.shape.kernel_h * phase.shape.kernel_w * t.in_c;
  const auto x = kernels::dense_image(t.h.input, t.w.input, t.in_c);
  const std::int64_t columns = block_columns(isa, t.out_c, k);
  for (std::int64_t first = 0; first < t.out_c; first += columns)
    p.pieces.push_back({.phase = phase,
                        .block = plan_columns(isa, std::min(columns, t.out_c - first), k, phase.shape, x, phase.y),
                        .first_column = first});
}

}  // namespace

Step float_step(const PrepareContext& context, simd::Isa isa, const TransposedConv& shape) {
  if (shape.batch == 0 || shape.h.output == 0 || shape.w.output == 0) return empty_step("transpose_conv");
  Params p{.shape = shape,
           .pieces = {},
           .weights = known_floats(context, 1),
           .bias = known_floats(context, 3),
           .has_bias = context.has_input(3)};
  const bool known = is_known(context, 1) && is_known(context, 3);
  const bool has_gaps = shape.h.stride > shape.h.kernel || shape.w.stride > shape.w.kernel;
  if (has_gaps) p.gap_tiles = shape.batch * shape.h.output;
  double work = 0;
  for (const Phase& phase : image_phases(shape)) {
    known ? add_packed(p, phase, isa) : add_fed(p, phase, isa);
    const kernels::Conv2dShape& s = phase.shape;
    work += static_cast<double>(s.batch * s.out_h * s.out_w) * static_cast<double>(s.kernel_h * s.kernel_w * s.in_c);
  }
  if (known) p.weights.clear();
  p.tiles = p.gap_tiles;
  std::size_t scratch = 0;
  for (Piece& piece : p.pieces) {
    piece.first_tile = p.tiles;
    p.tiles += piece.tiles;
    scratch = std::max(scratch, piece.block.scratch_bytes());
  }
  const std::int64_t tiles = p.tiles;
  Step step =
      make_step<run>(std::move(p), concat("transpose_conv/", simd::isa_name(isa), known ? "/packed" : "/fed"), isa);
  step.tiles = tiles;
  step.scratch_bytes = scratch;
  step.work = work * static_cast<double>(shape.out_c);
  return step;
}

}  // namespace litesmith::ops::transpose_conv
