#include <immintrin.h>

#include "kernels/depthwise_int/put_sums.h"
#include "kernels/depthwise_int/sum_loops.h"
#include "kernels/unroll.h"

namespace litesmith::kernels {
namespace {

[[gnu::always_inline]] inline __m256i widened(const std::int8_t* x) noexcept {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x)));
}
[[gnu::always_inline]] inline __m256i widened(const std::uint8_t* x) noexcept {
  return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x)));
}
[[gnu::always_inline]] inline __m256i widened(const std::int16_t* x) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x));
}

/// Two rows of 16-bit values side by side. Channels stand in the order of unpacking within 128 bits:
/// 0..3 and 8..11, then 4..7 and 12..15.
struct Pairs {
  static constexpr int kGroup = 2;
  static constexpr int kColumns = 2;
  static constexpr std::int64_t kFilterBytes = 64;
  static constexpr bool kHoldsFilters = false;
  struct Acc {
    __m256i first, last;
  };
  using Rows = Acc;

  [[gnu::always_inline]] static Acc load(const std::int32_t* starts) noexcept {
    const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(starts));
    const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(starts + 8));
    return {_mm256_permute2x128_si256(a, b, 0x20), _mm256_permute2x128_si256(a, b, 0x31)};
  }
  [[gnu::always_inline]] static void store(std::int32_t* sums, const Acc& acc) noexcept {
    const __m256i a = _mm256_permute2x128_si256(acc.first, acc.last, 0x20);
    const __m256i b = _mm256_permute2x128_si256(acc.first, acc.last, 0x31);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums), a);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + 8), b);
  }
  template <class T>
  [[gnu::always_inline]] static Rows gather(const T* const (&rows)[kGroup]) noexcept {
    const __m256i a = widened(rows[0]), b = widened(rows[1]);
    return {_mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b)};
  }
  [[gnu::always_inline]] static Acc add(Acc acc, const Rows& x, const std::byte* w) noexcept {
    const auto* filter = reinterpret_cast<const __m256i*>(w);
    acc.first = _mm256_add_epi32(acc.first, _mm256_madd_epi16(x.first, _mm256_load_si256(filter)));
    acc.last = _mm256_add_epi32(acc.last, _mm256_madd_epi16(x.last, _mm256_load_si256(filter + 1)));
    asm("" : "+x"(acc.first), "+x"(acc.last));  // keeps the order of sums, or products would wait in memory
    return acc;
  }
  template <int kRows, int kColumns, class T>
  [[gnu::always_inline]] static bool put(const SumCall<T>& call, std::int64_t channel, std::int64_t pixel,
                                         const Acc (&acc)[kRows][kColumns]) noexcept {
    put_sums<Pairs>(call, channel, pixel, acc);
    return true;
  }
};

#include "kernels/depthwise_int/sum_body.inc"

template <class T>
constexpr SumLoops<T> loops{
    simd::Isa::avx2, {2, 2, true}, 0, {one_row<Pairs, T>, two_rows<Pairs, T>}, {nullptr, nullptr}};

}  // namespace

namespace depthwise_int_avx2 {
const SumLoops<std::int8_t> int8 = loops<std::int8_t>;
const SumLoops<std::uint8_t> uint8 = loops<std::uint8_t>;
const SumLoops<std::int16_t> int16 = loops<std::int16_t>;
}  // namespace depthwise_int_avx2

}  // namespace litesmith::kernels
