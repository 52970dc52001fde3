#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

// Every file of an instruction set compiles its own copy of these loops.
namespace litesmith::ops::pool_2d {
namespace {

#if defined(__AVX512BW__)
constexpr std::size_t kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr std::size_t kVectorBytes = 32;
#else
constexpr std::size_t kVectorBytes = 16;
#endif

/// Neighbouring channels that are computed side by side.
template <class T, std::size_t bytes>
struct Channels {
  typedef T Type [[gnu::vector_size(bytes)]];
};
template <class T>
struct OneChannel {
  using Type = T;
};

template <class Vector, class T>
[[gnu::always_inline]] inline void broadcast(Vector& v, T value) noexcept {
  if constexpr (std::is_same_v<Vector, T>)
    v = value;
  else
    v = Vector{} + value;
}

/// Calls visit(channels side by side, first channel) until all are visited; some may be visited twice.
template <class T, class Visit>
[[gnu::always_inline]] inline void over_channels(std::int64_t channels, Visit visit) noexcept {
  constexpr auto kMany = static_cast<std::int64_t>(kVectorBytes / sizeof(T));
  constexpr auto kFew = static_cast<std::int64_t>(16 / sizeof(T));
  std::int64_t c = 0;
  for (; c + kMany <= channels; c += kMany) visit(Channels<T, kVectorBytes>{}, c);
  if (channels >= kFew)
    for (; c < channels; c += kFew) visit(Channels<T, 16>{}, c + kFew <= channels ? c : channels - kFew);
  else
    for (; c < channels; ++c) visit(OneChannel<T>{}, c);
}

/// Joins the pixels of a window into `result`, in order. side > 0: the window has side * side of them.
template <int side, class Vector, class T, class Window, class Join>
[[gnu::always_inline]] inline void join_pixels(const Window& w, const T* x, Vector& result, Join join) noexcept {
  const std::int64_t rows = side > 0 ? side : w.rows;
  const std::int64_t columns = side > 0 ? side : w.columns;
#pragma GCC unroll 3
  for (std::int64_t row = 0; row < rows; ++row)
#pragma GCC unroll 3
    for (std::int64_t column = 0; column < columns; ++column) {
      Vector v;
      std::memcpy(&v, x + row * w.row_stride + column * w.pixel_stride, sizeof(v));
      join(result, v);
    }
}

/// y = last(join of the pixels, from `start` on), limited to [low, high].
template <int side, class T, class Window, class Join, class Last>
[[gnu::always_inline]] inline void pool_windows(const Window w, T start, Join join, Last last) noexcept {
  const auto low = static_cast<T>(w.low), high = static_cast<T>(w.high);
  for (std::int64_t i = 0; i < w.count; ++i)
    over_channels<T>(w.channels, [&](auto channels, std::int64_t c) {
      using Vector = typename decltype(channels)::Type;
      Vector v, least, most;
      broadcast(v, start);
      broadcast(least, low);
      broadcast(most, high);
      join_pixels<side>(w, w.x + i * w.step + c, v, join);
      last(v);
      v = v < least ? least : v;
      v = v > most ? most : v;
      std::memcpy(w.y + i * w.pixel_stride + c, &v, sizeof(v));
    });
}

/// pool_windows, with loops of their own for the usual windows.
template <class T, class Window, class Join, class Last>
[[gnu::always_inline]] inline void pool(const Window& w, T start, Join join, Last last) noexcept {
  if (w.rows == 3 && w.columns == 3) return pool_windows<3>(w, start, join, last);
  if (w.rows == 2 && w.columns == 2) return pool_windows<2>(w, start, join, last);
  pool_windows<0>(w, start, join, last);
}

/// The larger one; `most` where either is NaN.
struct Larger {
  template <class Vector>
  [[gnu::always_inline]] void operator()(Vector& most, const Vector& x) const noexcept {
    most = most < x ? x : most;
  }
};

}  // namespace
}  // namespace litesmith::ops::pool_2d
