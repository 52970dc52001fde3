#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace litesmith::ops::random {

/// Philox-4x32 with ten rounds (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, 2011): a counter of 128
/// bits, enciphered with a key of 64. `seed` is the key, `seed2` the upper half of the first counter.
class Philox {
 public:
  using Block = std::array<std::uint32_t, 4>;

  Philox(std::uint64_t seed, std::uint64_t seed2) noexcept
      : key_{low(seed), high(seed)}, counter_{0, 0, low(seed2), high(seed2)} {}

  Block next() noexcept {
    const Block block = encipher();
    for (std::uint32_t& digit : counter_)
      if (++digit != 0) break;
    return block;
  }

 private:
  static std::uint32_t low(std::uint64_t x) noexcept { return static_cast<std::uint32_t>(x); }
  static std::uint32_t high(std::uint64_t x) noexcept { return static_cast<std::uint32_t>(x >> 32); }

  Block encipher() const noexcept {
    Block x = counter_;
    std::uint32_t key0 = key_[0], key1 = key_[1];
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t a = std::uint64_t{0xD2511F53} * x[0], b = std::uint64_t{0xCD9E8D57} * x[2];
      x = {high(b) ^ x[1] ^ key0, low(b), high(a) ^ x[3] ^ key1, low(a)};
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    return x;
  }

  std::array<std::uint32_t, 2> key_;
  Block counter_;
};

/// [0, 1) from the 23 lowest bits.
inline float unit_float(std::uint32_t bits) noexcept {
  return std::bit_cast<float>((bits & 0x7fffff) | 0x3f800000) - 1;
}

/// [0, 1) from the 20 lowest bits of `upper` and all of `lower`.
inline double unit_double(std::uint32_t upper, std::uint32_t lower) noexcept {
  return std::bit_cast<double>((std::uint64_t{(upper & 0xfffff) | 0x3ff00000} << 32) | lower) - 1;
}

}  // namespace litesmith::ops::random
