#include "quantization/value_scan/value_scan.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace litesmith::quantization {
namespace {

std::vector<simd::Isa> isas() {
  std::vector<simd::Isa> list;
  for (const simd::Isa isa : {simd::Isa::scalar, simd::Isa::avx2, simd::Isa::avx512})
    if (simd::supported(isa)) list.push_back(isa);
  return list;
}

std::vector<float> waves(std::int64_t n) {
  std::vector<float> x(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i) * 0.7F) * 3;
  return x;
}

}  // namespace

TEST_CASE("the extent is that of a plain loop, for every length around a vector") {
  ThreadPool pool(1);
  for (const simd::Isa isa : isas())
    for (const std::int64_t n : {1, 2, 15, 16, 17, 31, 63, 64, 65, 129, 1000}) {
      const std::vector<float> x = waves(n);
      Extent expected;
      for (const float v : x) expected.join({v, v, false});
      CHECK(scan(x.data(), n, isa, pool) == expected);
      CHECK(expected.is_finite());
    }
}

TEST_CASE("NaN is noticed at every place and changes nothing else; infinity is an extreme") {
  ThreadPool pool(1);
  constexpr std::int64_t kLength = 70;
  const std::vector<float> x = waves(kLength);
  for (const simd::Isa isa : isas()) {
    const Extent clean = scan(x.data() + 1, kLength - 1, isa, pool);
    for (std::size_t place = 0; place < x.size(); ++place) {
      std::vector<float> damaged = x;
      damaged[place] = std::numeric_limits<float>::quiet_NaN();
      const Extent found = scan(damaged.data(), kLength, isa, pool);
      CHECK(found.has_nan);
      CHECK_FALSE(found.is_finite());
      if (place == 0) CHECK(found == Extent{clean.min, clean.max, true});
      damaged[place] = -std::numeric_limits<float>::infinity();
      CHECK(scan(damaged.data(), kLength, isa, pool).min == -std::numeric_limits<float>::infinity());
    }
  }
  const std::vector<float> nothing(5, std::numeric_limits<float>::quiet_NaN());
  CHECK(scan(nothing.data(), 5, simd::Isa::scalar, pool).empty());
}

TEST_CASE("a zero has no sign, and threads change nothing") {
  const std::vector<float> zeros(20, -0.0F);
  ThreadPool one(1), three(3);
  const std::vector<float> x = waves(400'000);
  for (const simd::Isa isa : isas()) {
    CHECK_FALSE(std::signbit(scan(zeros.data(), 20, isa, one).min));
    CHECK_FALSE(std::signbit(scan(zeros.data(), 20, isa, one).max));
    CHECK(scan(x.data(), 400'000, isa, three) == scan(x.data(), 400'000, isa, one));
  }
}

}  // namespace litesmith::quantization
