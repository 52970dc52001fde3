#include "kernels/requantize/requantize.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "simd/cpu.h"

namespace litesmith::kernels {
namespace {

constexpr std::int64_t kPad = 5;  // elements between two rows

std::int64_t pick(std::mt19937_64& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

std::int64_t padded(std::int64_t channels) { return (channels + kScaleBlock - 1) / kScaleBlock * kScaleBlock; }

struct Sizes {
  std::int64_t rows;
  std::int64_t channels;
};

/// Sums of all magnitudes, with the extremes and the neighbourhood of ties of powers of two.
template <class Sum>
std::vector<Sum> random_sums(std::mt19937_64& random, const Sizes& sizes) {
  constexpr int kBits = std::numeric_limits<Sum>::digits;
  std::vector<Sum> sums;
  for (std::int64_t i = 0; i < sizes.rows * (sizes.channels + kPad); ++i) {
    const auto any = static_cast<Sum>(static_cast<Sum>(random()) >> pick(random, 0, kBits));
    const auto tie = static_cast<Sum>((Sum{1} << pick(random, 0, kBits - 1)) + pick(random, -1, 1));
    const auto kind = pick(random, 0, 9);
    sums.push_back(kind == 0   ? std::numeric_limits<Sum>::min()
                   : kind == 1 ? std::numeric_limits<Sum>::max()
                   : kind == 2 ? tie
                   : kind == 3 ? static_cast<Sum>(-tie)
                               : any);
  }
  return sums;
}

std::vector<Multiplier> random_multipliers(std::mt19937_64& random, std::int64_t channels, std::int32_t highest) {
  std::vector<Multiplier> scales;
  for (std::int64_t i = 0; i < padded(channels); ++i) {
    const auto kind = pick(random, 0, 7);
    const auto q = kind == 0   ? 1 << 30
                   : kind == 1 ? std::numeric_limits<std::int32_t>::max()
                               : pick(random, 1 << 30, (1LL << 31) - 1);
    const auto exponent = pick(random, kind < 4 ? -12 : -31, kind < 6 ? 0 : highest);
    scales.push_back(kind == 7 ? Multiplier{}
                               : Multiplier{static_cast<std::int32_t>(q), static_cast<std::int32_t>(exponent)});
  }
  return scales;
}

std::vector<double> random_factors(std::mt19937_64& random, std::int64_t channels) {
  std::vector<double> factors;
  for (std::int64_t i = 0; i < padded(channels); ++i) {
    const double mantissa = std::uniform_real_distribution<double>(0.5, 1)(random);
    const bool halves = pick(random, 0, 3) == 0;
    factors.push_back(std::ldexp(halves ? 0.5 : mantissa, static_cast<int>(pick(random, -31, 2))));
  }
  return factors;
}

struct Target {
  OutputType type;
  OutputRange range;
};

Target random_target(std::mt19937_64& random) {
  const auto of = [&](OutputType type, std::int32_t low, std::int32_t high) {
    Target target{type, {static_cast<std::int32_t>(pick(random, low, high)), low, high}};
    if (pick(random, 0, 1) == 0) target.range.low = target.range.zero_point;
    if (pick(random, 0, 2) == 0) target.range.high = static_cast<std::int32_t>(pick(random, target.range.low, high));
    return target;
  };
  switch (pick(random, 0, 2)) {
    case 0: return of(OutputType::int8, -128, 127);
    case 1: return of(OutputType::uint8, 0, 255);
    default: return of(OutputType::int16, -32768, 32767);
  }
}

template <class Sum, class Factor>
using RowsFunction = void (*RequantizeLoops::*)(const RequantizeRows&, const Sum*, const Factor*) noexcept;

template <class Sum, class Factor>
std::vector<std::uint8_t> results(const RequantizeLoops& loops, RowsFunction<Sum, Factor> function,
                                  const std::vector<Sum>& sums, const std::vector<Factor>& factors, const Sizes& sizes,
                                  const Target& target) {
  std::vector<std::uint8_t> y(static_cast<std::size_t>(sizes.rows * (sizes.channels + kPad) * 2), 0x5A);
  const RequantizeRows rows{.rows = sizes.rows,
                            .channels = sizes.channels,
                            .sum_stride = sizes.channels + kPad,
                            .y = y.data(),
                            .y_stride = sizes.channels + kPad,
                            .type = target.type,
                            .range = target.range};
  (loops.*function)(rows, sums.data(), factors.data());
  return y;
}

template <class Sum, class Factor>
void check_all_isas(RowsFunction<Sum, Factor> function, const std::vector<Sum>& sums,
                    const std::vector<Factor>& factors, const Sizes& sizes, const Target& target) {
  const auto truth = results(requantize_loops(simd::Isa::scalar), function, sums, factors, sizes, target);
  for (const simd::Isa isa : {simd::Isa::avx2, simd::Isa::avx512}) {
    if (!simd::supported(isa)) continue;
    CAPTURE(simd::isa_name(isa));
    CHECK(requantize_loops(isa).isa == isa);
    REQUIRE(results(requantize_loops(isa), function, sums, factors, sizes, target) == truth);
  }
}

template <class Sum>
void check_fixed_point(RowsFunction<Sum, Multiplier> function, std::int32_t highest_exponent) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const Sizes sizes{pick(random, 1, 9), seed <= 40 ? static_cast<std::int64_t>(seed) : pick(random, 1, 100)};
    check_all_isas(function, random_sums<Sum>(random, sizes),
                   random_multipliers(random, sizes.channels, highest_exponent), sizes, random_target(random));
  }
}

template <class Sum>
void check_float64(RowsFunction<Sum, double> function) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const Sizes sizes{pick(random, 1, 9), seed <= 40 ? static_cast<std::int64_t>(seed) : pick(random, 1, 100)};
    check_all_isas(function, random_sums<Sum>(random, sizes), random_factors(random, sizes.channels), sizes,
                   random_target(random));
  }
}

TEST_CASE("fixed-point requantization gives the scalar integers on every instruction set") {
  check_fixed_point<std::int32_t>(&RequantizeLoops::fixed_point, kHighestExponent);
}

TEST_CASE("fixed-point requantization of 64-bit sums gives the scalar integers on every instruction set") {
  check_fixed_point<std::int64_t>(&RequantizeLoops::wide_fixed_point, kHighestWideExponent);
}

TEST_CASE("float64 requantization gives the scalar integers on every instruction set") {
  check_float64<std::int32_t>(&RequantizeLoops::float64);
  check_float64<std::int64_t>(&RequantizeLoops::wide_float64);
}

TEST_CASE("factors below 1 and the whole range of a byte give the scalar integers on every instruction set") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const Sizes sizes{pick(random, 1, 40), pick(random, 1, 70)};
    std::vector<Multiplier> scales = random_multipliers(random, sizes.channels, 0);
    for (Multiplier& m : scales) m.exponent = std::max(m.exponent, -24 + static_cast<std::int32_t>(seed % 3));
    const auto zero_point = static_cast<std::int32_t>(pick(random, -128, 127));
    const Target target = seed % 2 == 0 ? Target{OutputType::int8, {zero_point, -128, 127}}
                                        : Target{OutputType::uint8, {zero_point + 128, 0, 255}};
    check_all_isas(&RequantizeLoops::fixed_point, random_sums<std::int32_t>(random, sizes), scales, sizes, target);
  }
}

TEST_CASE("every sum of an interval gives the scalar integers for every shift") {
  const Sizes sizes{1, 1 << 15};
  std::vector<std::int32_t> sums;
  for (std::int32_t x = -(1 << 14); x < 1 << 14; ++x) sums.push_back(x);
  sums.resize(sums.size() + kPad);
  for (const std::int32_t q : {1 << 30, (1 << 30) + 1, 1'431'655'765, std::numeric_limits<std::int32_t>::max()}) {
    for (std::int32_t exponent = -31; exponent <= 4; ++exponent) {
      const std::vector<Multiplier> scales(static_cast<std::size_t>(sizes.channels), Multiplier{q, exponent});
      check_all_isas(&RequantizeLoops::fixed_point, sums, scales, sizes, {OutputType::int16, {-3, -32768, 32767}});
    }
  }
}

TEST_CASE("the three ways to requantize differ") {
  std::mt19937_64 random{9};
  const Sizes sizes{64, 64};
  const auto sums = random_sums<std::int32_t>(random, sizes);
  const std::vector<std::int64_t> wide(sums.begin(), sums.end());
  const std::vector<double> factors(64, 0.3 / 256);
  const std::vector<Multiplier> scales(64, multiplier_of(factors[0]));
  const RequantizeLoops& loops = requantize_loops(simd::best_isa());
  const Target target{OutputType::int16, {0, -32768, 32767}};
  const auto a = results(loops, &RequantizeLoops::fixed_point, sums, scales, sizes, target);
  const auto b = results(loops, &RequantizeLoops::wide_fixed_point, wide, scales, sizes, target);
  const auto c = results(loops, &RequantizeLoops::float64, sums, factors, sizes, target);
  CHECK(a != b);
  CHECK(b != c);
}

}  // namespace
}  // namespace litesmith::kernels
