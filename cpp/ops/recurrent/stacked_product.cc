#include "ops/recurrent/stacked_product.h"

#include <algorithm>
#include <cstring>

#include "base/aligned_buffer.h"
#include "ops/integer_weights.h"
#include "ops/weights.h"

namespace litesmith::ops::recurrent {
namespace {

/// Rows that are quantized and multiplied together.
constexpr std::int64_t kBlock = 8;

std::size_t floats(std::int64_t count) { return align_up(static_cast<std::size_t>(count) * sizeof(float)); }

struct QuantizedBlock {
  std::int8_t* values;
  std::int32_t* sums;
};

QuantizedBlock block_in(std::byte* scratch, std::int64_t k) noexcept {
  const std::size_t values = align_up(static_cast<std::size_t>(kBlock * k));
  return {reinterpret_cast<std::int8_t*>(scratch), reinterpret_cast<std::int32_t*>(scratch + values)};
}

}  // namespace

StackedProduct::StackedProduct(const PrepareContext& context, simd::Isa isa, std::span<const int> operands,
                               kernels::RowRange range)
    : operands_(operands.begin(), operands.end()),
      range_(range),
      quantizer_(&kernels::row_quantizer(isa)),
      dots_(&kernels::row_dots(isa)) {
  bool all_known = true;
  for (const int operand : operands) {
    const TensorInfo& w = context.input(operand);
    rows_.push_back(w.shape[0]);
    n_ += w.shape[0];
    k_ = w.shape[1];
    is_float_ = w.dtype == DType::float32;
    all_known = all_known && w.is_known();
    if (is_float_) continue;
    TensorInfo levels = w;
    levels.dtype = DType::int8;
    const std::vector<float> scales = weight_scales(context, levels, w.shape[0], 0);
    scales_.insert(scales_.end(), scales.begin(), scales.begin() + w.shape[0]);
  }
  if (is_float_) {
    layout_ = kernels::panel_layout(isa, n_, k_);
    stacked_bytes_ = floats(n_ * k_);
    bytes_ = align_up(kernels::packed_bytes(layout_)) + stacked_bytes_;
  } else {
    bytes_ = floats(n_) + align_up(static_cast<std::size_t>(n_ * k_));
  }
  if (!all_known) return;
  std::vector<const std::byte*> sources;
  for (const int operand : operands) sources.push_back(known_bytes(context, operand));
  const auto buffer = aligned_buffer(bytes_);
  pack_into(sources.data(), buffer.get());
  if (!is_float_) {
    packed_ = buffer;
    return;
  }
  packed_ = aligned_buffer(bytes_ - stacked_bytes_);
  std::memcpy(packed_.get(), buffer.get(), bytes_ - stacked_bytes_);
}

void StackedProduct::pack_into(const std::byte* const* sources, std::byte* packed) const noexcept {
  const std::size_t size = is_float_ ? sizeof(float) : 1;
  std::byte* stacked = packed + (is_float_ ? bytes_ - stacked_bytes_ : floats(n_));
  std::byte* at = stacked;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const std::size_t bytes = static_cast<std::size_t>(rows_[i] * k_) * size;
    std::memcpy(at, sources[i], bytes);
    at += bytes;
  }
  if (is_float_) {
    kernels::pack_weights(layout_, kernels::weights_nk(reinterpret_cast<const float*>(stacked), k_), nullptr,
                          reinterpret_cast<float*>(packed));
    return;
  }
  auto* sums = reinterpret_cast<std::int32_t*>(packed);
  const auto* weights = reinterpret_cast<const std::int8_t*>(stacked);
  for (std::int64_t j = 0; j < n_; ++j) {
    sums[j] = 0;
    for (std::int64_t l = 0; l < k_; ++l) sums[j] += weights[j * k_ + l];
  }
}

const std::byte* StackedProduct::pack(const Operands& operands, std::byte* buffer) const noexcept {
  if (packed_) return packed_.get();
  const std::byte* sources[4];
  for (std::size_t i = 0; i < operands_.size(); ++i) sources[i] = operands.inputs[operands_[i]];
  pack_into(sources, buffer);
  return buffer;
}

StackedProduct::Plan StackedProduct::plan(const RowGrid& grid) const {
  Plan plan{.grid = grid};
  if (!is_float_) {
    plan.scratch_bytes = align_up(static_cast<std::size_t>(kBlock * k_)) + floats(kBlock * n_);
    return plan;
  }
  const kernels::Conv2dShape shape{.batch = grid.outer, .in_w = grid.inner, .in_c = k_, .out_w = grid.inner};
  plan.gemm = kernels::plan_conv2d(layout_, shape, {grid.x_outer, 0, grid.x_inner}, {grid.y_outer, 0, grid.y_inner});
  plan.scratch_bytes = align_up(plan.gemm.scratch_bytes);
  return plan;
}

void StackedProduct::add(const Plan& plan, const std::byte* packed, const float* x, float* y,
                         std::byte* scratch) const noexcept {
  if (!is_float_) return add_quantized(plan, packed, x, y, scratch);
  kernels::run_gemm(plan.gemm, x, reinterpret_cast<const float*>(packed), y, {}, 0, plan.gemm.tiles, scratch, true);
}

void StackedProduct::add_quantized(const Plan& plan, const std::byte* packed, const float* x, float* y,
                                   std::byte* scratch) const noexcept {
  const auto* weight_sums = reinterpret_cast<const std::int32_t*>(packed);
  const auto* weights = reinterpret_cast<const std::int8_t*>(packed + floats(n_));
  const QuantizedBlock block = block_in(scratch, k_);
  const RowGrid& grid = plan.grid;
  for (std::int64_t first = 0; first < grid.rows(); first += kBlock) {
    const std::int64_t rows = std::min(kBlock, grid.rows() - first);
    kernels::RowScale scales[kBlock];
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t outer = (first + i) / grid.inner, inner = (first + i) % grid.inner;
      scales[i] = kernels::quantize_row(*quantizer_, x + outer * grid.x_outer + inner * grid.x_inner, k_, range_,
                                        block.values + i * k_);
    }
    dots_->int8({.m = rows, .k = k_, .n = n_, .x_stride = k_, .w_stride = k_, .sum_stride = n_}, block.values, weights,
                block.sums);
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t outer = (first + i) / grid.inner, inner = (first + i) % grid.inner;
      float* to = y + outer * grid.y_outer + inner * grid.y_inner;
      const std::int32_t* sums = block.sums + i * n_;
      const kernels::RowScale& scale = scales[i];
      for (std::int64_t j = 0; j < n_; ++j)
        to[j] += static_cast<float>(sums[j] - scale.zero_point * weight_sums[j]) *
                 (scale.scale * scales_[static_cast<std::size_t>(j)]);
    }
  }
}

}  // namespace litesmith::ops::recurrent
