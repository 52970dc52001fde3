#include <immintrin.h>

#include "kernels/depthwise_int/put_sums.h"
#include "kernels/depthwise_int/sum_loops.h"
#include "kernels/requantize/near_avx2.h"
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
  using Acc = NearFixedPoint::Sums;
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
  [[gnu::always_inline]] static Rows gather(const T* const (&rows)[kGroup], int) noexcept {
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
};

struct PairSums : Pairs {
  template <int kRows, int kColumns, class T>
  [[gnu::always_inline]] static bool put(const SumCall<T>& call, std::int64_t channel, std::int64_t pixel,
                                         const Acc (&acc)[kRows][kColumns]) noexcept {
    put_sums<Pairs>(call, channel, pixel, acc);
    return true;
  }
};

/// Results by the integer form.
struct PairExactResults : Pairs {
  template <int kRows, int kColumns>
  static bool put(const SumCall<std::int8_t>& call, std::int64_t channel, std::int64_t pixel,
                  const Acc (&acc)[kRows][kColumns]) noexcept {
    const Multiplier* multipliers = call.multipliers + channel;
    const FixedPoint first = FixedPoint::load(multipliers, call.range);
    const FixedPoint last = FixedPoint::load(multipliers + 8, call.range);
    std::int8_t* y = call.y + pixel * call.y_pixel + channel;
    for (int r = 0; r < kRows; ++r)
      for (int q = 0; q < kColumns; ++q) {
        std::int32_t sums[kSumVector];
        store(sums, acc[r][q]);
        std::int8_t* to = y + r * call.y_row + q * call.y_pixel;
        SumVec::store(to, first(SumVec::load(sums)));
        SumVec::store(to + 8, last(SumVec::load(sums + 8)));
      }
    return true;
  }
};

/// Results by the float32 form, unless it is not certain of them.
struct PairResults : Pairs {
  using Exact = PairExactResults;

  template <int kRows, int kColumns>
  [[gnu::always_inline]] static bool put(const SumCall<std::int8_t>& call, std::int64_t channel, std::int64_t pixel,
                                         const Acc (&acc)[kRows][kColumns]) noexcept {
    constexpr int kPixels = kRows * kColumns;
    std::int8_t* y = call.y + pixel * call.y_pixel + channel;
    NearFixedPoint scale{call.near, channel, call.range};
    const auto sums = [&](int i) -> const Acc& { return i < kPixels ? acc[i / kColumns][i % kColumns] : acc[0][0]; };
    LITESMITH_UNROLL
    for (int i = 0; i < kPixels; i += 2) {
      const __m256i two = scale(sums(i), sums(i + 1));
      const auto at = [&](int k) {
        return reinterpret_cast<__m128i*>(y + (i + k) / kColumns * call.y_row + (i + k) % kColumns * call.y_pixel);
      };
      _mm_storeu_si128(at(0), _mm256_castsi256_si128(two));
      if (i + 1 < kPixels) _mm_storeu_si128(at(1), _mm256_extracti128_si256(two, 1));
    }
    return scale.is_certain();
  }
};

#include "kernels/depthwise_int/sum_body.inc"

template <class T>
constexpr SumLoops<T> loops{
    simd::Isa::avx2, {2, 2, true}, 0, {one_row<PairSums, T>, two_rows<PairSums, T>}, {nullptr, nullptr}};

}  // namespace

namespace depthwise_int_avx2 {
const SumLoops<std::int8_t> int8{simd::Isa::avx2,
                                 {2, 2, true},
                                 0,
                                 {one_row<PairSums, std::int8_t>, two_rows<PairSums, std::int8_t>},
                                 {one_row<PairResults, std::int8_t>, two_rows<PairResults, std::int8_t>}};
const SumLoops<std::uint8_t> uint8 = loops<std::uint8_t>;
const SumLoops<std::int16_t> int16 = loops<std::int16_t>;
}  // namespace depthwise_int_avx2

}  // namespace litesmith::kernels
