#include "kernels/integer_gemm/panel.h"

namespace litesmith::kernels {
namespace {

constexpr std::int64_t kColumns = 8;
constexpr std::int64_t kDepth = 2;

void copy_runs(const ActivationRuns& runs) noexcept {
  const int flip = runs.is_unsigned ? 0x80 : 0;
  for (std::int64_t i = 0; i < runs.count; ++i) {
    const std::uint8_t* from = runs.from + i * runs.from_stride;
    auto* to = static_cast<std::int16_t*>(runs.to) + i * runs.to_stride;
    for (std::int64_t j = 0; j < runs.length; ++j) to[j] = static_cast<std::int8_t>(from[j] ^ flip);
  }
}

template <class Sum>
void run_panel(const IntegerPanelCall& call) noexcept {
  const auto* bias = static_cast<const Sum*>(call.bias);
  for (std::int64_t row = 0; row < call.rows; ++row) {
    std::uint64_t sum[kColumns];
    for (std::int64_t j = 0; j < kColumns; ++j) {
      const Sum start = bias != nullptr && j < call.columns ? bias[j] : 0;
      const std::int64_t term = call.row_terms != nullptr ? call.row_terms[row] : 0;
      sum[j] = static_cast<std::uint64_t>(start - std::int64_t{call.zero} * call.column_sums[j] - term);
    }
    const std::int8_t* w = call.weights;
    for (std::int64_t s = 0; s < call.segments; ++s) {
      const auto* x = static_cast<const std::int16_t*>(call.x) + call.row_starts[row] + call.segment_starts[s];
      for (std::int64_t step = 0; step < call.steps; ++step, x += kDepth, w += kColumns * kDepth) {
        for (std::int64_t j = 0; j < kColumns; ++j) {
          sum[j] += static_cast<std::uint64_t>(x[0] * w[j * kDepth] + x[1] * w[j * kDepth + 1]);
        }
      }
    }
    Sum* to = static_cast<Sum*>(call.sums) + row * kColumns;
    for (std::int64_t j = 0; j < kColumns; ++j) to[j] = static_cast<Sum>(sum[j]);
  }
}

void make_real(const RealRows& rows) noexcept {
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    for (std::int64_t j = 0; j < rows.columns; ++j) {
      const auto zeros = static_cast<std::uint32_t>(rows.zeros[row]) * static_cast<std::uint32_t>(rows.column_sums[j]);
      const auto sum =
          static_cast<std::int32_t>(static_cast<std::uint32_t>(rows.sums[row * rows.sum_stride + j]) - zeros);
      const auto real = static_cast<float>(sum);
      const float x_scale = rows.x_scales[row], scale = rows.weight_scales[j];
      const float product = rows.weight_scale_first ? real * scale * x_scale : real * (x_scale * scale);
      const float value = rows.bias != nullptr ? rows.bias[j] + product : product;
      const float above = rows.clamp.lo > value ? rows.clamp.lo : value;
      rows.y[row * rows.y_stride + j] = rows.clamp.hi < above ? rows.clamp.hi : above;
    }
  }
}

}  // namespace

namespace integer_gemm_scalar {
const IntegerLoops loops{.isa = simd::Isa::scalar,
                         .vector = kColumns,
                         .widest = 1,
                         .depth = kDepth,
                         .shifted = false,
                         .copy = copy_runs,
                         .run = run_panel<std::int32_t>,
                         .run_int16 = run_panel<std::int64_t>,
                         .make_real = make_real};
}

}  // namespace litesmith::kernels
