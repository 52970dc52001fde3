#include "kernels/requantize/fixed_point.h"

#include <doctest/doctest.h>

#include <cmath>

#include "kernels/requantize/segment_table.h"

namespace litesmith::kernels {
namespace {

template <int bits>
double real(Fixed<bits> x) {
  return std::ldexp(x.raw, bits - 31);
}

TEST_CASE("fixed-point exponentials are within 3e-7, the rest of their series at 1/8") {
  CHECK(real(exp_of_negative(Fixed<5>::of(-1))) < 0.4);
  CHECK(exp_of_negative(Fixed<5>{0}).raw == 2147483647);
  for (int i = 1; i < 3000; ++i) {
    const Fixed<5> a = Fixed<5>::of(-0.01 * i);
    CHECK(std::abs(real(exp_of_negative(a)) - std::exp(real(a))) < 3e-7);
  }
}

TEST_CASE("fixed-point reciprocals of 1 + x are within 1e-8") {
  for (int i = 0; i < 1000; ++i) {
    const double x = 0.001 * i;
    CHECK(std::abs(real(reciprocal_of_one_plus(Fixed<0>::of(x))) - 1 / (1 + x)) < 1e-8);
  }
}

TEST_CASE("fixed-point logarithms are within 5e-8 from 1 to 2^12") {
  CHECK(real(log_of_at_least_one(Fixed<12>::of(4000))) > 8);
  for (double z = 1; z < 4095; z *= 1.01) {
    const Fixed<12> fixed = Fixed<12>::of(z);
    CHECK(std::abs(real(log_of_at_least_one(fixed)) - std::log(real(fixed))) < 5e-8);
  }
}

TEST_CASE("inverse square roots have a relative error below 2e-6 for every magnitude of int32") {
  CHECK(inverse_square_root(1) == Multiplier{2147483647, 0});
  for (double v = 2; v < 2147483647; v *= 1.07) {
    const auto value = static_cast<std::int32_t>(v);
    const Multiplier m = inverse_square_root(value);
    CHECK(std::ldexp(m.q, m.exponent - 31) * std::sqrt(value) == doctest::Approx(1).epsilon(2e-6));
  }
}

TEST_CASE("a segment table interpolates its function to a step of its result") {
  const auto table = segment_table<double>([](double x) { return std::exp(x); }, {-10.0, 0.0}, {-1, 1});
  CHECK(lookup(table, -32768) != lookup(table, 32767));
  for (int x = -32768; x < 32768; x += 13) {
    const double wanted = 32768 * std::exp((x + 32768) * 10 / 65536.0 - 10);
    CHECK(std::abs(lookup(table, static_cast<std::int16_t>(x)) - std::min(wanted, 32767.0)) < 2);
  }
}

}  // namespace
}  // namespace litesmith::kernels
