#include "ops/recurrent/gate_table.h"

#include <utility>

#include "kernels/requantize/fixed_point.h"
#include "kernels/requantize/sigmoid_curve.h"

namespace litesmith::ops::recurrent {
namespace {

using TanhFunction = std::int16_t (*)(std::int16_t x);
constexpr int kMostIntegerBits = 6;

template <int integer_bits>
std::int16_t fixed_tanh(std::int16_t x) {
  return kernels::hyperbolic_tangent(kernels::Fixed<integer_bits, std::int16_t>{x}).raw;
}

template <int... integer_bits>
TanhFunction fixed_tanh_of(int bits, std::integer_sequence<int, integer_bits...>) {
  static constexpr TanhFunction kFunctions[] = {fixed_tanh<integer_bits>...};
  return kFunctions[bits];
}

/// 12288 / 4096 steps of the curve are one step of 2^-12.
constexpr std::int32_t kCurveFactor = 3;

}  // namespace

GateTable GateTable::sigmoid(Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::litert)
    return GateTable([](std::int16_t x) { return kernels::logistic(kernels::Fixed<3, std::int16_t>{x}).raw; });
  const kernels::Logistic16 curve{{kCurveFactor, 0, kernels::sigmoid_table()}};
  return GateTable([&](std::int16_t x) { return static_cast<std::int16_t>(curve(x)); });
}

GateTable GateTable::tanh(int integer_bits, Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::litert)
    return GateTable(fixed_tanh_of(integer_bits, std::make_integer_sequence<int, kMostIntegerBits + 1>()));
  const int left = integer_bits - 3;
  const kernels::Tanh16 curve{{left > 0 ? kCurveFactor << left : kCurveFactor, 0, kernels::sigmoid_table()}};
  return GateTable([&](std::int16_t x) { return static_cast<std::int16_t>(curve(left < 0 ? x >> -left : x)); });
}

bool GateTable::has_tanh(int integer_bits, Arithmetic arithmetic) noexcept {
  return arithmetic == Arithmetic::litert ? integer_bits >= 0 && integer_bits <= kMostIntegerBits
                                          : integer_bits >= -12 && integer_bits <= 16;
}

}  // namespace litesmith::ops::recurrent
