#include <algorithm>
#include <cstring>

#include "kernels/integer_gemm/integer_gemm.h"
#include "kernels/integer_gemm/panel.h"
#include "kernels/integer_gemm/rows.h"
#include "kernels/tile_share.h"

namespace litesmith::kernels {
namespace {

/// A panel of a tile: which results its sums are.
struct Block {
  std::int64_t rows;
  std::int64_t width;    ///< of a row of sums
  std::int64_t columns;  ///< that exist
  std::int64_t channel;  ///< the first, among all groups
  const std::int32_t* column_sums;
  std::byte* y;  ///< the first result
};

std::int64_t result_bytes(const IntegerPlan& plan, const IntegerEpilogue& epilogue) noexcept {
  switch (epilogue.kind) {
    case IntegerEpilogue::Kind::sums: return plan.layout.x == Activations::int16 ? 8 : 4;
    case IntegerEpilogue::Kind::real: return 4;
    default: return epilogue.type == OutputType::int16 ? 2 : 1;
  }
}

class TileRun {
 public:
  TileRun(const IntegerPlan& plan, const IntegerOperands& operands, const IntegerEpilogue& epilogue,
          const RowScratch& scratch) noexcept
      : plan_{plan},
        operands_{operands},
        epilogue_{epilogue},
        scratch_{scratch},
        loops_{integer_loops(plan.layout.isa)},
        requantize_{requantize_loops(plan.layout.isa)},
        is_wide_{plan.layout.x == Activations::int16},
        weight_zero_{operands.weight_zero_point - (operands.weights_are_unsigned ? 128 : 0)},
        per_row_zero_{epilogue.kind == IntegerEpilogue::Kind::real || operands.x_zero_points != nullptr} {}

  void operator()(const TileShare& tile) const noexcept {
    copy_rows(plan_, operands_, tile.group, tile.row_begin, tile.row_end, scratch_);
    if (per_row_zero_) list_rows(tile);
    if (weight_zero_ != 0) list_row_terms(tile);
    for (std::int64_t panel = tile.panel_begin; panel < tile.panel_end; ++panel) {
      const Block block = sum_panel(tile, panel);
      if (epilogue_.kind != IntegerEpilogue::Kind::real && operands_.x_zero_points != nullptr) subtract_zeros(block);
      finish(block);
    }
  }

 private:
  /// Zero points and scales of the tile's rows.
  void list_rows(const TileShare& tile) const noexcept {
    const std::int64_t pixels = plan_.shape.out_h * plan_.shape.out_w;
    for (std::int64_t row = tile.row_begin; row < tile.row_end;) {
      const std::int64_t image = row / pixels;
      const std::int64_t end = std::min(tile.row_end, (image + 1) * pixels);
      const std::int32_t zero = zero_of(plan_, operands_, image);
      const float scale = epilogue_.x_scales != nullptr ? epilogue_.x_scales[image] : 1.0F;
      std::fill(scratch_.zeros + row - tile.row_begin, scratch_.zeros + end - tile.row_begin, zero);
      std::fill(scratch_.scales + row - tile.row_begin, scratch_.scales + end - tile.row_begin, scale);
      row = end;
    }
  }

  Block sum_panel(const TileShare& tile, std::int64_t panel) const noexcept {
    const IntegerLayout& layout = plan_.layout;
    const std::int64_t width = panel_width(layout, panel);
    const std::int64_t before = columns_before(layout, panel);
    const std::int64_t channel = tile.group * layout.n + before;
    const std::byte* packed = operands_.packed + panel_offset(layout, tile.group, panel);
    const auto* column_sums = reinterpret_cast<const std::int32_t*>(packed);
    const std::int64_t columns = std::min(width, layout.n - before);
    const auto* bias = static_cast<const std::byte*>(operands_.bias);
    const IntegerPanelCall call{.x = scratch_.activations,
                                .row_starts = scratch_.row_starts,
                                .segment_starts = scratch_.segment_starts,
                                .rows = tile.rows(),
                                .segments = segments_of(plan_).count,
                                .steps = segments_of(plan_).steps,
                                .weights = reinterpret_cast<const std::int8_t*>(column_sums + width),
                                .column_sums = column_sums,
                                .bias = bias == nullptr ? nullptr : bias + channel * (is_wide_ ? 8 : 4),
                                .zero = per_row_zero_ ? 0 : zero_of(plan_, operands_, 0),
                                .vectors = width / layout.vector,
                                .columns = columns,
                                .row_terms = weight_zero_ != 0 ? scratch_.row_terms : nullptr,
                                .sums = scratch_.sums};
    (is_wide_ ? loops_.run_int16 : loops_.run)(call);
    auto* y = static_cast<std::byte*>(operands_.y);
    return {.rows = tile.rows(),
            .width = width,
            .columns = columns,
            .channel = channel,
            .column_sums = column_sums,
            .y = y + (tile.row_begin * plan_.y_stride + channel) * result_bytes(plan_, epilogue_)};
  }

  /// Weights with a zero point: what it adds to every sum of a row.
  void list_row_terms(const TileShare& tile) const noexcept {
    const SegmentList segments = segments_of(plan_);
    const auto sum_of = [this, segments](const auto* x) {
      std::int64_t sum = 0;
      for (std::int64_t i = 0; i < segments.count; ++i) {
        const auto* segment = x + scratch_.segment_starts[i];
        for (std::int64_t k = 0; k < segments.terms; ++k) sum += segment[k];
      }
      return sum;
    };
    const bool is_narrow = activation_bytes(plan_.layout) == 1;
    const std::int32_t shared_zero = zero_of(plan_, operands_, 0);
    for (std::int64_t row = 0; row < tile.rows(); ++row) {
      const std::byte* x = scratch_.activations + scratch_.row_starts[row] * activation_bytes(plan_.layout);
      const std::int64_t sum = is_narrow ? sum_of(reinterpret_cast<const std::uint8_t*>(x))
                                         : sum_of(reinterpret_cast<const std::int16_t*>(x));
      const std::int64_t zero = per_row_zero_ ? scratch_.zeros[row] : shared_zero;
      scratch_.row_terms[row] = static_cast<std::int32_t>((sum - zero * plan_.layout.k) * weight_zero_);
    }
  }

  void subtract_zeros(const Block& block) const noexcept {
    for (std::int64_t row = 0; row < block.rows; ++row) {
      auto* sums = static_cast<std::uint32_t*>(scratch_.sums) + row * block.width;
      const auto zero = static_cast<std::uint32_t>(scratch_.zeros[row]);
      for (std::int64_t column = 0; column < block.columns; ++column) {
        sums[column] -= zero * static_cast<std::uint32_t>(block.column_sums[column]);
      }
    }
  }

  void finish(const Block& block) const noexcept {
    switch (epilogue_.kind) {
      case IntegerEpilogue::Kind::sums: copy_sums(block); break;
      case IntegerEpilogue::Kind::fixed_point:
        if (is_wide_ && !epilogue_.narrow) {
          requantize_.wide_fixed_point(rows_of(block), static_cast<const std::int64_t*>(scratch_.sums),
                                       epilogue_.multipliers + block.channel);
        } else {
          requantize_.fixed_point(rows_of(block), narrow_sums(block), epilogue_.multipliers + block.channel);
        }
        break;
      case IntegerEpilogue::Kind::float64:
        if (is_wide_) {
          requantize_.wide_float64(rows_of(block), static_cast<const std::int64_t*>(scratch_.sums),
                                   epilogue_.factors + block.channel);
        } else {
          requantize_.float64(rows_of(block), static_cast<const std::int32_t*>(scratch_.sums),
                              epilogue_.factors + block.channel);
        }
        break;
      case IntegerEpilogue::Kind::real: loops_.make_real(real_rows(block)); break;
    }
  }

  RequantizeRows rows_of(const Block& block) const noexcept {
    return {.rows = block.rows,
            .channels = block.columns,
            .sum_stride = block.width,
            .y = block.y,
            .y_stride = plan_.y_stride,
            .type = epilogue_.type,
            .range = epilogue_.range};
  }

  RealRows real_rows(const Block& block) const noexcept {
    const float* bias = epilogue_.real_bias;
    return {.sums = static_cast<const std::int32_t*>(scratch_.sums),
            .rows = block.rows,
            .columns = block.columns,
            .sum_stride = block.width,
            .column_sums = block.column_sums,
            .zeros = scratch_.zeros,
            .x_scales = scratch_.scales,
            .weight_scales = epilogue_.weight_scales + block.channel,
            .bias = bias == nullptr ? nullptr : bias + block.channel,
            .weight_scale_first = epilogue_.weight_scale_first,
            .y = reinterpret_cast<float*>(block.y),
            .y_stride = plan_.y_stride,
            .clamp = epilogue_.clamp};
  }

  const std::int32_t* narrow_sums(const Block& block) const noexcept {
    if (!is_wide_) return static_cast<const std::int32_t*>(scratch_.sums);
    const auto* sums = static_cast<const std::int64_t*>(scratch_.sums);
    for (std::int64_t i = 0; i < block.rows * block.width; ++i) {
      scratch_.narrow_sums[i] = static_cast<std::int32_t>(sums[i]);
    }
    return scratch_.narrow_sums;
  }

  void copy_sums(const Block& block) const noexcept {
    const std::int64_t bytes = result_bytes(plan_, epilogue_);
    for (std::int64_t row = 0; row < block.rows; ++row) {
      std::memcpy(block.y + row * plan_.y_stride * bytes,
                  static_cast<const std::byte*>(scratch_.sums) + row * block.width * bytes,
                  static_cast<std::size_t>(block.columns * bytes));
    }
  }

  const IntegerPlan& plan_;
  const IntegerOperands& operands_;
  const IntegerEpilogue& epilogue_;
  const RowScratch& scratch_;
  const IntegerLoops& loops_;
  const RequantizeLoops& requantize_;
  bool is_wide_;
  std::int32_t weight_zero_;  ///< of the weights as they are packed
  bool per_row_zero_;
};

}  // namespace

void run_integer_conv2d(const IntegerPlan& plan, const IntegerOperands& operands, const IntegerEpilogue& epilogue,
                        std::int64_t begin, std::int64_t end, void* scratch) noexcept {
  const RowScratch view{plan, scratch};
  list_segments(plan, view);
  const TileRun run{plan, operands, epilogue, view};
  for (std::int64_t index = begin; index < end; ++index) run(tile_share(plan, index));
}

}  // namespace litesmith::kernels
