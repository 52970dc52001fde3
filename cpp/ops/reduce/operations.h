#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

/// What a reduction does with two numbers. Every file of an instruction set compiles its
/// own copy.
namespace litesmith::ops::reduce {
namespace {

// Integers wrap around.
struct Sum {
  template <class Acc>
  static constexpr Acc initial() noexcept {
    return 0;
  }
  template <class Acc>
  static Acc combine(Acc a, Acc b) noexcept {
    if constexpr (std::is_integral_v<Acc>)
      return static_cast<Acc>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    else
      return a + b;
  }
  template <class T, class Acc>
  static T finish(Acc sum, std::int64_t) noexcept {
    return static_cast<T>(sum);
  }
};
/// Integer means are truncated towards zero.
struct Mean : Sum {
  template <class T, class Acc>
  static T finish(Acc sum, std::int64_t count) noexcept {
    if constexpr (std::is_integral_v<Acc>)
      return count == 0 ? T{0} : static_cast<T>(sum / count);
    else
      return static_cast<T>(sum / static_cast<Acc>(count));
  }
};
struct Product {
  template <class Acc>
  static constexpr Acc initial() noexcept {
    return 1;
  }
  template <class Acc>
  static Acc combine(Acc a, Acc b) noexcept {
    if constexpr (std::is_integral_v<Acc>)
      return static_cast<Acc>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
    else
      return a * b;
  }
  template <class T, class Acc>
  static T finish(Acc product, std::int64_t) noexcept {
    return static_cast<T>(product);
  }
};
/// Lanes are combined by halves.
template <class Acc, class Op, int lanes_count>
Acc tree(Acc (&lanes)[lanes_count]) noexcept {
  for (int half = lanes_count / 2; half > 0; half /= 2)
    for (int l = 0; l < half; ++l) lanes[l] = Op::combine(lanes[l], lanes[l + half]);
  return lanes[0];
}

// NaN is not greater or less than anything and never wins.
struct Maximum {
  template <class Acc>
  static constexpr Acc initial() noexcept {
    using Limits = std::numeric_limits<Acc>;
    constexpr Acc kLeast = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    return kLeast;
  }
  template <class Acc>
  static Acc combine(Acc a, Acc b) noexcept {
    return b > a ? b : a;
  }
  template <class T, class Acc>
  static T finish(Acc y, std::int64_t) noexcept {
    return y;
  }
};
struct Minimum {
  template <class Acc>
  static constexpr Acc initial() noexcept {
    using Limits = std::numeric_limits<Acc>;
    constexpr Acc kMost = Limits::has_infinity ? Limits::infinity() : Limits::max();
    return kMost;
  }
  template <class Acc>
  static Acc combine(Acc a, Acc b) noexcept {
    return b < a ? b : a;
  }
  template <class T, class Acc>
  static T finish(Acc y, std::int64_t) noexcept {
    return y;
  }
};

}  // namespace
}  // namespace litesmith::ops::reduce
