#include "kernels/elementary/elementary.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace litesmith::kernels {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kTiny = std::numeric_limits<float>::denorm_min();
constexpr float kMax = std::numeric_limits<float>::max();
const float kQuiet = std::numeric_limits<float>::quiet_NaN();

struct Row {
  std::string name;
  ArrayFunction Elementary::* member;
  long double (*exact)(long double);
  double low, high;
};

long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
long double gelu(long double x) { return x / 2 * std::erfc(-x / std::sqrt(2.0L)); }
long double gelu_tanh(long double x) {
  const long double t = std::sqrt(2 / std::acos(-1.0L)) * (x + 0.044715L * x * x * x);
  return x * sigmoid(2 * t);
}
long double elu(long double x) { return x > 0 ? x : std::expm1(x); }
long double rsqrt(long double x) { return 1 / std::sqrt(x); }

const Row kRows[] = {
    {"exp", &Elementary::exp, std::exp, -104, 88.7},
    {"expm1", &Elementary::expm1, std::expm1, -20, 88.7},
    {"expm1 near 0", &Elementary::expm1, std::expm1, -1e-3, 1e-3},
    {"log", &Elementary::log, std::log, 0, 1e4},
    {"log near 1", &Elementary::log, std::log, 0.99, 1.01},
    {"tanh", &Elementary::tanh, std::tanh, -10, 10},
    {"tanh near 0", &Elementary::tanh, std::tanh, -1e-2, 1e-2},
    {"sigmoid", &Elementary::sigmoid, sigmoid, -104, 30},
    {"erf", &Elementary::erf, std::erf, -4.5, 4.5},
    {"erf near 0", &Elementary::erf, std::erf, -1e-4, 1e-4},
    {"sin", &Elementary::sin, std::sin, -10, 10},
    {"sin of large angles", &Elementary::sin, std::sin, -1e9, 1e9},
    {"cos", &Elementary::cos, std::cos, -10, 10},
    {"cos of large angles", &Elementary::cos, std::cos, -1e9, 1e9},
    {"gelu", &Elementary::gelu, gelu, -2, 10},
    {"gelu, tanh form", &Elementary::gelu_tanh, gelu_tanh, -2, 10},
    {"elu", &Elementary::elu, elu, -20, 20},
    {"rsqrt", &Elementary::rsqrt, rsqrt, 0, 1e6},
};

std::vector<float> drawn(double low, double high, std::size_t n) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<float> x(n);
  for (float& v : x) v = static_cast<float>(uniform(random));
  return x;
}

std::vector<float> applied(ArrayFunction f, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  f(x.data(), y.data(), static_cast<std::int64_t>(x.size()));
  return y;
}

/// |y - exact| in units of the last place of y.
double error_in_ulp(float y, long double exact) {
  const long double magnitude = std::max(std::abs(exact), static_cast<long double>(0x1p-126F));
  return static_cast<double>(std::abs(static_cast<long double>(y) - exact) /
                             std::exp2(std::floor(std::log2(magnitude)) - 23));
}

TEST_CASE("elementary functions stay within 0.51 units in the last place") {
  const Elementary& scalar = elementary_functions(simd::Isa::scalar);
  for (const Row& row : kRows) {
    const std::vector<float> x = drawn(row.low, row.high, 30000);
    const std::vector<float> y = applied(scalar.*row.member, x);
    double worst = 0;
    float where = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double error = error_in_ulp(y[i], row.exact(x[i]));
      if (error > worst) worst = error, where = x[i];
    }
    INFO(row.name, " at ", where);
    CHECK(worst > 0.4);  // rounding alone makes this much: the measure sees errors
    CHECK(worst <= 0.51);
  }
}

TEST_CASE("every instruction set gives the scalar bits of elementary functions") {
  const Elementary& scalar = elementary_functions(simd::Isa::scalar);
  for (const simd::Isa isa : {simd::Isa::avx2, simd::Isa::avx512}) {
    if (!simd::supported(isa)) continue;
    for (const Row& row : kRows) {
      INFO(row.name, " on ", simd::isa_name(isa));
      std::vector<float> x = drawn(1.5 * row.low, 1.5 * row.high, 3001);
      x.insert(x.end(), {0.0F, -0.0F, kInf, -kInf, kTiny, -kTiny, kMax, -kMax, 1.0F});
      const auto a = applied(scalar.*row.member, x), b = applied(elementary_functions(isa).*row.member, x);
      std::size_t same = 0;
      for (std::size_t i = 0; i < x.size(); ++i)
        same += std::bit_cast<std::uint32_t>(a[i]) == std::bit_cast<std::uint32_t>(b[i]) ||
                (std::isnan(a[i]) && std::isnan(b[i]));
      CHECK(same == x.size());
    }
  }
}

TEST_CASE("special values of elementary functions follow the C standard") {
  const struct {
    ArrayFunction Elementary::* member;
    float x, y;
  } rows[] = {
      {&Elementary::exp, -kInf, 0},     {&Elementary::exp, kInf, kInf},     {&Elementary::exp, 89, kInf},
      {&Elementary::exp, -150, 0},      {&Elementary::exp, -0.0F, 1},       {&Elementary::expm1, -0.0F, -0.0F},
      {&Elementary::expm1, -kInf, -1},  {&Elementary::expm1, kTiny, kTiny}, {&Elementary::log, 0, -kInf},
      {&Elementary::log, -0.0F, -kInf}, {&Elementary::log, -1, kQuiet},     {&Elementary::log, kInf, kInf},
      {&Elementary::log, 1, 0},         {&Elementary::log, -kInf, kQuiet},  {&Elementary::tanh, kInf, 1},
      {&Elementary::tanh, -kInf, -1},   {&Elementary::tanh, -0.0F, -0.0F},  {&Elementary::tanh, -kTiny, -kTiny},
      {&Elementary::sigmoid, -kInf, 0}, {&Elementary::sigmoid, kInf, 1},    {&Elementary::sigmoid, 0, 0.5F},
      {&Elementary::erf, kInf, 1},      {&Elementary::erf, -kInf, -1},      {&Elementary::erf, -0.0F, -0.0F},
      {&Elementary::sin, kInf, kQuiet}, {&Elementary::cos, -kInf, kQuiet},  {&Elementary::sin, -0.0F, -0.0F},
      {&Elementary::cos, 0, 1},         {&Elementary::elu, -kInf, -1},      {&Elementary::elu, kInf, kInf},
      {&Elementary::elu, -0.0F, -0.0F}, {&Elementary::rsqrt, 0, kInf},      {&Elementary::rsqrt, -1, kQuiet},
      {&Elementary::gelu, kInf, kInf},  {&Elementary::gelu, -0.0F, -0.0F},  {&Elementary::gelu_tanh, kInf, kInf},
      {&Elementary::rsqrt, kInf, 0},
  };
  const Elementary& scalar = elementary_functions(simd::Isa::scalar);
  for (const auto& row : rows) {
    const float y = applied(scalar.*row.member, {row.x})[0];
    INFO("x = ", row.x, ", y = ", y, ", expected ", row.y);
    CHECK((std::bit_cast<std::uint32_t>(y) == std::bit_cast<std::uint32_t>(row.y) ||
           (std::isnan(y) && std::isnan(row.y))));
  }
  for (const Row& row : kRows) CHECK(std::isnan(applied(scalar.*row.member, {kQuiet})[0]));
}

TEST_CASE("sine of huge angles reduces with enough bits of pi") {
  const Elementary& scalar = elementary_functions(simd::Isa::scalar);
  const std::vector<float> x = {0x1p20F, 0x1.921fb6p21F, 1e10F, -3e22F, 1e30F, kMax, -kMax, 0x1.6ac5b2p102F};
  const auto s = applied(scalar.sin, x), c = applied(scalar.cos, x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    INFO("x = ", x[i]);
    CHECK(error_in_ulp(s[i], std::sin(x[i] * 1.0L)) <= 0.51);
    CHECK(error_in_ulp(c[i], std::cos(x[i] * 1.0L)) <= 0.51);
  }
}

TEST_CASE("powers and angles agree with the standard library, special values included") {
  const Elementary& scalar = elementary_functions(simd::Isa::scalar);
  std::vector<float> pool = {0.0F, -0.0F, 1,     -1,     0.5F,  -0.5F, 2,     -2,  3,
                             -3,   kInf,  -kInf, kQuiet, kTiny, kMax,  -kMax, 1e9F};
  for (const float v : drawn(-20, 20, 60)) pool.push_back(v);
  std::vector<float> x, y;
  for (const float a : pool)
    for (const float b : pool) x.push_back(a), y.push_back(b);
  std::vector<float> power(x.size()), angle(x.size());
  const auto n = static_cast<std::int64_t>(x.size());
  scalar.pow(x.data(), y.data(), power.data(), n);
  scalar.atan2(y.data(), x.data(), angle.data(), n);
  const auto agrees = [](float got, long double exact) {
    const auto rounded = static_cast<float>(exact);
    if (std::isnan(rounded) || std::isinf(rounded) || rounded == 0)
      return std::isnan(rounded) ? std::isnan(got)
                                 : std::bit_cast<std::uint32_t>(got) == std::bit_cast<std::uint32_t>(rounded);
    return error_in_ulp(got, exact) <= 0.51;
  };
  for (std::size_t i = 0; i < x.size(); ++i) {
    INFO("x = ", x[i], ", y = ", y[i], ": power ", power[i], ", angle ", angle[i]);
    CHECK(agrees(power[i], std::pow(x[i] * 1.0L, y[i] * 1.0L)));
    CHECK(agrees(angle[i], std::atan2(y[i] * 1.0L, x[i] * 1.0L)));
  }
}

}  // namespace
}  // namespace litesmith::kernels
