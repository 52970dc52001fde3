#include "base/half.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

namespace litesmith {
namespace {

double value(Half h) {
  const int exponent = (h.bits >> 10) & 31, mantissa = h.bits & 1023;
  const double magnitude = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return (h.bits & 0x8000) != 0 ? -magnitude : magnitude;
}

TEST_CASE("every half float has the value that its bits spell, and comes back") {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const Half h{static_cast<std::uint16_t>(bits)};
    if ((bits & 0x7c00) == 0x7c00) continue;
    CHECK(double{to_float(h)} == value(h));
    CHECK(to_half(to_float(h)).bits == bits);
  }
}

TEST_CASE("infinities and NaN survive half and bfloat16") {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  CHECK(to_float(Half{0x7c00}) == kInf);
  CHECK(to_half(-kInf).bits == 0xfc00);
  CHECK(to_half(65520.0F).bits == 0x7c00);
  CHECK(to_half(65519.0F).bits == 0x7bff);
  CHECK(std::isnan(to_float(Half{0x7e01})));
  CHECK(std::isnan(to_float(to_half(std::numeric_limits<float>::quiet_NaN()))));
  CHECK(to_float(to_bfloat16(kInf)) == kInf);
  CHECK(std::isnan(to_float(to_bfloat16(std::numeric_limits<float>::quiet_NaN()))));
}

TEST_CASE("conversion to half takes the nearest value, on ties the even one") {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> exponent(-26, 16), sign(-1, 1);
  for (int i = 0; i < 20000; ++i) {
    const float x = std::exp2(exponent(random)) * sign(random);
    if (std::abs(x) >= 65504) continue;
    const Half h = to_half(x);
    const double error = std::abs(value(h) - double{x});
    CHECK(error <= std::abs(value(Half{static_cast<std::uint16_t>(h.bits + 1)}) - double{x}));
    if ((h.bits & 0x7fff) != 0)
      CHECK(error <= std::abs(value(Half{static_cast<std::uint16_t>(h.bits - 1)}) - double{x}));
  }
  CHECK(to_half(1 + 0x1p-11F).bits == 0x3c00);
  CHECK(to_half(1 + 0x1.8p-10F).bits == 0x3c02);
  CHECK(to_half(0x1p-25F).bits == 0);
  CHECK(to_half(0x1.8p-24F).bits == 2);
  CHECK(to_bfloat16(1 + 0x1p-8F).bits == 0x3f80);
}

}  // namespace
}  // namespace litesmith
