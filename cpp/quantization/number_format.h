#pragma once

#include <cstddef>
#include <span>

#include "ir/model.h"
#include "quantization/ranges.h"

namespace litesmith::quantization {

/// Bytes of a float32 tensor as numbers; aligned memory only.
std::span<const float> float_values(std::span<const std::byte> bytes) noexcept;

/// How a tensor stores real numbers: float32, or int8, uint8, int16 with one scale.
class NumberFormat {
 public:
  static bool is_known(const ir::Tensor& tensor) noexcept;
  /// is_known(tensor) must hold.
  explicit NumberFormat(const ir::Tensor& tensor) noexcept;

  void load(std::span<const std::byte> bytes, std::span<float> values) const noexcept;
  /// Rounds half away from zero and saturates.
  void store(std::span<const float> values, std::span<std::byte> bytes) const noexcept;
  /// Least and greatest number; infinite for float32.
  Range range() const noexcept;
  /// Distance of neighbouring numbers; 0 for float32.
  float step() const noexcept { return dtype_ == DType::float32 ? 0.0F : scale_; }

 private:
  DType dtype_;
  float scale_ = 1;
  float zero_point_ = 0;
};

}  // namespace litesmith::quantization
