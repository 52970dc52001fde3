#pragma once

#include <cstdint>
#include <vector>

#include "base/dtype.h"
#include "ir/model.h"

namespace litesmith::quantization {

/// How the values of a tensor are stored: float32, or integers with their parameters.
struct Form {
  DType dtype = DType::float32;
  ir::Quantization quantization{};

  bool is_float() const noexcept { return dtype == DType::float32; }
  bool operator==(const Form&) const = default;
};

inline Form per_tensor(DType dtype, float scale, std::int64_t zero_point) {
  return {dtype, {.scales = {scale}, .zero_points = {zero_point}}};
}

/// One scale per index of `axis`, zero points 0.
inline Form per_channel(DType dtype, std::vector<float> scales, std::int32_t axis) {
  std::vector<std::int64_t> zero_points(scales.size(), 0);
  return {dtype, {.scales = std::move(scales), .zero_points = std::move(zero_points), .dimension = axis}};
}

}  // namespace litesmith::quantization
