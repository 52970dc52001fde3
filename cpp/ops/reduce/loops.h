#pragma once

#include <cstring>

#include "ops/reduce/integer_sums.h"

// Every file of an instruction set compiles its own copy of these loops.
namespace litesmith::ops::reduce {
namespace {

/// Terms of 16 bits whose sum fits 32.
constexpr std::int64_t kTerms = 32768;

template <class T>
std::int64_t sum_run(const T* x, std::int64_t n) noexcept {
  std::int64_t total = 0;
  for (std::int64_t first = 0; first < n; first += kTerms) {
    const std::int64_t end = n - first < kTerms ? n : first + kTerms;
    std::int32_t sum = 0;
    for (std::int64_t i = first; i < end; ++i) sum += x[i];
    total += sum;
  }
  return total;
}

constexpr int kWide = 16;
typedef std::int32_t WideSum [[gnu::vector_size(kWide * sizeof(std::int32_t))]];
typedef std::int8_t WideI8 [[gnu::vector_size(kWide)]];
typedef std::uint8_t WideU8 [[gnu::vector_size(kWide)]];
typedef std::int16_t WideI16 [[gnu::vector_size(kWide * 2)]];

template <class V, class T>
void sum_columns(const RowBlock<T>& b, std::int64_t* totals) noexcept {
  for (std::int64_t first = 0; first < b.rows; first += kTerms) {
    const std::int64_t rows = b.rows - first < kTerms ? b.rows - first : kTerms;
    const T* x = b.x + first * b.stride;
    std::int64_t c = 0;
    for (; c + kWide <= b.width; c += kWide) {
      WideSum sum{};
      for (std::int64_t row = 0; row < rows; ++row) {
        V values;
        std::memcpy(&values, x + row * b.stride + c, sizeof(values));
        sum += __builtin_convertvector(values, WideSum);
      }
      for (int lane = 0; lane < kWide; ++lane) totals[c + lane] += sum[lane];
    }
    for (; c < b.width; ++c)
      for (std::int64_t row = 0; row < rows; ++row) totals[c] += x[row * b.stride + c];
  }
}

constexpr IntegerSumLoops kSums = {{sum_run<std::int8_t>, sum_columns<WideI8, std::int8_t>},
                                   {sum_run<std::uint8_t>, sum_columns<WideU8, std::uint8_t>},
                                   {sum_run<std::int16_t>, sum_columns<WideI16, std::int16_t>}};

}  // namespace
}  // namespace litesmith::ops::reduce
