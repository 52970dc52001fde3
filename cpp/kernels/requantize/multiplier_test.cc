#include "kernels/requantize/multiplier.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

namespace litesmith::kernels {
namespace {

constexpr auto kMin = std::numeric_limits<std::int32_t>::min();
constexpr auto kMax = std::numeric_limits<std::int32_t>::max();

/// floor(a / b), b > 0, by division.
std::int64_t floored(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// a / b rounded half away from zero, b > 0.
std::int64_t rounded(std::int64_t a, std::int64_t b) { return (a < 0 ? -1 : 1) * ((2 * std::abs(a) + b) / (2 * b)); }

std::int64_t product_by_division(std::int32_t x, Multiplier m) {
  const std::int64_t left = m.exponent > 0 ? std::int64_t{1} << m.exponent : 1;
  const std::int64_t right = m.exponent < 0 ? std::int64_t{1} << -m.exponent : 1;
  return rounded(floored(std::int64_t{x} * left * m.q + (std::int64_t{1} << 30), std::int64_t{1} << 31), right);
}

TEST_CASE("a multiplier holds its factor to one part in 2^31") {
  std::mt19937_64 random{1};
  std::uniform_real_distribution<double> exponent(-31, 20);
  for (int i = 0; i < 100'000; ++i) {
    const double factor = std::exp2(exponent(random));
    const Multiplier m = multiplier_of(factor);
    REQUIRE(m.q >= 1 << 30);
    REQUIRE(std::abs(std::ldexp(m.q, m.exponent - 31) - factor) <= factor * 0x1p-31);
  }
}

TEST_CASE("factors at the edges have the multipliers of the reference") {
  CHECK(multiplier_of(0) == Multiplier{0, 0});
  CHECK(multiplier_of(1) == Multiplier{1 << 30, 1});
  CHECK(multiplier_of(0.5) == Multiplier{1 << 30, 0});
  CHECK(multiplier_of(std::nextafter(1.0, 0.0)) == Multiplier{1 << 30, 1});
  CHECK(multiplier_of(0x1p-32) == Multiplier{1 << 30, -31});
  CHECK(multiplier_of(0x1.fp-33) == Multiplier{0, 0});
}

TEST_CASE("the high product saturates only for the square of the smallest integer") {
  CHECK(doubling_high_product(kMin, kMin) == kMax);
  CHECK(doubling_high_product(kMin, kMax) == -kMax);
  CHECK(doubling_high_product(1, 1 << 30) == 1);
  CHECK(doubling_high_product(-1, 1 << 30) == 0);
}

TEST_CASE("the rounding shift takes ties away from zero") {
  CHECK(rounding_shift_right(5, 1) == 3);
  CHECK(rounding_shift_right(-5, 1) == -3);
  CHECK(rounding_shift_right(-6, 2) == -2);
  CHECK(rounding_shift_right(-7, 3) == -1);
  CHECK(rounding_shift_right(kMin, 31) == -1);
  CHECK(rounding_shift_right(kMax, 0) == kMax);
}

TEST_CASE("products equal those by division on random sums and multipliers") {
  std::mt19937_64 random{2};
  std::uniform_int_distribution<std::int32_t> q(1 << 30, kMax), exponent(-31, 12), bits(0, 31);
  for (int i = 0; i < 300'000; ++i) {
    const Multiplier m{q(random), exponent(random)};
    const int unused = std::max(bits(random), m.exponent);
    const auto x = static_cast<std::int32_t>(random()) >> unused;
    CAPTURE(x);
    CAPTURE(m.q);
    CAPTURE(m.exponent);
    REQUIRE(multiply(x, m) == product_by_division(x, m));
  }
}

TEST_CASE("double rounding is not single rounding") {
  const Multiplier third = multiplier_of(1.0 / 3);
  int different = 0;
  for (std::int32_t x = -100'000; x < 100'000; ++x) {
    different += multiply(x, {third.q, -10}) != std::llround(x * std::ldexp(third.q, -41)) ? 1 : 0;
  }
  CHECK(different > 0);
  CHECK(different < 400);
}

TEST_CASE("the 64-bit form rounds half up with the upper half of the multiplier") {
  CHECK(multiply(std::int64_t{3}, Multiplier{1 << 30, 0}) == 2);
  CHECK(multiply(std::int64_t{-3}, Multiplier{1 << 30, 0}) == -1);
  CHECK(multiply(std::int64_t{1} << 40, Multiplier{kMax, -20}) == ((std::int64_t{1} << 40) * 32767) >> 35);
  CHECK(multiply(std::int64_t{1'000'000}, Multiplier{(1 << 30) + (1 << 15), -4}) ==
        (1'000'000LL * 16385 + (1 << 18)) >> 19);
}

TEST_CASE("the float64 form rounds half away from zero") {
  CHECK(multiply_rounded(5, 0.5) == 3);
  CHECK(multiply_rounded(-5, 0.5) == -3);
  CHECK(multiply_rounded(1, 0.49999999999999994) == 0);
  CHECK(multiply_rounded(kMin, 1.0) == kMin);
}

}  // namespace
}  // namespace litesmith::kernels
