#pragma once

#include <cstddef>
#include <cstdint>

#include "base/dtype.h"

namespace litesmith::ops {

/// Element i of values of type T.
template <class T>
std::int32_t stored(const std::byte* data, std::int64_t i) noexcept {
  return reinterpret_cast<const T*>(data)[i];
}

/// Element i of integers of `bits` bits, the first one lowest in its byte.
template <int bits, bool is_signed>
std::int32_t packed(const std::byte* data, std::int64_t i) noexcept {
  constexpr int kPerByte = 8 / bits, kEnd = 1 << bits;
  const int raw = (static_cast<int>(data[i / kPerByte]) >> (i % kPerByte * bits)) & (kEnd - 1);
  return is_signed && raw >= kEnd / 2 ? raw - kEnd : raw;
}

/// Element i of int8, uint8, int4 or int2 values.
inline std::int32_t stored_integer(DType type, const std::byte* data, std::int64_t i) noexcept {
  if (type == DType::int4) return packed<4, true>(data, i);
  if (type == DType::int2) return packed<2, true>(data, i);
  return type == DType::uint8 ? stored<std::uint8_t>(data, i) : stored<std::int8_t>(data, i);
}

}  // namespace litesmith::ops
