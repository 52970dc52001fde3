#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace litesmith {

/// Element types; the values are the codes of TensorType in a .tflite file.
enum class DType : std::int8_t {
  float32 = 0,
  float16 = 1,
  int32 = 2,
  uint8 = 3,
  int64 = 4,
  string = 5,
  boolean = 6,
  int16 = 7,
  complex64 = 8,
  int8 = 9,
  float64 = 10,
  complex128 = 11,
  uint64 = 12,
  resource = 13,
  variant = 14,
  uint32 = 15,
  uint16 = 16,
  int4 = 17,
  bfloat16 = 18,
  int2 = 19,
  uint4 = 20,
  float8_e4m3fn = 21,
  float8_e5m2 = 22,
};

inline constexpr int kDTypeCount = 23;

/// Lower-case name as numpy and TensorFlow spell it ("float32", "bool").
std::string_view name(DType dtype) noexcept;

/// Upper-case name as in the file format ("FLOAT32", "BOOL").
std::string_view file_name(DType dtype) noexcept;

std::optional<DType> dtype_from_name(std::string_view lower_case_name) noexcept;

/// Bits of one element in the file's packed form; 0 for string, resource and variant.
int bit_width(DType dtype) noexcept;

/// Bytes of one element; 0 for types without a whole number of bytes (int4, int2, uint4) and for string, resource,
/// variant.
std::size_t byte_width(DType dtype) noexcept;

bool is_float(DType dtype) noexcept;
bool is_integer(DType dtype) noexcept;

/// The element type that holds a C++ type.
template <class T>
inline constexpr DType kDTypeOf = DType::variant;
template <>
inline constexpr DType kDTypeOf<float> = DType::float32;
template <>
inline constexpr DType kDTypeOf<double> = DType::float64;
template <>
inline constexpr DType kDTypeOf<std::int8_t> = DType::int8;
template <>
inline constexpr DType kDTypeOf<std::uint8_t> = DType::uint8;
template <>
inline constexpr DType kDTypeOf<std::int16_t> = DType::int16;
template <>
inline constexpr DType kDTypeOf<std::uint16_t> = DType::uint16;
template <>
inline constexpr DType kDTypeOf<std::int32_t> = DType::int32;
template <>
inline constexpr DType kDTypeOf<std::uint32_t> = DType::uint32;
template <>
inline constexpr DType kDTypeOf<std::int64_t> = DType::int64;
template <>
inline constexpr DType kDTypeOf<std::uint64_t> = DType::uint64;
template <>
inline constexpr DType kDTypeOf<bool> = DType::boolean;

}  // namespace litesmith
