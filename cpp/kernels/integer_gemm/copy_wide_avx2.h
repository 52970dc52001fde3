#pragma once

#include <immintrin.h>

#include "kernels/integer_gemm/panel.h"

/// Eight-bit activations as int16, for files compiled with AVX2; the unnamed namespace keeps one file's code out of
/// every other.
namespace litesmith::kernels {
namespace {

[[gnu::always_inline]] inline void widen_run(const std::uint8_t* from, std::int16_t* to, std::int64_t length,
                                             std::uint8_t flip) noexcept {
  const __m128i flips = _mm_set1_epi8(static_cast<char>(flip));
  const auto sixteen = [&](std::int64_t j) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + j));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + j), _mm256_cvtepi8_epi16(_mm_xor_si128(bytes, flips)));
  };
  const auto eight = [&](std::int64_t j) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from + j));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + j), _mm_cvtepi8_epi16(_mm_xor_si128(bytes, flips)));
  };
  std::int64_t j = 0;
  for (; j + 16 <= length; j += 16) sixteen(j);
  if (j + 8 <= length) {
    eight(j);
    j += 8;
  }
  if (j < length && length >= 8) {
    eight(length - 8);
    return;
  }
  for (; j < length; ++j) to[j] = static_cast<std::int8_t>(from[j] ^ flip);
}

void copy_widened(const ActivationRuns& runs) noexcept {
  const std::uint8_t flip = runs.is_unsigned ? 0x80 : 0;
  const std::uint8_t* from = runs.from;
  auto* to = static_cast<std::int16_t*>(runs.to);
  for (std::int64_t i = 0; i < runs.count; ++i, from += runs.from_stride, to += runs.to_stride) {
    widen_run(from, to, runs.length, flip);
  }
}

}  // namespace
}  // namespace litesmith::kernels
