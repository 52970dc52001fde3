#include "kernels/row_dot/row_dot.h"

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <vector>

namespace litesmith::kernels {
namespace {

constexpr simd::Isa kIsas[] = {simd::Isa::scalar, simd::Isa::avx2, simd::Isa::avx512, simd::Isa::avx512vnni};

template <class T>
std::vector<T> drawn(std::int64_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> uniform(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
  std::vector<T> x(static_cast<std::size_t>(n));
  for (T& v : x) v = static_cast<T>(uniform(random));
  return x;
}

template <class X, class W, class Sum, class Member>
void check_products(Member member, const std::vector<X>& x, const std::vector<W>& w, const RowDotShape& shape) {
  std::vector<Sum> exact(static_cast<std::size_t>(shape.m * shape.sum_stride), -7);
  for (std::int64_t i = 0; i < shape.m; ++i)
    for (std::int64_t j = 0; j < shape.n; ++j) {
      std::int64_t sum = 0;
      for (std::int64_t l = 0; l < shape.k; ++l)
        sum += std::int64_t{x[static_cast<std::size_t>(i * shape.x_stride + l)]} *
               w[static_cast<std::size_t>(j * shape.w_stride + l)];
      exact[static_cast<std::size_t>(i * shape.sum_stride + j)] = static_cast<Sum>(sum);
    }
  for (const simd::Isa isa : kIsas) {
    if (!simd::supported(isa)) continue;
    const RowDots& loops = row_dots(isa);
    CHECK(loops.isa == isa);
    std::vector<Sum> sums(exact.size(), -7);
    (loops.*member)(shape, x.data(), w.data(), sums.data());
    CHECK(sums == exact);
  }
}

template <class X, class W, class Sum, class Member>
void check_shapes(Member member) {
  for (const std::int64_t k : {1, 15, 64, 100, 259, 1031})
    for (const std::int64_t m : {1, 2, 3, 4, 5, 9})
      for (const std::int64_t n : {1, 3, 4, 10}) {
        const RowDotShape shape{m, k, n, k + 3, k + 1, n + 2};
        check_products<X, W, Sum>(member, drawn<X>(m * (k + 3), 1), drawn<W>(n * (k + 1), 2), shape);
      }
}

TEST_CASE("row products of every instruction set are exact") {
  check_shapes<std::int8_t, std::int8_t, std::int32_t>(&RowDots::int8);
  check_shapes<std::int16_t, std::int8_t, std::int64_t>(&RowDots::int16_by_int8);
  check_shapes<std::int16_t, std::int16_t, std::int64_t>(&RowDots::int16);
}

TEST_CASE("row products of the most extreme values are exact") {
  for (const std::int64_t k : {700, 140'000}) {
    const RowDotShape shape{1, k, 2, k, k, 2};
    const auto count = static_cast<std::size_t>(k);
    const std::vector<std::int8_t> bytes(count, -128), weights(2 * count, -128);
    const std::vector<std::int16_t> words(count, -32768), wide(2 * count, -32768);
    check_products<std::int8_t, std::int8_t, std::int32_t>(&RowDots::int8, bytes, weights, shape);
    check_products<std::int16_t, std::int8_t, std::int64_t>(&RowDots::int16_by_int8, words, weights, shape);
    check_products<std::int16_t, std::int16_t, std::int64_t>(&RowDots::int16, words, wide, shape);
  }
}

}  // namespace
}  // namespace litesmith::kernels
