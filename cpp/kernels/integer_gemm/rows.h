#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/integer_gemm/integer_gemm.h"

namespace litesmith::kernels {

/// What run_integer_conv2d keeps in its scratch buffer for one row block. Internal to this folder.
struct RowScratch {
  std::byte* activations;     ///< [rows][plan.pitch], or image rows of that pitch
  void* sums;                 ///< [rows][columns of the widest panel], int32 or int64
  std::int32_t* narrow_sums;  ///< int64 sums modulo 2^32
  std::int32_t* zeros;        ///< per row
  float* scales;              ///< per row
  std::int32_t* row_terms;    ///< per row: what a zero point of the weights adds to its sums
  std::int64_t* row_starts;   ///< where each row begins among the activations
  std::int64_t* segment_starts;

  static std::size_t bytes(const IntegerPlan& plan) noexcept;
  RowScratch(const IntegerPlan& plan, void* scratch) noexcept;
};

/// The runs of activations that make up a sum: `steps` times layout.depth of them, of which `terms` count.
struct SegmentList {
  std::int64_t count;
  std::int64_t steps;
  std::int64_t terms;
};
SegmentList segments_of(const IntegerPlan& plan) noexcept;

/// Fills segment_starts.
void list_segments(const IntegerPlan& plan, const RowScratch& scratch) noexcept;

/// What stands for 0 among the activations of image `image` as the loops see them.
std::int32_t zero_of(const IntegerPlan& plan, const IntegerOperands& operands, std::int64_t image) noexcept;

/// Fills activations and row_starts of rows [begin, end) of group `group`, one row per output pixel; what is outside of
/// the image is zero.
void copy_rows(const IntegerPlan& plan, const IntegerOperands& operands, std::int64_t group, std::int64_t begin,
               std::int64_t end, const RowScratch& scratch) noexcept;

}  // namespace litesmith::kernels
