#pragma once

#include <cstdint>

#include "kernels/strided_copy/copy_row.h"
#include "ops/step.h"

namespace litesmith::ops {

/// Reads integers of an operand while a kernel runs; one of the functions below.
using IntegerAt = std::int64_t (*)(const std::byte* values, std::int64_t i) noexcept;

/// The reader for operand i, whose type must be int16, int32 or int64.
inline IntegerAt integer_reader(const PrepareContext& context, int i) {
  switch (context.input(i).dtype) {
    case DType::int16: return kernels::integer_at<std::int16_t>;
    case DType::int32: return kernels::integer_at<std::int32_t>;
    case DType::int64: return kernels::integer_at<std::int64_t>;
    default: context.fail_no_kernel("int16, int32 and int64 indices");
  }
}

}  // namespace litesmith::ops
