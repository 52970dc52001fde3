#pragma once

#include <cstdint>
#include <cstring>

/// Sums of 8- and 16-bit integers in vectors of twice their width. For files compiled per ISA; the unnamed namespace
/// keeps one file's code out of every other.
namespace litesmith::kernels {
namespace {

/// As many values as fill 16 bytes, their sums, and how many terms a sum can take.
template <class T>
struct WideSum;
template <>
struct WideSum<std::int8_t> {
  typedef std::int8_t Values [[gnu::vector_size(16)]];
  typedef std::int16_t Sums [[gnu::vector_size(32)]];
  using Sum = std::int16_t;
  static constexpr std::int64_t kLanes = 16, kTerms = 256;
};
template <>
struct WideSum<std::uint8_t> {
  typedef std::uint8_t Values [[gnu::vector_size(16)]];
  typedef std::uint16_t Sums [[gnu::vector_size(32)]];
  using Sum = std::uint16_t;
  static constexpr std::int64_t kLanes = 16, kTerms = 256;
};
template <>
struct WideSum<std::int16_t> {
  typedef std::int16_t Values [[gnu::vector_size(16)]];
  typedef std::int32_t Sums [[gnu::vector_size(32)]];
  using Sum = std::int32_t;
  static constexpr std::int64_t kLanes = 8, kTerms = 65536;
};

/// sums += the values at x.
template <class T>
[[gnu::always_inline]] inline void add_wide(typename WideSum<T>::Sums& sums, const T* x) noexcept {
  typename WideSum<T>::Values values;
  std::memcpy(&values, x, sizeof(values));
  sums += __builtin_convertvector(values, typename WideSum<T>::Sums);
}

}  // namespace
}  // namespace litesmith::kernels
