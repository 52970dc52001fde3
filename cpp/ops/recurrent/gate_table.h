#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "ops/step.h"

namespace litesmith::ops::recurrent {

/// A function of int16, tabulated: results count in steps of 2^-15.
class GateTable {
 public:
  std::int16_t operator()(std::int16_t x) const noexcept {
    return (*values_)[static_cast<std::size_t>(std::int32_t{x} + 32768)];
  }

  /// Of numbers in steps of 2^-12.
  static GateTable sigmoid(Arithmetic arithmetic);
  /// Of numbers in steps of 2^(integer_bits - 15). litert: integer_bits in [0, 6] (reference: arithmetic.md §5); tflm:
  /// in
  /// [-12, 16], and what is finer than 2^-12 is shifted to it first (§7).
  static GateTable tanh(int integer_bits, Arithmetic arithmetic);
  static bool has_tanh(int integer_bits, Arithmetic arithmetic) noexcept;

 private:
  using Values = std::array<std::int16_t, 65536>;
  template <class Function>
  explicit GateTable(Function function) {
    auto values = std::make_shared<Values>();
    for (std::int32_t x = -32768; x < 32768; ++x)
      (*values)[static_cast<std::size_t>(x + 32768)] = function(static_cast<std::int16_t>(x));
    values_ = std::move(values);
  }

  std::shared_ptr<const Values> values_;
};

}  // namespace litesmith::ops::recurrent
