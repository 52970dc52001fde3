#pragma once

#include <immintrin.h>

#include <cstdint>

/// For files compiled for AVX2 only; the unnamed namespace keeps one file's code out of every other.
namespace litesmith::simd {
namespace {

/// Vectors of floats. max and min return the second operand when either is NaN or both are zero.
struct FloatVec {
  using Type = __m256;
  using Mask = __m256i;
  static constexpr int kWidth = 8;
  static Mask mask(std::int64_t count) noexcept {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static Type load(const float* p) noexcept { return _mm256_loadu_ps(p); }
  static Type load_masked(const float* p, Mask m) noexcept { return _mm256_maskload_ps(p, m); }
  static void store(float* p, Type v) noexcept { _mm256_storeu_ps(p, v); }
  static void store_masked(float* p, Mask m, Type v) noexcept { _mm256_maskstore_ps(p, m, v); }
  static Type low(Type v) noexcept { return v; }
  static Type broadcast(const float* p) noexcept { return _mm256_broadcast_ss(p); }
  static Type fma(Type a, Type b, Type c) noexcept { return _mm256_fmadd_ps(a, b, c); }
  static Type max(Type a, Type b) noexcept { return _mm256_max_ps(a, b); }
  static Type min(Type a, Type b) noexcept { return _mm256_min_ps(a, b); }
};

}  // namespace
}  // namespace litesmith::simd
