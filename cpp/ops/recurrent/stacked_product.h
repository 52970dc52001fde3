#pragma once

#include <memory>
#include <span>
#include <vector>

#include "kernels/gemm/gemm.h"
#include "kernels/hybrid/row_quantizer.h"
#include "kernels/row_dot/row_dot.h"
#include "ops/step.h"

namespace litesmith::ops::recurrent {

/// Rows of x and y that lie on a grid; strides count elements.
struct RowGrid {
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  std::int64_t x_outer = 0;
  std::int64_t x_inner = 0;
  std::int64_t y_outer = 0;
  std::int64_t y_inner = 0;
  std::int64_t rows() const noexcept { return outer * inner; }
};

/// How a node's asymmetric_quantize_inputs quantizes rows.
constexpr kernels::RowRange row_range(bool is_asymmetric) noexcept {
  return is_asymmetric ? kernels::RowRange::asymmetric : kernels::RowRange::symmetric;
}

/// y[row, n] += x[row, k] * w for weights of several operands that lie below each other: the gates of a cell.
///
/// float32 weights: every y is a chain of fused multiply-adds, k ascending. Integer weights: rows of x are quantized
/// to int8, y += float(sum) * (row scale * weight scale) (reference: operators.md §4.3).
///
/// Weights that are constant are packed by the constructor, others by pack() in every run.
class StackedProduct {
 public:
  /// Operands are weights [rows, k] of one type, float32, int8 or uint8 (which holds int8). Fails for integer weights
  /// without scale.
  StackedProduct(const PrepareContext& context, simd::Isa isa, std::span<const int> operands, kernels::RowRange range);

  std::int64_t n() const noexcept { return n_; }
  std::int64_t k() const noexcept { return k_; }

  struct Plan {
    RowGrid grid;
    kernels::Conv2dPlan gemm{};
    std::size_t scratch_bytes = 0;
  };
  Plan plan(const RowGrid& grid) const;

  /// Bytes that pack() writes; 0 when the weights are constant.
  std::size_t packed_bytes() const noexcept { return packed_ ? 0 : bytes_; }
  /// The packed weights; `buffer` has packed_bytes(), 64-byte aligned, and must live as long as they are used.
  const std::byte* pack(const Operands& operands, std::byte* buffer) const noexcept;
  /// `scratch` has the plan's bytes, 64-byte aligned.
  void add(const Plan& plan, const std::byte* packed, const float* x, float* y, std::byte* scratch) const noexcept;

 private:
  void pack_into(const std::byte* const* sources, std::byte* packed) const noexcept;
  void add_quantized(const Plan& plan, const std::byte* packed, const float* x, float* y,
                     std::byte* scratch) const noexcept;

  std::vector<int> operands_;
  std::vector<std::int64_t> rows_;
  std::int64_t n_ = 0;
  std::int64_t k_ = 0;
  bool is_float_ = true;
  kernels::PanelLayout layout_{};
  std::size_t stacked_bytes_ = 0;  // float weights before they are packed lie behind the packed ones
  std::size_t bytes_ = 0;
  std::shared_ptr<std::byte[]> packed_;
  kernels::RowRange range_;
  const kernels::RowQuantizer* quantizer_;
  const kernels::RowDots* dots_;
  std::vector<float> scales_;
};

}  // namespace litesmith::ops::recurrent
