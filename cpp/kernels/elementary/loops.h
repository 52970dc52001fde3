#pragma once

#include <cmath>

#include "kernels/elementary/elementary.h"
#include "kernels/elementary/functions.h"

// Every file of an instruction set compiles its own copy of these loops.
namespace litesmith::kernels {
namespace {

template <class Function>
[[gnu::always_inline]] inline void map(const float* x, float* y, std::int64_t n, Function function) noexcept {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<float>(function(static_cast<double>(x[i])));
}

void exp_loop(const float* x, float* y, std::int64_t n) noexcept {
  map(x, y, n, [](double v) { return elementary::exp(v); });
}
void expm1_loop(const float* x, float* y, std::int64_t n) noexcept {
  map(x, y, n, [](double v) {
    const double e = elementary::expm1(v);
    return elementary::with_sign(e, v);
  });
}
void log_loop(const float* x, float* y, std::int64_t n) noexcept {
  map(x, y, n, [](double v) { return elementary::log(v); });
}
void tanh_loop(const float* x, float* y, std::int64_t n) noexcept {
  map(x, y, n, [](double v) { return elementary::tanh(v); });
}
void sigmoid_loop(const float* x, float* y, std::int64_t n) noexcept {
  map(x, y, n, [](double v) { return elementary::sigmoid(v); });
}
void erf_loop(const float* x, float* y, std::int64_t n) noexcept {
  map(x, y, n, [](double v) { return elementary::erf(v); });
}
void elu_loop(const float* x, float* y, std::int64_t n) noexcept {
  map(x, y, n, [](double v) {
    const double e = elementary::with_sign(elementary::expm1(v), v);
    return v >= 0 ? v : e;
  });
}
void gelu_loop(const float* x, float* y, std::int64_t n) noexcept {
  map(x, y, n, [](double v) {
    const double t = v * 0.70710678118654752;
    const double weight = 1 + elementary::erf(t);
    return 0.5 * v * (t < -4 ? 0 : weight);
  });
}
void gelu_tanh_loop(const float* x, float* y, std::int64_t n) noexcept {
  map(x, y, n,
      [](double v) { return 0.5 * v * (1 + elementary::tanh(0.79788456080286536 * (v + 0.044715 * (v * v * v)))); });
}
void rsqrt_loop(const float* x, float* y, std::int64_t n) noexcept {
  map(x, y, n, [](double v) { return 1 / std::sqrt(v); });
}

template <std::uint64_t shift>
void sine_loop(const float* x, float* y, std::int64_t n) noexcept {
  constexpr std::int64_t kBlock = 256;
  for (std::int64_t begin = 0; begin < n; begin += kBlock) {
    const std::int64_t end = begin + kBlock < n ? begin + kBlock : n;
    int large = 0;
    for (std::int64_t i = begin; i < end; ++i) large |= !(elementary::absolute(x[i]) < 0x1p20F);
    if (large == 0) {
      map(x + begin, y + begin, end - begin, [](double v) { return elementary::sin_of(elementary::reduce(v), shift); });
      continue;
    }
    for (std::int64_t i = begin; i < end; ++i) {
      const double magnitude = elementary::absolute(x[i]);
      if (magnitude < elementary::kLargeAngle) {
        y[i] = static_cast<float>(elementary::sin_of(elementary::reduce(x[i]), shift));
      } else if (magnitude < elementary::kInfinity) {
        const double sign = shift == 0 && x[i] < 0 ? -1 : 1;
        y[i] =
            static_cast<float>(sign * elementary::sin_of(elementary::reduce_large(elementary::absolute(x[i])), shift));
      } else {
        y[i] = static_cast<float>(elementary::kNan);
      }
    }
  }
}

void pow_loop(const float* x, const float* y, float* z, std::int64_t n) noexcept {
  for (std::int64_t i = 0; i < n; ++i) z[i] = static_cast<float>(elementary::pow(x[i], y[i]));
}
void atan2_loop(const float* y, const float* x, float* z, std::int64_t n) noexcept {
  for (std::int64_t i = 0; i < n; ++i) z[i] = static_cast<float>(elementary::atan2(y[i], x[i]));
}

constexpr Elementary kLoops = {.exp = exp_loop,
                               .expm1 = expm1_loop,
                               .log = log_loop,
                               .tanh = tanh_loop,
                               .sigmoid = sigmoid_loop,
                               .erf = erf_loop,
                               .sin = sine_loop<0>,
                               .cos = sine_loop<1>,
                               .gelu = gelu_loop,
                               .gelu_tanh = gelu_tanh_loop,
                               .elu = elu_loop,
                               .rsqrt = rsqrt_loop,
                               .pow = pow_loop,
                               .atan2 = atan2_loop};

}  // namespace
}  // namespace litesmith::kernels
