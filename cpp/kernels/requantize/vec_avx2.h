#pragma once

#include <immintrin.h>

#include <cstdint>

#include "kernels/requantize/requantize.h"

/// Requantization of eight sums at a time, for files compiled for AVX2 only; see vec_avx512.h, which has the same
/// names.
namespace litesmith::kernels {
namespace {

constexpr std::int64_t kLeast64 = std::numeric_limits<std::int64_t>::min();

/// 32-bit sums of kWidth channels; results too, one per 32-bit lane. Stores of int8 and uint8 saturate.
struct SumVec {
  using Type = __m256i;
  using Mask = __m256i;
  static constexpr int kWidth = 8;
  /// The first `count` lanes.
  static Mask mask(std::int64_t count) noexcept {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static Type load(const std::int32_t* p) noexcept { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static Type load_masked(const std::int32_t* p, Mask m) noexcept { return _mm256_maskload_epi32(p, m); }
  static Type broadcast(std::int32_t v) noexcept { return _mm256_set1_epi32(v); }
  static Type add(Type a, Type b) noexcept { return _mm256_add_epi32(a, b); }
  static Type sub(Type a, Type b) noexcept { return _mm256_sub_epi32(a, b); }
  static Type mul(Type a, Type b) noexcept { return _mm256_mullo_epi32(a, b); }
  static Type clamp(Type v, Type low, Type high) noexcept { return _mm256_min_epi32(high, _mm256_max_epi32(low, v)); }
  static void store(std::int32_t* p, Type v) noexcept { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }
  static void store(std::int16_t* p, Type v) noexcept { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), halves(v)); }
  static void store(std::int8_t* p, Type v) noexcept {
    const __m128i h = halves(v);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi16(h, h));
  }
  static void store(std::uint8_t* p, Type v) noexcept {
    const __m128i h = halves(v);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packus_epi16(h, h));
  }
  static void store_masked(std::int32_t* p, Mask m, Type v) noexcept { _mm256_maskstore_epi32(p, m, v); }
  template <class T>
  static void store_masked(T* p, Mask m, Type v) noexcept {
    T all[kWidth];
    store(all, v);
    const int lanes = __builtin_popcount(static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(m))));
    for (int i = 0; i < lanes; ++i) p[i] = all[i];
  }

 private:
  static __m128i halves(Type v) noexcept {
    return _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  }
};

/// 64-bit sums of as many channels.
struct WideSumVec {
  struct Type {
    __m256i first, last;
  };
  static Type load(const std::int64_t* p) noexcept {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)),
            _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 4))};
  }
  static Type load_masked(const std::int64_t* p, SumVec::Mask m) noexcept {
    const Type wide = widen(m);
    const auto* from = reinterpret_cast<const long long*>(p);
    return {_mm256_maskload_epi64(from, wide.first), _mm256_maskload_epi64(from + 4, wide.last)};
  }
  static void store(std::int64_t* p, Type v) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v.first);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p + 4), v.last);
  }
  static Type add(Type a, Type b) noexcept {
    return {_mm256_add_epi64(a.first, b.first), _mm256_add_epi64(a.last, b.last)};
  }
  static Type sub(Type a, Type b) noexcept {
    return {_mm256_sub_epi64(a.first, b.first), _mm256_sub_epi64(a.last, b.last)};
  }
  static Type widen(SumVec::Type v) noexcept {
    return {_mm256_cvtepi32_epi64(_mm256_castsi256_si128(v)), _mm256_cvtepi32_epi64(_mm256_extracti128_si256(v, 1))};
  }
  /// The lower 32 bits of each lane.
  static SumVec::Type narrow(Type v) noexcept {
    const __m256i pairs = _mm256_castps_si256(
        _mm256_shuffle_ps(_mm256_castsi256_ps(v.first), _mm256_castsi256_ps(v.last), _MM_SHUFFLE(2, 0, 2, 0)));
    return _mm256_permute4x64_epi64(pairs, _MM_SHUFFLE(3, 1, 2, 0));
  }
};

/// q and exponent of kWidth multipliers.
struct MultiplierVec {
  __m256i q, exponent;
  static MultiplierVec load(const Multiplier* m) noexcept {
    const WideSumVec::Type pairs = WideSumVec::load(reinterpret_cast<const std::int64_t*>(m));
    return {WideSumVec::narrow(pairs),
            WideSumVec::narrow({_mm256_srli_epi64(pairs.first, 32), _mm256_srli_epi64(pairs.last, 32)})};
  }
  static MultiplierVec broadcast(Multiplier m) noexcept {
    return {_mm256_set1_epi32(m.q), _mm256_set1_epi32(m.exponent)};
  }
};

/// Products of every other lane. With k = max(-exponent, 0) the two roundings of multiply() are one shift of the 64-bit
/// product, (p + 2^(30+k) +- 2^30) >> (31 + k), plus for sums >= 0 and minus for others; for k = 0 it is (p + 2^30)
/// >> 31. As there is no arithmetic shift of 64 bits, 2^63 is added before it, which leaves 2^(32-k) too much.
struct ProductHalf {
  __m256i q, rounding, sign, shift;
  static ProductHalf of(__m256i q, __m256i k) noexcept {
    const __m256i shifted = _mm256_cmpgt_epi64(k, _mm256_setzero_si256());
    const __m256i half_step = _mm256_set1_epi64x(std::int64_t{1} << 30);
    const __m256i second = _mm256_and_si256(shifted, _mm256_sllv_epi64(half_step, k));
    return {q, _mm256_add_epi64(_mm256_add_epi64(half_step, _mm256_set1_epi64x(kLeast64)), second),
            _mm256_and_si256(shifted, _mm256_set1_epi64x(std::int64_t{1} << 31)),
            _mm256_add_epi64(k, _mm256_set1_epi64x(31))};
  }
  __m256i operator()(__m256i x) const noexcept {
    const __m256i p = _mm256_sub_epi64(_mm256_mul_epi32(x, q), _mm256_and_si256(x, sign));
    return _mm256_srlv_epi64(_mm256_add_epi64(p, rounding), shift);
  }
};

/// Both halves: x * factor + `added`.
struct ProductVec {
  ProductHalf even, odd;
  __m256i excess;
  ProductVec(const MultiplierVec& m, std::int32_t added) noexcept {
    const __m256i zero = _mm256_setzero_si256();
    const __m256i k = _mm256_max_epi32(_mm256_sub_epi32(zero, m.exponent), zero);
    even = ProductHalf::of(m.q, _mm256_and_si256(k, _mm256_set1_epi64x(0xFFFFFFFF)));
    odd = ProductHalf::of(_mm256_srli_epi64(m.q, 32), _mm256_srli_epi64(k, 32));
    excess = _mm256_sub_epi32(_mm256_sllv_epi32(_mm256_set1_epi32(1), _mm256_sub_epi32(_mm256_set1_epi32(32), k)),
                              _mm256_set1_epi32(added));
  }
  __m256i operator()(__m256i x) const noexcept {
    const __m256i upper = _mm256_slli_epi64(odd(_mm256_srli_epi64(x, 32)), 32);
    return _mm256_sub_epi32(_mm256_blend_epi32(even(x), upper, 0xAA), excess);
  }
};

/// requantize() of 32-bit sums.
class FixedPoint {
 public:
  FixedPoint(const MultiplierVec& m, const OutputRange& range) noexcept
      : zero_point_{_mm256_set1_epi32(range.zero_point)},
        low_{_mm256_set1_epi32(range.low)},
        high_{_mm256_set1_epi32(range.high)},
        left_{_mm256_max_epi32(m.exponent, _mm256_setzero_si256())},
        product_{m, 0} {}
  static FixedPoint load(const Multiplier* m, const OutputRange& range) noexcept {
    return {MultiplierVec::load(m), range};
  }
  static FixedPoint broadcast(Multiplier m, const OutputRange& range) noexcept {
    return {MultiplierVec::broadcast(m), range};
  }
  /// multiply() alone.
  __m256i product(__m256i sums) const noexcept { return product_(_mm256_sllv_epi32(sums, left_)); }
  __m256i operator()(__m256i sums) const noexcept {
    return SumVec::clamp(_mm256_add_epi32(product(sums), zero_point_), low_, high_);
  }

 private:
  __m256i zero_point_, low_, high_, left_;
  ProductVec product_;
};

/// FixedPoint for the usual case at three quarters of its cost: factors below 1, results that SumVec::store clamps.
class SaturatedFixedPoint {
 public:
  static bool fits(const MultiplierVec& m, const OutputRange& range) noexcept {
    const __m256i above = _mm256_cmpgt_epi32(m.exponent, _mm256_setzero_si256());
    return is_whole_byte(range) && _mm256_testz_si256(above, above) == 1;
  }
  SaturatedFixedPoint(const MultiplierVec& m, const OutputRange& range) noexcept : product_{m, range.zero_point} {}
  __m256i operator()(__m256i sums) const noexcept { return product_(sums); }

 private:
  ProductVec product_;
};

/// requantize() of 64-bit sums.
class WideFixedPoint {
 public:
  WideFixedPoint(const MultiplierVec& m, const OutputRange& range) noexcept
      : zero_point_{_mm256_set1_epi32(range.zero_point)},
        low_{_mm256_set1_epi32(range.low)},
        high_{_mm256_set1_epi32(range.high)} {
    const __m256i rounded = _mm256_srli_epi32(_mm256_add_epi32(m.q, _mm256_set1_epi32(1 << 15)), 16);
    q_ = WideSumVec::widen(_mm256_min_epi32(rounded, _mm256_set1_epi32(32767)));
    shift_ = WideSumVec::widen(_mm256_sub_epi32(_mm256_set1_epi32(15), m.exponent));
  }
  static WideFixedPoint load(const Multiplier* m, const OutputRange& range) noexcept {
    return {MultiplierVec::load(m), range};
  }
  __m256i operator()(WideSumVec::Type sums) const noexcept {
    const WideSumVec::Type products{product(sums.first, q_.first, shift_.first),
                                    product(sums.last, q_.last, shift_.last)};
    return SumVec::clamp(_mm256_add_epi32(WideSumVec::narrow(products), zero_point_), low_, high_);
  }

 private:
  static __m256i product(__m256i x, __m256i q, __m256i shift) noexcept {
    const __m256i one = _mm256_set1_epi64x(1);
    const __m256i least = _mm256_set1_epi64x(kLeast64);
    const __m256i rounding = _mm256_sllv_epi64(one, _mm256_sub_epi64(shift, one));
    const __m256i upper = _mm256_slli_epi64(_mm256_mul_epu32(_mm256_srli_epi64(x, 32), q), 32);
    const __m256i p = _mm256_add_epi64(_mm256_mul_epu32(x, q), upper);
    const __m256i moved = _mm256_xor_si256(_mm256_add_epi64(p, rounding), least);
    return _mm256_sub_epi64(_mm256_srlv_epi64(moved, shift), _mm256_srlv_epi64(least, shift));
  }

  __m256i zero_point_, low_, high_;
  WideSumVec::Type q_, shift_;
};

/// requantize_float64() of 32-bit and 64-bit sums.
class Float64 {
 public:
  static Float64 load(const double* factors, const OutputRange& range) noexcept {
    return {_mm256_loadu_pd(factors), _mm256_loadu_pd(factors + 4), range};
  }
  static Float64 broadcast(double factor, const OutputRange& range) noexcept {
    return {_mm256_set1_pd(factor), _mm256_set1_pd(factor), range};
  }
  __m256i operator()(__m256i sums) const noexcept {
    return joined(_mm256_cvtepi32_pd(_mm256_castsi256_si128(sums)),
                  _mm256_cvtepi32_pd(_mm256_extracti128_si256(sums, 1)));
  }
  __m256i operator()(WideSumVec::Type sums) const noexcept { return joined(doubles(sums.first), doubles(sums.last)); }

 private:
  Float64(__m256d first, __m256d last, const OutputRange& range) noexcept
      : first_{first},
        last_{last},
        low_{_mm256_set1_pd(static_cast<double>(range.low) - range.zero_point)},
        high_{_mm256_set1_pd(static_cast<double>(range.high) - range.zero_point)},
        zero_point_{_mm256_set1_epi32(range.zero_point)} {}
  /// Upper half * 2^32 + lower half, both exact: one rounding.
  static __m256d doubles(__m256i v) noexcept {
    const __m256i pieces = _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(1, 3, 5, 7, 0, 2, 4, 6));
    const __m256d upper = _mm256_cvtepi32_pd(_mm256_castsi256_si128(pieces));
    const __m256i two52 = _mm256_castpd_si256(_mm256_set1_pd(4503599627370496.0));
    const __m256i lower = _mm256_blend_epi32(v, two52, 0xAA);
    return _mm256_fmadd_pd(upper, _mm256_set1_pd(4294967296.0),
                           _mm256_sub_pd(_mm256_castsi256_pd(lower), _mm256_castsi256_pd(two52)));
  }
  __m256i joined(__m256d first, __m256d last) const noexcept {
    const __m256i low = _mm256_castsi128_si256(steps(_mm256_mul_pd(first, first_)));
    return _mm256_add_epi32(_mm256_inserti128_si256(low, steps(_mm256_mul_pd(last, last_)), 1), zero_point_);
  }
  /// Half away from zero = truncation after adding the largest number below one half, with the sign of v.
  __m128i steps(__m256d v) const noexcept {
    const __m256d sign = _mm256_set1_pd(-0.0);
    const __m256d below_half = _mm256_set1_pd(0.49999999999999994);
    const __m256d moved = _mm256_add_pd(v, _mm256_or_pd(below_half, _mm256_and_pd(v, sign)));
    return _mm256_cvttpd_epi32(_mm256_min_pd(high_, _mm256_max_pd(low_, moved)));
  }

  __m256d first_, last_, low_, high_;
  __m256i zero_point_;
};

}  // namespace
}  // namespace litesmith::kernels
