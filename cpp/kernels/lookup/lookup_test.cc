#include "kernels/lookup/lookup.h"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <vector>

namespace litesmith::kernels {
namespace {

TEST_CASE("every byte is looked up at every length, in place too") {
  std::mt19937 random(11);
  std::array<std::uint8_t, 256> table;
  for (std::uint8_t& entry : table) entry = static_cast<std::uint8_t>(random());
  for (const simd::Isa isa : {simd::Isa::scalar, simd::Isa::avx2, simd::Isa::avx512}) {
    if (!simd::supported(isa)) continue;
    for (const int n : {0, 1, 31, 32, 33, 63, 64, 65, 1000}) {
      std::vector<std::uint8_t> x(static_cast<std::size_t>(n)), expected;
      for (std::uint8_t& v : x) v = static_cast<std::uint8_t>(random());
      for (const std::uint8_t v : x) expected.push_back(table[v]);
      std::vector<std::uint8_t> y(x.size() + 1, 77);
      byte_lookup(isa)(table.data(), x.data(), y.data(), n);
      CHECK(y.back() == 77);
      y.pop_back();
      CHECK(y == expected);
      byte_lookup(isa)(table.data(), x.data(), x.data(), n);
      CHECK(x == expected);
    }
  }
}

}  // namespace
}  // namespace litesmith::kernels
