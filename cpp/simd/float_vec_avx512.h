#pragma once

#include <immintrin.h>

#include <cstdint>

/// For files compiled for AVX-512 only; the unnamed namespace keeps one file's code out of every other.
namespace litesmith::simd {
namespace {

/// Vectors of floats. max and min return the second operand when either is NaN or both are zero.
struct FloatVec {
  using Type = __m512;
  using Mask = __mmask16;
  static constexpr int kWidth = 16;
  static Mask mask(std::int64_t count) noexcept { return static_cast<Mask>((1U << count) - 1U); }
  static Type load(const float* p) noexcept { return _mm512_loadu_ps(p); }
  static Type load_masked(const float* p, Mask m) noexcept { return _mm512_maskz_loadu_ps(m, p); }
  static void store(float* p, Type v) noexcept { _mm512_storeu_ps(p, v); }
  static void store_masked(float* p, Mask m, Type v) noexcept { _mm512_mask_storeu_ps(p, m, v); }
  static Type low(Type v) noexcept { return v; }
  static Type broadcast(const float* p) noexcept { return _mm512_set1_ps(*p); }
  static Type fma(Type a, Type b, Type c) noexcept { return _mm512_fmadd_ps(a, b, c); }
  static Type max(Type a, Type b) noexcept { return _mm512_max_ps(a, b); }
  static Type min(Type a, Type b) noexcept { return _mm512_min_ps(a, b); }
};

/// The lower half of a FloatVec.
struct HalfFloatVec {
  using Type = __m256;
  using Mask = __mmask8;
  static constexpr int kWidth = 8;
  static Mask mask(std::int64_t count) noexcept { return static_cast<Mask>((1U << count) - 1U); }
  static Type load(const float* p) noexcept { return _mm256_loadu_ps(p); }
  static Type load_masked(const float* p, Mask m) noexcept { return _mm256_maskz_loadu_ps(m, p); }
  static void store(float* p, Type v) noexcept { _mm256_storeu_ps(p, v); }
  static void store_masked(float* p, Mask m, Type v) noexcept { _mm256_mask_storeu_ps(p, m, v); }
  static Type low(FloatVec::Type v) noexcept { return _mm512_castps512_ps256(v); }
  static Type broadcast(const float* p) noexcept { return _mm256_broadcast_ss(p); }
  static Type fma(Type a, Type b, Type c) noexcept { return _mm256_fmadd_ps(a, b, c); }
  static Type max(Type a, Type b) noexcept { return _mm256_max_ps(a, b); }
  static Type min(Type a, Type b) noexcept { return _mm256_min_ps(a, b); }
};

}  // namespace
}  // namespace litesmith::simd
