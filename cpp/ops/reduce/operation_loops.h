#pragma once

#include <cstring>

#include "ops/reduce/operations.h"
#include "ops/reduce/run_loops.h"

// Every file of an instruction set compiles its own copy of these loops.
namespace litesmith::ops::reduce {
namespace {

#if defined(__AVX512BW__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

template <class T, int bytes>
struct VectorOf {
  typedef T Type [[gnu::vector_size(bytes)]];
  static constexpr std::int64_t kSize = bytes / static_cast<int>(sizeof(T));
};

/// Op::combine of vectors.
template <class Op, class Vector>
[[gnu::always_inline]] inline void join(Vector& a, const Vector& b) noexcept {
  if constexpr (std::is_same_v<Op, Maximum>)
    a = b > a ? b : a;
  else if constexpr (std::is_same_v<Op, Minimum>)
    a = b < a ? b : a;
  else if constexpr (std::is_same_v<Op, Product>)
    a *= b;
  else
    a += b;
}

/// `tree` of sixteen floats.
template <class Op>
[[gnu::always_inline]] inline float float_tree(const float* lanes) noexcept {
  VectorOf<float, 16>::Type quarters[4];
  std::memcpy(quarters, lanes, sizeof(quarters));
  join<Op>(quarters[0], quarters[2]);
  join<Op>(quarters[1], quarters[3]);
  join<Op>(quarters[0], quarters[1]);
  float last[4];
  std::memcpy(last, &quarters[0], sizeof(last));
  return tree<float, Op>(last);
}

/// Runs of floats, `count` of them at a time: element j joins lane j mod 16.
template <class Op, int count>
[[gnu::always_inline]] inline void float_runs(const float* x, std::int64_t stride, std::int64_t n, float* y) noexcept {
  using Vector = VectorOf<float, kVectorBytes>;
  constexpr int kParts = kLanes * 4 / kVectorBytes;
  typename Vector::Type sums[count][kParts];
  for (auto& run : sums)
    for (auto& part : run) part = typename Vector::Type{} + Op::template initial<float>();
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
#pragma GCC unroll 4
    for (int r = 0; r < count; ++r)
#pragma GCC unroll 4
      for (int part = 0; part < kParts; ++part) {
        typename Vector::Type v;
        std::memcpy(&v, x + r * stride + i + part * Vector::kSize, sizeof(v));
        join<Op>(sums[r][part], v);
      }
  for (int r = 0; r < count; ++r) {
    float lanes[kLanes];
    std::memcpy(lanes, sums[r], sizeof(lanes));
    for (std::int64_t l = 0; i + l < n; ++l) lanes[l] = Op::combine(lanes[l], x[r * stride + i + l]);
    y[r] = Op::template finish<float>(float_tree<Op>(lanes), n);
  }
}

/// An extremum of integers: the order is free, and elements may be seen twice.
template <class Op, class T, int bytes>
[[gnu::always_inline]] inline T integer_run(const T* x, std::int64_t n) noexcept {
  using Vector = VectorOf<T, bytes>;
  typename Vector::Type v, extremum;
  std::memcpy(&extremum, x, sizeof(v));
  for (std::int64_t i = Vector::kSize; i < n; i += Vector::kSize) {
    std::memcpy(&v, x + (i + Vector::kSize <= n ? i : n - Vector::kSize), sizeof(v));
    join<Op>(extremum, v);
  }
  T lanes[Vector::kSize];
  std::memcpy(lanes, &extremum, sizeof(lanes));
  return tree<T, Op>(lanes);
}

template <class Op, class T>
[[gnu::always_inline]] inline T extremum_of(const T* x, std::int64_t n) noexcept {
  if (n >= VectorOf<T, kVectorBytes>::kSize) return integer_run<Op, T, kVectorBytes>(x, n);
  if (n >= VectorOf<T, 16>::kSize) return integer_run<Op, T, 16>(x, n);
  T extremum = Op::template initial<T>();
  for (std::int64_t i = 0; i < n; ++i) extremum = Op::combine(extremum, x[i]);
  return extremum;
}

template <class Op, class T>
void runs(const RunBlock<T>& b, T* y) noexcept {
  const RunBlock<T> block = b;
  std::int64_t i = 0;
  if constexpr (std::is_same_v<T, float>) {
    for (; i + 4 <= block.count; i += 4)
      float_runs<Op, 4>(block.x + i * block.stride, block.stride, block.length, y + i);
    for (; i < block.count; ++i) float_runs<Op, 1>(block.x + i * block.stride, block.stride, block.length, y + i);
  } else {
    for (; i < block.count; ++i) y[i] = extremum_of<Op>(block.x + i * block.stride, block.length);
  }
}

/// Extrema of integers have the same bits in any order and need one lane.
template <class T>
constexpr std::int64_t kUsedLanes = std::is_same_v<T, float> ? kLanes : 1;

/// Joins the rows, from column c on, into `vectors` vectors of a lane.
template <class Op, int bytes, int vectors, class T>
[[gnu::always_inline]] inline void add_block(const RowBlock<T>& b, std::int64_t c, T* lane) noexcept {
  using Vector = VectorOf<T, bytes>;
  typename Vector::Type v, sums[vectors];
#pragma GCC unroll 4
  for (int i = 0; i < vectors; ++i) std::memcpy(&sums[i], lane + c + i * Vector::kSize, sizeof(v));
  for (std::int64_t row = 0; row < b.rows; ++row)
#pragma GCC unroll 4
    for (int i = 0; i < vectors; ++i) {
      std::memcpy(&v, b.x + row * b.stride + c + i * Vector::kSize, sizeof(v));
      join<Op>(sums[i], v);
    }
#pragma GCC unroll 4
  for (int i = 0; i < vectors; ++i) std::memcpy(lane + c + i * Vector::kSize, &sums[i], sizeof(v));
}

template <class Op, class T>
[[gnu::always_inline]] inline void add_to_lane(const RowBlock<T> b, T* lane) noexcept {
  constexpr std::int64_t kMany = VectorOf<T, kVectorBytes>::kSize, kFew = VectorOf<T, 16>::kSize;
  std::int64_t c = 0;
  for (; c + 4 * kMany <= b.width; c += 4 * kMany) add_block<Op, kVectorBytes, 4>(b, c, lane);
  for (; c + kMany <= b.width; c += kMany) add_block<Op, kVectorBytes, 1>(b, c, lane);
  for (; c + kFew <= b.width; c += kFew) add_block<Op, 16, 1>(b, c, lane);
  for (; c < b.width; ++c)
    for (std::int64_t row = 0; row < b.rows; ++row) lane[c] = Op::combine(lane[c], b.x[row * b.stride + c]);
}

template <class Op, class T>
void add_rows(const RowBlock<T>& block, std::int64_t first, T* lanes) noexcept {
  if constexpr (kUsedLanes<T> == 1)
    add_to_lane<Op>(block, lanes);
  else
    for (std::int64_t row = 0; row < block.rows; ++row)
      add_to_lane<Op, T>({block.x + row * block.stride, block.stride, 1, block.width},
                         lanes + (first + row) % kLanes * kColumns);
}

/// Works on whole vectors of columns: the lanes beyond `width` are joined too, up to a multiple of kLanes.
template <class Op, class T>
void finish_columns(T* lanes, std::int64_t width, std::int64_t count, T* y) noexcept {
  using Vector = VectorOf<T, sizeof(T) == 4 ? kVectorBytes : 16>;
  typename Vector::Type a, b;
  for (std::int64_t half = kUsedLanes<T> / 2; half > 0; half /= 2)
    for (std::int64_t l = 0; l < half; ++l)
      for (std::int64_t c = 0; c < width; c += Vector::kSize) {
        T* lane = lanes + l * kColumns + c;
        std::memcpy(&a, lane, sizeof(a));
        std::memcpy(&b, lane + half * kColumns, sizeof(b));
        join<Op>(a, b);
        std::memcpy(lane, &a, sizeof(a));
      }
  if constexpr (std::is_same_v<Op, Mean>)
    for (std::int64_t c = 0; c < width; c += Vector::kSize) {
      std::memcpy(&a, lanes + c, sizeof(a));
      a /= static_cast<T>(count);
      std::memcpy(lanes + c, &a, sizeof(a));
    }
  std::memcpy(y, lanes, static_cast<std::size_t>(width) * sizeof(T));
}

template <class Op, class T>
constexpr RunLoops<T> kRunLoops = {runs<Op, T>, add_rows<Op, T>, finish_columns<Op, T>};

template <class Op>
constexpr ExtremumLoops kExtremumLoops = {kRunLoops<Op, float>, kRunLoops<Op, std::int8_t>, kRunLoops<Op, std::uint8_t>,
                                          kRunLoops<Op, std::int16_t>};

constexpr OperationLoops kOperations = {kRunLoops<Sum, float>, kRunLoops<Mean, float>, kRunLoops<Product, float>,
                                        kExtremumLoops<Maximum>, kExtremumLoops<Minimum>};

}  // namespace
}  // namespace litesmith::ops::reduce
