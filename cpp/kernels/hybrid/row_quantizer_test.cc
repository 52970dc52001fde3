#include "kernels/hybrid/row_quantizer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace litesmith::kernels {
namespace {

constexpr simd::Isa kIsas[] = {simd::Isa::scalar, simd::Isa::avx2, simd::Isa::avx512};
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kQuiet = std::numeric_limits<float>::quiet_NaN();

std::vector<float> drawn(std::size_t n, float low, float high, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(low, high);
  std::vector<float> x(n);
  for (float& v : x) v = uniform(random);
  return x;
}

struct Quantized {
  RowScale scale;
  std::vector<std::int8_t> q;
  /// Bit for bit.
  bool operator==(const Quantized& other) const {
    return q == other.q && std::memcmp(&scale, &other.scale, sizeof scale) == 0;
  }
};

Quantized quantized(simd::Isa isa, const std::vector<float>& x, RowRange range) {
  Quantized result{{}, std::vector<std::int8_t>(x.size())};
  result.scale =
      quantize_row(row_quantizer(isa), x.data(), static_cast<std::int64_t>(x.size()), range, result.q.data());
  return result;
}

TEST_CASE("row quantizers of every instruction set give the scalar loop's bits") {
  for (const RowRange range : {RowRange::symmetric, RowRange::asymmetric})
    for (const std::size_t n : {0U, 1U, 7U, 16U, 31U, 32U, 63U, 64U, 97U, 1000U})
      for (const float low : {-3.0F, 0.5F, -1e-3F, -1e38F}) {
        std::vector<float> x = drawn(n, low, std::abs(low) * 2, static_cast<unsigned>(n));
        if (n > 40) x[3] = kQuiet;
        const Quantized scalar = quantized(simd::Isa::scalar, x, range);
        for (const simd::Isa isa : kIsas)
          if (simd::supported(isa)) CHECK(quantized(isa, x, range) == scalar);
      }
}

TEST_CASE("every value is the nearest level and halves go away from zero") {
  for (const RowRange range : {RowRange::symmetric, RowRange::asymmetric}) {
    const std::vector<float> x = drawn(5000, -2, 5, 3);
    const Quantized result = quantized(simd::best_isa(), x, range);
    CHECK(result.scale.scale == doctest::Approx(range == RowRange::symmetric ? 5.0 / 127 : 7.0 / 255).epsilon(1e-3));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float level = std::round(x[i] * result.scale.inverse) + static_cast<float>(result.scale.zero_point);
      CHECK(static_cast<float>(result.q[i]) == std::clamp(level, static_cast<float>(result.scale.lowest), 127.0F));
    }
  }
  const std::vector<float> halves = {-127, 127, 0.5F, -0.5F, 1.5F, 0.49999997F, -2.5F, 126.5F, -126.5F};
  const std::vector<std::int8_t> expected = {-127, 127, 1, -1, 2, 0, -3, 127, -127};
  for (const simd::Isa isa : kIsas)
    if (simd::supported(isa)) CHECK(quantized(isa, halves, RowRange::symmetric).q == expected);
}

TEST_CASE("the zero point lies at the end with the smaller error and 0 is exact") {
  CHECK(quantized(simd::Isa::scalar, {0, 1, 2.55F}, RowRange::asymmetric).scale.zero_point == -128);
  CHECK(quantized(simd::Isa::scalar, {0, -1, -2.55F}, RowRange::asymmetric).scale.zero_point == 127);
  CHECK(quantized(simd::Isa::scalar, {1, 2.55F}, RowRange::asymmetric).scale.zero_point == -128);
  const Quantized even = quantized(simd::best_isa(), {-10, 0, 10}, RowRange::asymmetric);
  CHECK(even.scale.zero_point == -1);
  CHECK(even.q == std::vector<std::int8_t>{-128, -1, 127});
  const Quantized mixed = quantized(simd::Isa::scalar, {-1, 0, 3}, RowRange::asymmetric);
  CHECK(mixed.q == std::vector<std::int8_t>{-128, static_cast<std::int8_t>(mixed.scale.zero_point), 127});
}

TEST_CASE("rows of zeros have scale 1, rows with NaN scale NaN, and rows of odd values stay inside the type") {
  for (const RowRange range : {RowRange::symmetric, RowRange::asymmetric}) {
    CHECK(quantized(simd::best_isa(), {0, 0, 0}, range) == Quantized{RowScale{}, {0, 0, 0}});
    for (const std::size_t at : {0U, 40U, 69U}) {
      std::vector<float> x(70, 1.5F);
      x[at] = kQuiet;
      const Quantized scalar = quantized(simd::Isa::scalar, x, range);
      CHECK(std::isnan(scalar.scale.scale));
      for (const std::int8_t q : scalar.q) CHECK(q == scalar.scale.zero_point);
      for (const simd::Isa isa : kIsas)
        if (simd::supported(isa)) CHECK(quantized(isa, x, range) == scalar);
    }
    for (const std::vector<float>& x : {std::vector{kInf, 1.0F}, std::vector{-kInf, kInf, 0.0F},
                                        std::vector{1e-42F, -1e-44F, 0.0F}, std::vector{3e38F, -3e38F, 1.0F}}) {
      const Quantized scalar = quantized(simd::Isa::scalar, x, range);
      for (const simd::Isa isa : kIsas)
        if (simd::supported(isa)) CHECK(quantized(isa, x, range) == scalar);
      for (const std::int8_t q : scalar.q) CHECK(q >= scalar.scale.lowest);
    }
  }
}

}  // namespace
}  // namespace litesmith::kernels
