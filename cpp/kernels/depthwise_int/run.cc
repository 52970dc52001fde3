#include <algorithm>
#include <type_traits>

#include "kernels/depthwise/pixel_table.h"
#include "kernels/depthwise_int/depthwise_int.h"
#include "kernels/depthwise_int/sum_loops.h"

namespace litesmith::kernels {
namespace {

/// Output pixels of one or two rows whose sums stand in scratch, and the channels of their tile.
struct Block {
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t channels;
  std::int64_t first_channel;
  std::byte* y;  ///< the first channel of the first pixel
};

struct TileSpan {
  std::int64_t begin;
  std::int64_t end;
};

OutputType output_type(IntegerDepthwise form) noexcept {
  if (form == IntegerDepthwise::int8) return OutputType::int8;
  return form == IntegerDepthwise::uint8 ? OutputType::uint8 : OutputType::int16;
}

std::int64_t output_bytes(IntegerDepthwise form) noexcept {
  if (form == IntegerDepthwise::hybrid) return sizeof(float);
  return form == IntegerDepthwise::int8 || form == IntegerDepthwise::uint8 ? 1 : 2;
}

/// Makes results of sums and stores them.
class Finisher {
 public:
  Finisher(const IntegerDepthwisePlan& plan, const IntegerDepthwiseResult& result, std::byte* wide) noexcept
      : plan_{plan},
        result_{result},
        loops_{requantize_loops(plan.layout.isa)},
        wide_{reinterpret_cast<std::int64_t*>(wide)} {}

  std::int64_t* wide() const noexcept { return wide_; }

  void finish(const Block& block, const std::int32_t* sums) const noexcept {
    const std::int64_t row_bytes = plan_.base.y.row * output_bytes(plan_.layout.form);
    for (std::int64_t row = 0; row < block.rows; ++row) {
      finish_row(block, sums + row * plan_.columns * plan_.sums_pixel, block.y + row * row_bytes);
    }
  }

  /// Requantizes the wide sums of one row.
  void finish_wide(const Block& block, std::byte* y) const noexcept {
    loops_.wide_fixed_point(rows_of(block, y), wide_, result_.channels.multipliers + block.first_channel);
  }

 private:
  RequantizeRows rows_of(const Block& block, std::byte* y) const noexcept {
    return {.rows = block.columns,
            .channels = block.channels,
            .sum_stride = plan_.sums_pixel,
            .y = y,
            .y_stride = plan_.base.y.pixel,
            .type = output_type(plan_.layout.form),
            .range = result_.range};
  }

  void finish_row(const Block& block, const std::int32_t* sums, std::byte* y) const noexcept {
    switch (plan_.layout.form) {
      case IntegerDepthwise::hybrid: finish_floats(block, sums, reinterpret_cast<float*>(y)); break;
      case IntegerDepthwise::int16_wide:
        add_bias(block, sums);
        finish_wide(block, y);
        break;
      default: loops_.fixed_point(rows_of(block, y), sums, result_.channels.multipliers + block.first_channel);
    }
  }

  void add_bias(const Block& block, const std::int32_t* sums) const noexcept {
    const std::int64_t* bias = result_.channels.wide_bias + block.first_channel;
    for (std::int64_t i = 0; i < block.columns; ++i) {
      const std::int32_t* from = sums + i * plan_.sums_pixel;
      std::int64_t* to = wide_ + i * plan_.sums_pixel;
      for (std::int64_t c = 0; c < block.channels; ++c) to[c] = from[c] + bias[c];
    }
  }

  void finish_floats(const Block& block, const std::int32_t* sums, float* y) const noexcept {
    const float* scales = result_.channels.scales + block.first_channel;
    const float* bias = result_.channels.bias + block.first_channel;
    const Clamp limits = result_.limits;
    for (std::int64_t i = 0; i < block.columns; ++i, sums += plan_.sums_pixel, y += plan_.base.y.pixel)
      for (std::int64_t c = 0; c < block.channels; ++c) {
        const float v = static_cast<float>(sums[c]) * scales[c] + bias[c];
        const float above = v < limits.lo ? limits.lo : v;
        y[c] = above > limits.hi ? limits.hi : above;
      }
  }

  const IntegerDepthwisePlan& plan_;
  const IntegerDepthwiseResult& result_;
  const RequantizeLoops& loops_;
  std::int64_t* wide_;
};

/// Bias plus the exact sums of one row, in 64 bits; filters lie as the scalar loops have them.
void wide_sums(const SumCall<std::int16_t>& call, const std::int64_t* bias, std::int64_t* sums) noexcept {
  for (std::int64_t column = 0; column < call.columns; ++column, sums += call.sums_pixel)
    for (std::int64_t block = 0; block * kSumVector < call.channels; ++block) {
      const std::int64_t first = std::max<std::int64_t>(std::min(block * kSumVector, call.channels - kSumVector), 0);
      const auto* w = reinterpret_cast<const std::int16_t*>(call.packed + block * call.block_bytes);
      std::copy_n(bias + first, kSumVector, sums + first);
      for (std::int64_t kx = 0; kx < call.kernel_w; ++kx)
        for (std::int64_t ky = 0; ky < call.kernel_h; ++ky, w += kSumVector) {
          const std::int16_t* x =
              call.pixels[ky * call.dilation_h * call.pitch + kx * call.dilation_w + column * call.stride_w];
          for (std::int64_t c = 0; c < kSumVector; ++c) sums[first + c] += std::int64_t{x[first + c]} * w[c];
        }
    }
}

template <class T>
class Runner {
 public:
  /// Pixels of a table hold bytes of either sign.
  using Stored = std::conditional_t<sizeof(T) == 1, std::int8_t, std::int16_t>;

  Runner(const IntegerDepthwisePlan& plan, const std::byte* packed, const IntegerDepthwiseResult& result,
         void* scratch) noexcept
      : plan_{plan},
        packed_{packed},
        result_{result},
        table_{plan.base, scratch, static_cast<Stored>(result.x_zero_point)},
        sums_{reinterpret_cast<std::int32_t*>(static_cast<std::byte*>(scratch) + plan.base.scratch_bytes)},
        finisher_{plan, result, reinterpret_cast<std::byte*>(sums_ + 2 * plan.columns * plan.sums_pixel)} {}

  void run(const T* x, std::byte* y, std::int64_t index) noexcept {
    const DepthwiseTile tile = tile_at(plan_.base, index);
    table_.fill(reinterpret_cast<const Stored*>(x), tile);
    const Conv2dShape& s = plan_.base.shape;
    const ImageStrides& strides = plan_.base.y;
    const std::int64_t width = output_bytes(plan_.layout.form);
    for (std::int64_t row = tile.row_begin; row < tile.row_end;) {
      const std::int64_t rows = tile.row_end - row >= 2 && !plan_.layout.wide_sums ? 2 : 1;
      const std::int64_t columns = in_registers() ? s.out_w : plan_.columns;
      for (std::int64_t column = 0; column < s.out_w; column += columns) {
        const std::int64_t at =
            tile.batch * strides.batch + row * strides.row + column * strides.pixel + tile.first_channel;
        const Block block{rows, std::min(columns, s.out_w - column), tile.channels, tile.first_channel, y + at * width};
        run_block(block, (row - tile.row_begin) * s.stride_h * table_.pitch() + column * s.stride_w);
      }
      row += rows;
    }
  }

 private:
  bool in_registers() const noexcept { return plan_.layout.makes_results && result_.channels.near.factors != nullptr; }

  void run_block(const Block& block, std::int64_t first_pixel) noexcept {
    const Conv2dShape& s = plan_.base.shape;
    SumCall<T> call{.pixels = reinterpret_cast<const T* const*>(table_.pixels()) + first_pixel,
                    .pitch = table_.pitch(),
                    .columns = block.columns,
                    .kernel_h = s.kernel_h,
                    .kernel_w = s.kernel_w,
                    .stride_h = s.stride_h,
                    .stride_w = s.stride_w,
                    .dilation_h = s.dilation_h,
                    .dilation_w = s.dilation_w,
                    .packed = packed_ + block.first_channel / kSumVector * plan_.layout.block_bytes,
                    .block_bytes = plan_.layout.block_bytes,
                    .starts = result_.channels.starts + block.first_channel,
                    .channels = block.channels,
                    .sums = sums_,
                    .sums_row = plan_.columns * plan_.sums_pixel,
                    .sums_pixel = plan_.sums_pixel};
    if constexpr (sizeof(T) == 2) {
      if (plan_.layout.wide_sums) {
        wide_sums(call, result_.channels.wide_bias + block.first_channel, finisher_.wide());
        finisher_.finish_wide(block, block.y);
        return;
      }
    }
    const SumLoops<T>& loops = sum_loops<T>(plan_.layout.base.isa);
    if (in_registers()) {
      call.y = reinterpret_cast<std::int8_t*>(block.y);
      call.y_row = plan_.base.y.row;
      call.y_pixel = plan_.base.y.pixel;
      call.multipliers = result_.channels.multipliers + block.first_channel;
      const NearScales& near = result_.channels.near;
      call.near = {near.factors + block.first_channel, near.above + block.first_channel,
                   near.below + block.first_channel};
      call.range = result_.range;
      (block.rows == 2 ? loops.results.two : loops.results.one)(call);
      return;
    }
    (block.rows == 2 ? loops.sums.two : loops.sums.one)(call);
    finisher_.finish(block, sums_);
  }

  const IntegerDepthwisePlan& plan_;
  const std::byte* packed_;
  const IntegerDepthwiseResult& result_;
  PixelTable<Stored> table_;
  std::int32_t* sums_;
  Finisher finisher_;
};

template <class T>
void run_tiles(const IntegerDepthwisePlan& plan, const void* x, const std::byte* packed, void* y,
               const IntegerDepthwiseResult& result, TileSpan tiles, void* scratch) noexcept {
  Runner<T> runner{plan, packed, result, scratch};
  for (std::int64_t index = tiles.begin; index < tiles.end; ++index)
    runner.run(static_cast<const T*>(x), static_cast<std::byte*>(y), index);
}

}  // namespace

template <class T>
const SumLoops<T>& sum_loops(simd::Isa isa) noexcept {
  const auto pick = [](const auto& int8, const auto& uint8, const auto& int16) -> const SumLoops<T>& {
    if constexpr (std::is_same_v<T, std::int8_t>) return int8;
    if constexpr (std::is_same_v<T, std::uint8_t>) return uint8;
    if constexpr (std::is_same_v<T, std::int16_t>) return int16;
  };
#if defined(__x86_64__)
  if constexpr (std::is_same_v<T, std::int8_t>) {
    if (simd::usable(simd::Isa::avx512vnni, isa)) return depthwise_int_avx512vnni::int8;
  }
  if (simd::usable(simd::Isa::avx2, isa))
    return pick(depthwise_int_avx2::int8, depthwise_int_avx2::uint8, depthwise_int_avx2::int16);
#endif
  static_cast<void>(isa);
  return pick(depthwise_int_scalar::int8, depthwise_int_scalar::uint8, depthwise_int_scalar::int16);
}

template const SumLoops<std::int8_t>& sum_loops(simd::Isa) noexcept;
template const SumLoops<std::uint8_t>& sum_loops(simd::Isa) noexcept;
template const SumLoops<std::int16_t>& sum_loops(simd::Isa) noexcept;

void run_integer_depthwise(const IntegerDepthwisePlan& plan, const void* x, const std::byte* packed, void* y,
                           const IntegerDepthwiseResult& result, std::int64_t begin, std::int64_t end,
                           void* scratch) noexcept {
  const TileSpan tiles{begin, end};
  switch (plan.layout.form) {
    case IntegerDepthwise::int8:
    case IntegerDepthwise::hybrid: run_tiles<std::int8_t>(plan, x, packed, y, result, tiles, scratch); break;
    case IntegerDepthwise::uint8: run_tiles<std::uint8_t>(plan, x, packed, y, result, tiles, scratch); break;
    default: run_tiles<std::int16_t>(plan, x, packed, y, result, tiles, scratch);
  }
}

}  // namespace litesmith::kernels
