#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "kernels/elementary/functions.h"

/// Sigmoid and tanh of int16 numbers by a table of 256 entries and straight lines between them; results count in steps
/// of 2^-15 (reference: arithmetic.md §7).
namespace litesmith::kernels {

/// round(65536 * sigmoid(i / 24)), some entries one larger.
inline std::array<std::int32_t, 256> sigmoid_table() {
  constexpr std::uint8_t kOneMore[] = {4,  8,  12, 14, 15, 16, 17, 19, 20,  21,  22,  25,  27,  28, 29,
                                       30, 31, 33, 34, 35, 37, 39, 40, 41,  43,  44,  45,  46,  49, 50,
                                       54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255};
  std::array<std::int32_t, 256> table;
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] = static_cast<std::int32_t>(std::round(65536 / (1 + elementary::exp(-static_cast<double>(i) / 24))));
  for (const std::uint8_t i : kOneMore) ++table[i];
  return table;
}

/// The operand in steps of 1 / 12288: (x * factor + half) >> shift.
struct SigmoidCurve {
  std::int32_t factor;
  int shift;
  std::array<std::int32_t, 256> table;

  std::int32_t argument(std::int32_t x) const noexcept {
    return (x * factor + (shift > 0 ? 1 << (shift - 1) : 0)) >> shift;
  }
  /// The table at |u| / 2^bits, times 2^bits; `end` past it.
  std::int32_t at(std::int32_t u, int bits, std::int32_t end) const noexcept {
    const std::int32_t size = std::abs(u), i = size >> bits;
    if (i >= 255) return end << bits;
    const auto k = static_cast<std::size_t>(i);
    return (table[k] << bits) + (size & ((1 << bits) - 1)) * (table[k + 1] - table[k]);
  }
};

struct Logistic16 : SigmoidCurve {
  std::int64_t operator()(std::int32_t x) const noexcept {
    const std::int32_t u = argument(x), r = at(u, 9, 0x7FFF << 1);
    return (u >= 0 ? r + 512 : (1 << 25) - r + 511) >> 10;
  }
};
struct Tanh16 : SigmoidCurve {
  std::int64_t operator()(std::int32_t x) const noexcept {
    const std::int32_t u = argument(x), r = at(u, 8, 0xFFFF);
    return (u >= 0 ? r - (1 << 23) + 128 : (1 << 23) - r + 127) >> 8;
  }
};

}  // namespace litesmith::kernels
