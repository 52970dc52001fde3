#include <cmath>
#include <limits>

#include "kernels/requantize/multiplier.h"
#include "ops/case_reference.h"
#include "ops/elementwise_binary/elementwise_binary.h"

namespace litesmith::ops::elementwise_binary {
namespace {

struct Pair {
  Shape x, y;
};

// Same shape, scalars, rows, columns, both sides stretched, ranks above four, nothing at all.
const Pair kShapes[] = {{{3, 7}, {3, 7}},
                        {{2, 3, 5}, {}},
                        {{1}, {4, 4, 3}},
                        {{2, 4, 5, 3}, {3}},
                        {{2, 4, 5, 3}, {2, 1, 1, 3}},
                        {{6, 1, 5}, {4, 1}},
                        {{2, 1, 3, 1, 2, 1}, {1, 2, 1, 3, 1, 2}},
                        {{300, 200}, {300, 1}},
                        {{0, 3}, {1, 3}},
                        {{40000}, {40000}}};

constexpr double kLastPlace = 1.2e-7;  // 2^-23 of the largest result

template <class T, class Function>
void add(std::vector<Case>& list, std::string_view op, double low, double high, Function f, double relative = 0,
         ir::Attrs attrs = {}) {
  for (const Pair& pair : kShapes)
    list.push_back(
        {.name = concat(op, " ", name(kDTypeOf<T>), " ", pair.x, " ", pair.y),
         .op = op,
         .attrs = attrs,
         .inputs = {uniform(kDTypeOf<T>, pair.x, -high, high, 3), uniform(kDTypeOf<T>, pair.y, low, high, 4)},
         .outputs = {kDTypeOf<T>},
         .reference = broadcast_mapped<T, T>(f),
         .relative = relative});
}

template <class T, class Function>
Case values(std::string_view op, const std::vector<T>& x, const std::vector<T>& y, Function f) {
  const auto n = static_cast<std::int32_t>(x.size());
  return {.name = concat(op, " of chosen values, ", name(kDTypeOf<T>)),
          .op = op,
          .attrs = {},
          .inputs = {value_of<T>({n}, x), value_of<T>({n}, y)},
          .outputs = {kDTypeOf<T>},
          .reference = broadcast_mapped<T, T>(f)};
}

template <class T>
void add_integers(std::vector<Case>& list) {
  add<T>(list, "ADD", -100, 100, [](T a, T b) { return a + b; });
  add<T>(list, "SUB", -100, 100, [](T a, T b) { return a - b; });
  add<T>(list, "MUL", -100, 100, [](T a, T b) { return a * b; });
  add<T>(list, "MAXIMUM", -100, 100, [](T a, T b) { return std::max(a, b); });
  add<T>(list, "MINIMUM", -100, 100, [](T a, T b) { return std::min(a, b); });
}

template <class T>
void add_floor_division(std::vector<Case>& list) {
  const auto quotient = [](T a, T b) { return std::floor(static_cast<double>(a) / static_cast<double>(b)); };
  const auto rest = [=](T a, T b) { return static_cast<double>(a) - quotient(a, b) * static_cast<double>(b); };
  add<T>(list, "FLOOR_MOD", 1, 100, rest);
  add<T>(list, "FLOOR_MOD", -9, -1, rest);
  if constexpr (sizeof(T) < 8) {
    add<T>(list, "FLOOR_DIV", 1, 100, quotient);
    add<T>(list, "FLOOR_DIV", -9, -1, quotient);
    list.push_back(values<T>("FLOOR_DIV", {std::numeric_limits<T>::lowest(), 7, -7}, {-1, -2, 2},
                             [](T a, T) { return a < -8 ? a : T{-4}; }));
  }
}

template <class T>
void add_bitwise(std::vector<Case>& list) {
  add<T>(list, "BITWISE_XOR", 0, 100, [](T a, T b) { return static_cast<T>(a ^ b); });
  add<T>(list, "RIGHT_SHIFT", 0, 7, [](T a, T b) { return std::floor(static_cast<double>(a) / std::exp2(b)); });
}

void add_floats(std::vector<Case>& list) {
  const auto sum = [](float a, float b) { return a + b; };
  add<float>(list, "ADD", -3, 3, sum);
  add<float>(list, "SUB", -3, 3, [](float a, float b) { return a - b; });
  add<float>(list, "MUL", -3, 3, [](float a, float b) { return a * b; });
  add<float>(list, "DIV", 0.5, 3, [](float a, float b) { return a / b; });
  add<float>(list, "MAXIMUM", -3, 3, [](float a, float b) { return std::max(a, b); });
  add<float>(list, "MINIMUM", -3, 3, [](float a, float b) { return std::min(a, b); });
  add<float>(list, "SQUARED_DIFFERENCE", -3, 3, [](float a, float b) { return (a - b) * (a - b); });
  add<float>(list, "POW", -3, 3, [](float a, float b) { return std::pow(double{a}, double{b}); }, kLastPlace);
  add<float>(list, "ATAN2", -3, 3, [](float a, float b) { return std::atan2(double{a}, double{b}); }, kLastPlace);
  add<float>(list, "FLOOR_DIV", 0.5, 3, [](float a, float b) { return std::floor(double{a} / double{b}); });
  add<float>(
      list, "FLOOR_MOD", 0.5, 3,
      [](float a, float b) { return double{a} - std::floor(double{a} / double{b}) * double{b}; }, kLastPlace);
  using enum Activation;
  add<float>(list, "ADD", -3, 9, [](float a, float b) { return std::max(a + b, 0.0F); }, 0, ArithmeticAttrs{relu});
  add<float>(
      list, "SUB", -3, 9, [](float a, float b) { return std::clamp(a - b, 0.0F, 6.0F); }, 0, ArithmeticAttrs{relu6});
  add<float>(
      list, "MUL", -3, 3, [](float a, float b) { return std::clamp(a * b, -1.0F, 1.0F); }, 0,
      ArithmeticAttrs{relu_n1_to_1});
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  list.push_back(values<float>("MAXIMUM", {kNan, 1, 0.0F, -0.0F}, {1, kNan, -0.0F, 0.0F},
                               [](float a, float b) { return a > b ? a : b; }));
  list.push_back(values<float>("MINIMUM", {kNan, 1, 0.0F, -0.0F}, {1, kNan, -0.0F, 0.0F},
                               [](float a, float b) { return a < b ? a : b; }));
}

void add_n(std::vector<Case>& list) {
  for (const int n : {1, 2, 5}) {
    std::vector<Value> inputs;
    for (int i = 0; i < n; ++i) inputs.push_back(uniform(DType::int32, {3, 4}, -50, 50, static_cast<std::uint64_t>(i)));
    list.push_back({.name = concat("ADD_N of ", n),
                    .op = "ADD_N",
                    .attrs = {},
                    .inputs = inputs,
                    .outputs = {DType::int32},
                    .reference = [](const std::vector<Value>& terms) {
                      std::vector<std::int32_t> y(12);
                      for (const Value& term : terms)
                        for (std::size_t i = 0; i < y.size(); ++i) y[i] += term.as<std::int32_t>()[i];
                      return std::vector<Value>{value_of<std::int32_t>({3, 4}, y)};
                    }});
  }
}

using kernels::multiplier_of;
using kernels::multiply;

// Scales and zero points of a quantized case.
constexpr float kScaleA = 0.031F, kScaleB = 0.0127F, kScaleY = 0.043F;

template <class T>
void add_quantized(std::vector<Case>& list, std::string_view op, float result_scale, ir::Attrs attrs,
                   std::function<std::int32_t(int, int)> level) {
  using Limits = std::numeric_limits<T>;
  const bool has_points = sizeof(T) == 1;
  const int middle = std::is_unsigned_v<T> ? 128 : 0;
  const int a = has_points ? middle + 3 : 0, b = has_points ? middle - 11 : 0, y = has_points ? middle + 5 : 0;
  for (const Pair& pair : kShapes)
    list.push_back(
        {.name = concat("quantized ", op, " ", name(kDTypeOf<T>), " ", pair.x, " ", pair.y),
         .op = op,
         .attrs = attrs,
         .inputs = {quantized(uniform(kDTypeOf<T>, pair.x, Limits::lowest(), Limits::max(), 5), per_tensor(kScaleA, a)),
                    quantized(uniform(kDTypeOf<T>, pair.y, Limits::lowest(), Limits::max(), 6),
                              per_tensor(kScaleB, b))},
         .outputs = {kDTypeOf<T>},
         .reference =
             broadcast_mapped<T, T>([=](T p, T q) { return saturated<T>(double{y} + level(int{p} - a, int{q} - b)); }),
         .output_quantization = {per_tensor(result_scale, y)}});
}

template <class T>
void add_quantized_arithmetic(std::vector<Case>& list) {
  const int shift = sizeof(T) == 1 ? 20 : 15;
  const double twice = 2 * double{kScaleA};
  const auto first = [=](int a) { return multiply(a * (1 << shift), multiplier_of(kScaleA / twice)); };
  const auto second = [=](int b) { return multiply(b * (1 << shift), multiplier_of(kScaleB / twice)); };
  const auto last = multiplier_of(twice / ((1 << shift) * kScaleY));
  ir::Attrs attrs = ArithmeticAttrs{Activation::none, false};
  add_quantized<T>(list, "ADD", kScaleY, attrs, [=](int a, int b) { return multiply(first(a) + second(b), last); });
  add_quantized<T>(list, "SUB", kScaleY, attrs, [=](int a, int b) { return multiply(first(a) - second(b), last); });
  const float product_scale = sizeof(T) == 1 ? 0.011F : 7.3F;
  const auto factor = multiplier_of(double{kScaleA * kScaleB / product_scale});
  add_quantized<T>(list, "MUL", product_scale, attrs, [=](int a, int b) { return multiply(a * b, factor); });
  if constexpr (sizeof(T) == 1)
    add_quantized<T>(list, "MUL", product_scale, ArithmeticAttrs{Activation::relu6}, [=](int a, int b) {
      const auto six = static_cast<std::int32_t>(std::round(6 / product_scale));
      return std::clamp(multiply(a * b, factor), 0, six);
    });
}

void add_squared_differences(std::vector<Case>& list) {
  const double twice = 2 * double{kScaleA};
  const auto a_factor = multiplier_of(kScaleA / twice), b_factor = multiplier_of(kScaleB / twice);
  const auto last = multiplier_of(twice * twice / ((1 << 14) * kScaleY));
  add_quantized<std::int8_t>(list, "SQUARED_DIFFERENCE", kScaleY, {}, [=](int a, int b) {
    const int d = multiply(a * 128, a_factor) - multiply(b * 128, b_factor);
    return multiply(d * d, last);
  });
}

/// Divisors are powers of two and so are the scales, for which fixed point knows the quotient.
template <class T>
void add_quotients(std::vector<Case>& list) {
  const int y = std::is_unsigned_v<T> ? 128 : 0;
  list.push_back({.name = concat("quantized DIV ", name(kDTypeOf<T>)),
                  .op = "DIV",
                  .attrs = ArithmeticAttrs{},
                  .inputs = {quantized(value_of<T>({7}, {0, 1, 2, 64, 100, 120, 127}), per_tensor(0.25F, 0)),
                             quantized(value_of<T>({2, 1}, {4, 8}), per_tensor(0.5F, 0))},
                  .outputs = {kDTypeOf<T>},
                  .reference = broadcast_mapped<T, T>(
                      [=](T p, T q) { return saturated<T>(y + std::round(p * 0.25 / (q * 0.5) / 0.0625)); }),
                  .output_quantization = {per_tensor(0.0625F, y)}});
}

/// One operand has the scale of the result, the other is shifted with halves away from zero.
void add_shifted_sums(std::vector<Case>& list) {
  for (const std::string_view op : {"ADD", "SUB"})
    list.push_back({.name = concat(op, " int16 of scales that are powers of two"),
                    .op = op,
                    .attrs = ArithmeticAttrs{},
                    .inputs = {quantized(uniform(DType::int16, {5, 33}, -32768, 32767, 7), per_tensor(0x1p-12F, 0)),
                               quantized(uniform(DType::int16, {5, 33}, -32768, 32767, 8), per_tensor(0x1p-14F, 0))},
                    .outputs = {DType::int16},
                    .reference = broadcast_mapped<std::int16_t, std::int16_t>([op](std::int16_t a, std::int16_t b) {
                      const double shifted = std::round(b / 4.0);
                      return saturated<std::int16_t>(op == "ADD" ? a + shifted : a - shifted);
                    }),
                    .output_quantization = {per_tensor(0x1p-12F, 0)}});
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  add_floats(list);
  add_integers<std::int32_t>(list);
  add_integers<std::int64_t>(list);
  add<std::int16_t>(list, "ADD", -100, 100, [](std::int16_t a, std::int16_t b) { return a + b; });
  add<std::int32_t>(list, "SQUARED_DIFFERENCE", -100, 100, [](int a, int b) { return (a - b) * (a - b); });
  add<std::int32_t>(list, "POW", 0, 4, [](int a, int b) { return std::pow(a, b); });
  add<std::int32_t>(list, "DIV", 1, 100, [](int a, int b) { return a / b; });
  add<std::int32_t>(
      list, "ADD", -3, 9, [](int a, int b) { return std::clamp(a + b, 0, 6); }, 0, ArithmeticAttrs{Activation::relu6});
  add_floor_division<std::int8_t>(list);
  add_floor_division<std::int16_t>(list);
  add_floor_division<std::int32_t>(list);
  add_floor_division<std::int64_t>(list);
  add<std::int8_t>(list, "MAXIMUM", -100, 100, [](int a, int b) { return std::max(a, b); });
  add<std::uint8_t>(list, "MINIMUM", 0, 100, [](int a, int b) { return std::min(a, b); });
  add<std::int16_t>(list, "MINIMUM", -100, 100, [](int a, int b) { return std::min(a, b); });
  add_bitwise<std::int8_t>(list);
  add_bitwise<std::int16_t>(list);
  add_bitwise<std::int32_t>(list);
  add_n(list);
  add_quantized_arithmetic<std::int8_t>(list);
  add_quantized_arithmetic<std::uint8_t>(list);
  add_quantized_arithmetic<std::int16_t>(list);
  add_squared_differences(list);
  add_quotients<std::int8_t>(list);
  add_quotients<std::uint8_t>(list);
  add_shifted_sums(list);
  return list;
}

}  // namespace litesmith::ops::elementwise_binary
