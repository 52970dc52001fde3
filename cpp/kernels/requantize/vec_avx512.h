#pragma once

#include <immintrin.h>

#include <cstdint>

#include "kernels/requantize/requantize.h"

/// Requantization of sixteen sums at a time, for files compiled for AVX-512 only; the unnamed namespace keeps one
/// file's code out of every other. vec_avx2.h has the same names. A scale is made once per group of channels (`load`,
/// or `broadcast` for one scale), then called on the sums of every pixel: what comes out is inside the OutputRange.
namespace litesmith::kernels {
namespace {

/// 32-bit sums of kWidth channels; results too, one per 32-bit lane. Stores of int8 and uint8 saturate.
struct SumVec {
  using Type = __m512i;
  using Mask = __mmask16;
  static constexpr int kWidth = 16;
  /// The first `count` lanes.
  static Mask mask(std::int64_t count) noexcept { return static_cast<Mask>((1U << count) - 1U); }
  static Type load(const std::int32_t* p) noexcept { return _mm512_loadu_si512(p); }
  static Type load_masked(const std::int32_t* p, Mask m) noexcept { return _mm512_maskz_loadu_epi32(m, p); }
  static Type broadcast(std::int32_t v) noexcept { return _mm512_set1_epi32(v); }
  static Type add(Type a, Type b) noexcept { return _mm512_add_epi32(a, b); }
  static Type sub(Type a, Type b) noexcept { return _mm512_sub_epi32(a, b); }
  static Type mul(Type a, Type b) noexcept { return _mm512_mullo_epi32(a, b); }
  static Type clamp(Type v, Type low, Type high) noexcept { return _mm512_min_epi32(high, _mm512_max_epi32(low, v)); }
  static void store(std::int32_t* p, Type v) noexcept { _mm512_storeu_si512(p, v); }
  static void store(std::int16_t* p, Type v) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(v));
  }
  static void store(std::int8_t* p, Type v) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtsepi32_epi8(v));
  }
  static void store(std::uint8_t* p, Type v) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), unsigned_bytes(v));
  }
  static void store_masked(std::int32_t* p, Mask m, Type v) noexcept { _mm512_mask_storeu_epi32(p, m, v); }
  static void store_masked(std::int16_t* p, Mask m, Type v) noexcept {
    _mm256_mask_storeu_epi16(p, m, _mm512_cvtepi32_epi16(v));
  }
  static void store_masked(std::int8_t* p, Mask m, Type v) noexcept {
    _mm_mask_storeu_epi8(p, m, _mm512_cvtsepi32_epi8(v));
  }
  static void store_masked(std::uint8_t* p, Mask m, Type v) noexcept { _mm_mask_storeu_epi8(p, m, unsigned_bytes(v)); }

 private:
  static __m128i unsigned_bytes(Type v) noexcept {
    return _mm512_cvtusepi32_epi8(_mm512_max_epi32(v, _mm512_setzero_si512()));
  }
};

/// 64-bit sums of as many channels.
struct WideSumVec {
  struct Type {
    __m512i first, last;
  };
  static Type load(const std::int64_t* p) noexcept { return {_mm512_loadu_si512(p), _mm512_loadu_si512(p + 8)}; }
  static Type load_masked(const std::int64_t* p, SumVec::Mask m) noexcept {
    return {_mm512_maskz_loadu_epi64(static_cast<__mmask8>(m), p),
            _mm512_maskz_loadu_epi64(static_cast<__mmask8>(m >> 8), p + 8)};
  }
  static void store(std::int64_t* p, Type v) noexcept {
    _mm512_storeu_si512(p, v.first);
    _mm512_storeu_si512(p + 8, v.last);
  }
  static Type add(Type a, Type b) noexcept {
    return {_mm512_add_epi64(a.first, b.first), _mm512_add_epi64(a.last, b.last)};
  }
  static Type sub(Type a, Type b) noexcept {
    return {_mm512_sub_epi64(a.first, b.first), _mm512_sub_epi64(a.last, b.last)};
  }
  static Type widen(SumVec::Type v) noexcept {
    return {_mm512_cvtepi32_epi64(_mm512_castsi512_si256(v)), _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(v, 1))};
  }
};

/// q and exponent of kWidth multipliers.
struct MultiplierVec {
  __m512i q, exponent;
  static MultiplierVec load(const Multiplier* m) noexcept {
    const __m512i a = _mm512_loadu_si512(m), b = _mm512_loadu_si512(m + 8);
    const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
    return {_mm512_permutex2var_epi32(a, even, b), _mm512_permutex2var_epi32(a, odd, b)};
  }
  static MultiplierVec broadcast(Multiplier m) noexcept {
    return {_mm512_set1_epi32(m.q), _mm512_set1_epi32(m.exponent)};
  }
};

/// Products of every other lane. With k = max(-exponent, 0) the two roundings of multiply() are one shift of the 64-bit
/// product, (p + 2^(30+k) +- 2^30) >> (31 + k), plus for sums >= 0 and minus for others; for k = 0 it is (p + 2^30)
/// >> 31.
struct ProductHalf {
  __m512i q, rounding, sign, shift;
  /// `exponent` in 64-bit lanes; `added` to the product.
  ProductHalf(__m512i factor, __m512i exponent, std::int64_t added) noexcept : q{factor} {
    const __m512i k = _mm512_max_epi64(_mm512_sub_epi64(_mm512_setzero_si512(), exponent), _mm512_setzero_si512());
    const __mmask8 shifted = _mm512_test_epi64_mask(k, k);
    const __m512i half_step = _mm512_set1_epi64(std::int64_t{1} << 30);
    shift = _mm512_add_epi64(k, _mm512_set1_epi64(31));
    const __m512i second = _mm512_sllv_epi64(half_step, k);
    rounding = _mm512_mask_add_epi64(half_step, shifted, half_step, second);
    rounding = _mm512_add_epi64(rounding, _mm512_sllv_epi64(_mm512_set1_epi64(added), shift));
    sign = _mm512_maskz_set1_epi64(shifted, std::int64_t{1} << 31);
  }
  __m512i operator()(__m512i x) const noexcept {
    const __m512i p = _mm512_sub_epi64(_mm512_mul_epi32(x, q), _mm512_and_si512(x, sign));
    return _mm512_srav_epi64(_mm512_add_epi64(p, rounding), shift);
  }
};

/// Both halves: x * factor + `added`.
struct ProductVec {
  ProductHalf even, odd;
  ProductVec(const MultiplierVec& m, std::int64_t added) noexcept
      : even{m.q, _mm512_srai_epi64(_mm512_slli_epi64(m.exponent, 32), 32), added},
        odd{_mm512_srli_epi64(m.q, 32), _mm512_srai_epi64(m.exponent, 32), added} {}
  __m512i operator()(__m512i x) const noexcept {
    return _mm512_mask_shuffle_epi32(even(x), 0xAAAA, odd(_mm512_srli_epi64(x, 32)), _MM_PERM_CCAA);
  }
};

/// requantize() of 32-bit sums.
class FixedPoint {
 public:
  FixedPoint(const MultiplierVec& m, const OutputRange& range) noexcept
      : zero_point_{_mm512_set1_epi32(range.zero_point)},
        low_{_mm512_set1_epi32(range.low)},
        high_{_mm512_set1_epi32(range.high)},
        left_{_mm512_max_epi32(m.exponent, _mm512_setzero_si512())},
        product_{m, 0} {}
  static FixedPoint load(const Multiplier* m, const OutputRange& range) noexcept {
    return {MultiplierVec::load(m), range};
  }
  static FixedPoint broadcast(Multiplier m, const OutputRange& range) noexcept {
    return {MultiplierVec::broadcast(m), range};
  }
  /// multiply() alone.
  __m512i product(__m512i sums) const noexcept { return product_(_mm512_sllv_epi32(sums, left_)); }
  __m512i operator()(__m512i sums) const noexcept {
    return SumVec::clamp(_mm512_add_epi32(product(sums), zero_point_), low_, high_);
  }

 private:
  __m512i zero_point_, low_, high_, left_;
  ProductVec product_;
};

/// FixedPoint for the usual case at three quarters of its cost: factors in [2^-24, 1), results that SumVec::store
/// clamps.
class SaturatedFixedPoint {
 public:
  static bool fits(const MultiplierVec& m, const OutputRange& range) noexcept {
    const __m512i too_small = _mm512_set1_epi32(-24);
    return is_whole_byte(range) && range.zero_point >= -128 && range.zero_point <= 255 &&
           _mm512_cmpgt_epi32_mask(m.exponent, _mm512_setzero_si512()) == 0 &&
           _mm512_cmple_epi32_mask(m.exponent, too_small) == 0;
  }
  SaturatedFixedPoint(const MultiplierVec& m, const OutputRange& range) noexcept : product_{m, range.zero_point} {}
  __m512i operator()(__m512i sums) const noexcept { return product_(sums); }

 private:
  ProductVec product_;
};

/// requantize() of 64-bit sums.
class WideFixedPoint {
 public:
  WideFixedPoint(const MultiplierVec& m, const OutputRange& range) noexcept
      : zero_point_{_mm512_set1_epi32(range.zero_point)},
        low_{_mm512_set1_epi32(range.low)},
        high_{_mm512_set1_epi32(range.high)} {
    const __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(m.q, _mm512_set1_epi32(1 << 15)), 16);
    q_ = WideSumVec::widen(_mm512_min_epi32(rounded, _mm512_set1_epi32(32767)));
    shift_ = WideSumVec::widen(_mm512_sub_epi32(_mm512_set1_epi32(15), m.exponent));
  }
  static WideFixedPoint load(const Multiplier* m, const OutputRange& range) noexcept {
    return {MultiplierVec::load(m), range};
  }
  __m512i operator()(WideSumVec::Type sums) const noexcept {
    const __m256i first = product(sums.first, q_.first, shift_.first);
    const __m256i last = product(sums.last, q_.last, shift_.last);
    const __m512i all = _mm512_inserti64x4(_mm512_castsi256_si512(first), last, 1);
    return SumVec::clamp(_mm512_add_epi32(all, zero_point_), low_, high_);
  }

 private:
  static __m256i product(__m512i x, __m512i q, __m512i shift) noexcept {
    const __m512i one = _mm512_set1_epi64(1);
    const __m512i rounding = _mm512_sllv_epi64(one, _mm512_sub_epi64(shift, one));
    return _mm512_cvtepi64_epi32(_mm512_srav_epi64(_mm512_add_epi64(_mm512_mullo_epi64(x, q), rounding), shift));
  }

  __m512i zero_point_, low_, high_;
  WideSumVec::Type q_, shift_;
};

/// requantize_float64() of 32-bit and 64-bit sums.
class Float64 {
 public:
  static Float64 load(const double* factors, const OutputRange& range) noexcept {
    return {_mm512_loadu_pd(factors), _mm512_loadu_pd(factors + 8), range};
  }
  static Float64 broadcast(double factor, const OutputRange& range) noexcept {
    return {_mm512_set1_pd(factor), _mm512_set1_pd(factor), range};
  }
  __m512i operator()(__m512i sums) const noexcept {
    return joined(_mm512_cvtepi32_pd(_mm512_castsi512_si256(sums)),
                  _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(sums, 1)));
  }
  __m512i operator()(WideSumVec::Type sums) const noexcept {
    return joined(_mm512_cvtepi64_pd(sums.first), _mm512_cvtepi64_pd(sums.last));
  }

 private:
  Float64(__m512d first, __m512d last, const OutputRange& range) noexcept
      : first_{first},
        last_{last},
        low_{_mm512_set1_pd(static_cast<double>(range.low) - range.zero_point)},
        high_{_mm512_set1_pd(static_cast<double>(range.high) - range.zero_point)},
        zero_point_{_mm512_set1_epi32(range.zero_point)} {}
  __m512i joined(__m512d first, __m512d last) const noexcept {
    const __m512i low = _mm512_castsi256_si512(steps(_mm512_mul_pd(first, first_)));
    return _mm512_add_epi32(_mm512_inserti64x4(low, steps(_mm512_mul_pd(last, last_)), 1), zero_point_);
  }
  /// Half away from zero = truncation after adding the largest number below one half, with the sign of v.
  __m256i steps(__m512d v) const noexcept {
    const __m512d sign = _mm512_set1_pd(-0.0);
    const __m512d below_half = _mm512_set1_pd(0.49999999999999994);
    const __m512d moved = _mm512_add_pd(v, _mm512_or_pd(below_half, _mm512_and_pd(v, sign)));
    return _mm512_cvttpd_epi32(_mm512_min_pd(high_, _mm512_max_pd(low_, moved)));
  }

  __m512d first_, last_, low_, high_;
  __m512i zero_point_;
};

}  // namespace
}  // namespace litesmith::kernels
