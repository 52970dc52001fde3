#include "quantization/number_format.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace litesmith::quantization {
namespace {

template <class T>
void load_as(std::span<const std::byte> bytes, std::span<float> values, float scale, float zero_point) noexcept {
  for (std::size_t i = 0; i < values.size(); ++i) {
    T q;
    std::memcpy(&q, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = (static_cast<float>(q) - zero_point) * scale;
  }
}

template <class T>
void store_as(std::span<const float> values, std::span<std::byte> bytes, float scale, float zero_point) noexcept {
  constexpr auto kLow = static_cast<float>(std::numeric_limits<T>::min());
  constexpr auto kHigh = static_cast<float>(std::numeric_limits<T>::max());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float q = std::clamp(std::round(values[i] / scale) + zero_point, kLow, kHigh);
    const T stored = static_cast<T>(std::isnan(q) ? zero_point : q);
    std::memcpy(bytes.data() + i * sizeof(T), &stored, sizeof(T));
  }
}

template <class T>
Range range_as(float scale, float zero_point) noexcept {
  return {(static_cast<float>(std::numeric_limits<T>::min()) - zero_point) * scale,
          (static_cast<float>(std::numeric_limits<T>::max()) - zero_point) * scale};
}

}  // namespace

std::span<const float> float_values(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

bool NumberFormat::is_known(const ir::Tensor& tensor) noexcept {
  if (tensor.dtype == DType::float32) return true;
  const bool is_integer = tensor.dtype == DType::int8 || tensor.dtype == DType::uint8 || tensor.dtype == DType::int16;
  return is_integer && tensor.quantization.scales.size() == 1;
}

NumberFormat::NumberFormat(const ir::Tensor& tensor) noexcept : dtype_(tensor.dtype) {
  if (dtype_ == DType::float32) return;
  scale_ = tensor.quantization.scales.front();
  const auto& zeros = tensor.quantization.zero_points;
  zero_point_ = zeros.empty() ? 0.0F : static_cast<float>(zeros.front());
}

void NumberFormat::load(std::span<const std::byte> bytes, std::span<float> values) const noexcept {
  switch (dtype_) {
    case DType::int8: return load_as<std::int8_t>(bytes, values, scale_, zero_point_);
    case DType::uint8: return load_as<std::uint8_t>(bytes, values, scale_, zero_point_);
    case DType::int16: return load_as<std::int16_t>(bytes, values, scale_, zero_point_);
    default: return load_as<float>(bytes, values, 1, 0);
  }
}

void NumberFormat::store(std::span<const float> values, std::span<std::byte> bytes) const noexcept {
  switch (dtype_) {
    case DType::int8: return store_as<std::int8_t>(values, bytes, scale_, zero_point_);
    case DType::uint8: return store_as<std::uint8_t>(values, bytes, scale_, zero_point_);
    case DType::int16: return store_as<std::int16_t>(values, bytes, scale_, zero_point_);
    default: std::memcpy(bytes.data(), values.data(), values.size() * sizeof(float));
  }
}

Range NumberFormat::range() const noexcept {
  switch (dtype_) {
    case DType::int8: return range_as<std::int8_t>(scale_, zero_point_);
    case DType::uint8: return range_as<std::uint8_t>(scale_, zero_point_);
    case DType::int16: return range_as<std::int16_t>(scale_, zero_point_);
    default: return {-std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()};
  }
}

}  // namespace litesmith::quantization
