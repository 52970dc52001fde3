#pragma once

#include <cstdint>

#include "simd/cpu.h"

namespace litesmith::kernels {

/// y[i] = f(x[i]) for i < n; x and y may be the same array.
using ArrayFunction = void (*)(const float* x, float* y, std::int64_t n) noexcept;

/// Functions of float arrays with the same bits on every CPU and instruction set: evaluated in double precision without
/// fused operations and rounded once, so that errors stay below 0.51 units in the last place. Special values as in
/// IEEE 754 and C99 annex F.
struct Elementary {
  ArrayFunction exp, expm1, log, tanh, sigmoid, erf, sin, cos;
  /// 0.5 x (1 + erf(x / sqrt(2))) and its tanh form 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
  ArrayFunction gelu, gelu_tanh;
  /// x for x >= 0, e^x - 1 below.
  ArrayFunction elu;
  /// 1 / sqrt(x), rounded once.
  ArrayFunction rsqrt;
  /// x^y and the angle of (x, y), element by element.
  void (*pow)(const float* x, const float* y, float* z, std::int64_t n) noexcept;
  void (*atan2)(const float* y, const float* x, float* z, std::int64_t n) noexcept;
};

/// The fastest set up to `isa` that this CPU can run.
const Elementary& elementary_functions(simd::Isa isa) noexcept;

void exp_f32(const float* x, float* y, std::int64_t n) noexcept;
void log_f32(const float* x, float* y, std::int64_t n) noexcept;
void tanh_f32(const float* x, float* y, std::int64_t n) noexcept;
void sigmoid_f32(const float* x, float* y, std::int64_t n) noexcept;

}  // namespace litesmith::kernels
