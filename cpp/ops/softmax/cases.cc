#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "kernels/requantize/fixed_point.h"
#include "kernels/requantize/segment_table.h"
#include "ops/case_reference.h"
#include "ops/softmax/softmax.h"

namespace litesmith::ops::softmax {
namespace {

std::vector<Value> naive(const Value& input, double beta, bool logarithm) {
  const auto x = input.as<float>();
  const auto columns = static_cast<std::size_t>(input.shape.back());
  std::vector<float> y;
  for (std::size_t first = 0; first < x.size(); first += columns) {
    const auto row = x.subspan(first, columns);
    const double most = static_cast<double>(*std::max_element(row.begin(), row.end()));
    double sum = 0;
    for (const float v : row) sum += std::exp(beta * (static_cast<double>(v) - most));
    for (const float v : row) {
      const double log_of_y = beta * (static_cast<double>(v) - most) - std::log(sum);
      y.push_back(static_cast<float>(logarithm ? log_of_y : std::exp(log_of_y)));
    }
  }
  return {value_of(input.shape, y)};
}

using kernels::Fixed;

/// y[i] = f(x[i] - largest, all of them) for every row.
template <class X, class Y, class Function>
std::vector<Value> by_row(const Value& input, Function f) {
  const auto x = input.as<X>();
  const auto columns = static_cast<std::size_t>(input.shape.back());
  std::vector<Y> y;
  for (std::size_t first = 0; first < x.size(); first += columns) {
    std::vector<std::int32_t> distances;
    const std::int32_t most = *std::max_element(x.begin() + first, x.begin() + first + columns);
    for (const X v : x.subspan(first, columns)) distances.push_back(v - most);
    for (const std::int32_t d : distances) y.push_back(static_cast<Y>(f(d, distances)));
  }
  return {value_of(input.shape, y)};
}

/// The fixed-point formulas of 8-bit rows (reference: arithmetic.md §6).
struct Formula {
  double scale;
  double beta;
  std::int32_t lowest, highest;  // of the result
  int bits;

  kernels::Multiplier multiplier() const { return kernels::multiplier_of(beta * scale * (1 << 26)); }
  Fixed<0> exponential(std::int32_t d) const {
    if (-d > 31.0 * (1 << 26) / std::exp2(multiplier().exponent)) return {0};
    return kernels::exp_of_negative(Fixed<5>{kernels::multiply(d, multiplier())});
  }
  Fixed<12> sum(const std::vector<std::int32_t>& distances) const {
    Fixed<12> total{0};
    for (const std::int32_t d : distances) total = total + exponential(d).to<12>();
    return total;
  }
  std::int32_t softmax(std::int32_t d, const std::vector<std::int32_t>& distances) const {
    const auto total = static_cast<std::uint32_t>(sum(distances).raw);
    const int h = std::countl_zero(total);
    const Fixed<0> r = kernels::reciprocal_of_one_plus(Fixed<0>{static_cast<std::int32_t>((total << h) - (1U << 31))});
    const std::int32_t y = kernels::rounding_shift_right((r * exponential(d)).raw, 12 - h + 31 - bits);
    return std::min(y + lowest, highest);
  }
  std::int32_t log_softmax(std::int32_t d, const std::vector<std::int32_t>& distances) const {
    const std::int32_t log = kernels::log_of_at_least_one(sum(distances)).raw;
    const std::int64_t real = std::int64_t{kernels::multiply(d, multiplier())} - log;  // Q5.26
    if (-d > 31.0 * (1 << 26) / std::exp2(multiplier().exponent) || real < -(std::int64_t{1} << 31)) return lowest;
    return std::max(kernels::rounding_shift_right(static_cast<std::int32_t>(real), 22) + highest, lowest);
  }
};

std::int32_t of_words(std::int32_t d, const std::vector<std::int32_t>& distances, double factor) {
  const auto exp = kernels::segment_table<double>([](double x) { return std::exp(x); }, {-10.0, 0.0}, {-1, 1});
  const auto inverse = kernels::segment_table<double>([](double x) { return 1 / (1 + x); }, {0.0, 1.0}, {-1, 1});
  const auto exponential = [&](std::int32_t distance) {
    const std::int32_t at = kernels::multiply(distance, kernels::multiplier_of(factor)) + 32767;
    return std::int64_t{kernels::lookup(exp, static_cast<std::int16_t>(std::max(at, -32768)))};
  };
  std::int64_t sum = 0;
  for (const std::int32_t distance : distances) sum += exponential(distance);
  const int h = std::countl_zero(static_cast<std::uint32_t>(sum));
  const std::int64_t at = std::min<std::int64_t>((((sum << (h - 1)) + 8192) >> 14) - 98304, 32767);
  const std::int64_t y = exponential(d) * kernels::lookup(inverse, static_cast<std::int16_t>(at));
  return static_cast<std::int32_t>(std::min<std::int64_t>((y + (std::int64_t{1} << (30 - h))) >> (31 - h), 32767));
}

constexpr float kBeta = 0.75F;

template <class X, class Y>
Case quantized(std::string_view op, const Shape& shape, float scale) {
  using Limits = std::numeric_limits<Y>;
  const bool logarithm = op == "LOG_SOFTMAX";
  const Formula f{scale, logarithm ? 1.0 : double{kBeta}, Limits::min(), Limits::max(), 8 * int{sizeof(Y)}};
  Value x = uniform(kDTypeOf<X>, shape, std::numeric_limits<X>::min(), std::numeric_limits<X>::max(), 3);
  x.quantization = {{scale}, {0}};
  Reference reference = [=](const std::vector<Value>& inputs) {
    return by_row<X, Y>(inputs[0], [&](std::int32_t d, const std::vector<std::int32_t>& all) {
      if constexpr (sizeof(X) == 2) return of_words(d, all, double{scale * kBeta} / (10.0 / 65535.0));
      return logarithm ? f.log_softmax(d, all) : f.softmax(d, all);
    });
  };
  const bool words = sizeof(X) == 2;
  const auto result = static_cast<float>(logarithm ? 16.0 / 256 : (words ? 1.0 / 32768 : std::exp2(-f.bits)));
  return {.name = concat(name(kDTypeOf<X>), " to ", name(kDTypeOf<Y>), " ", shape, " scale ", scale),
          .op = op,
          .attrs = logarithm ? ir::Attrs() : ir::Attrs(SoftmaxAttrs{kBeta}),
          .inputs = {x},
          .outputs = {kDTypeOf<Y>},
          .reference = reference,
          .output_quantization = {{{result}, {logarithm ? f.highest : (words ? 0 : f.lowest)}}}};
}

void add_quantized(std::vector<Case>& list) {
  using I = std::int8_t;
  using U = std::uint8_t;
  for (const Shape& shape : {Shape{1}, Shape{2, 3, 10}, Shape{5, 67}, Shape{2, 300}})
    for (const float scale : {0.002F, 0.1F, 1.5F}) {
      list.push_back(quantized<I, I>("SOFTMAX", shape, scale));
      list.push_back(quantized<U, U>("SOFTMAX", shape, scale));
      list.push_back(quantized<I, std::int16_t>("SOFTMAX", shape, scale));
      list.push_back(quantized<U, std::int16_t>("SOFTMAX", shape, scale));
      list.push_back(quantized<std::int16_t, std::int16_t>("SOFTMAX", shape, scale / 256));
      list.push_back(quantized<I, I>("LOG_SOFTMAX", shape, scale));
      list.push_back(quantized<U, U>("LOG_SOFTMAX", shape, scale));
    }
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  add_quantized(list);
  for (const std::string_view op : {"SOFTMAX", "LOG_SOFTMAX"})
    for (const Shape& shape : {Shape{1}, Shape{7}, Shape{3, 10}, Shape{2, 3, 16}, Shape{5, 17}, Shape{2, 33},
                               Shape{1, 1001}, Shape{300, 257}, Shape{2, 2, 2, 2, 5}, Shape{0, 4}})
      for (const float beta : {1.0F, 0.5F, 3.0F}) {
        const bool logarithm = op == "LOG_SOFTMAX";
        if (logarithm && beta != 1) continue;
        list.push_back({.name = concat(shape, " beta ", beta),
                        .op = op,
                        .attrs = logarithm ? ir::Attrs() : ir::Attrs(SoftmaxAttrs{beta}),
                        .inputs = {uniform(DType::float32, shape, -9, 9, 1)},
                        .outputs = {},
                        .reference =
                            [=](const std::vector<Value>& inputs) {
                              return naive(inputs[0], static_cast<double>(beta), logarithm);
                            },
                        .relative = 2e-6,
                        .absolute = 0});
      }
  return list;
}

}  // namespace litesmith::ops::softmax
