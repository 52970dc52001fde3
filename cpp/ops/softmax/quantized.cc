#include "ops/softmax/quantized.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/requantize/fixed_point.h"
#include "kernels/requantize/segment_table.h"
#include "ops/float_product.h"
#include "ops/quantization_match.h"
#include "ops/quantized_tensor.h"
#include "ops/softmax/softmax.h"
#include "ops/tiles.h"

namespace litesmith::ops::softmax {
namespace {

using kernels::Fixed;
using kernels::Multiplier;

template <class T>
constexpr std::int32_t kLowest = std::numeric_limits<T>::min();
template <class T>
constexpr std::int32_t kHighest = std::numeric_limits<T>::max();

struct Rows {
  std::int64_t rows;
  std::int64_t columns;
};

/// What 8-bit rows need to know of the distance k to the largest value, for k from 0 to 255.
struct ByteParams {
  Rows size;
  Multiplier multiplier{};                       // of the distance, to Q5.26
  std::int32_t reach = 0;                        // distances above it count as infinite
  std::array<std::uint32_t, 256> exponential{};  // e^(-distance) as Q0.31
  std::array<std::uint32_t, 256> accumulated{};  // the same as Q12.19
  Multiplier reverse{};                          // of LOG_SOFTMAX: from Q5.26 to distances
  ByteLevelsFunction byte_levels = nullptr;      // of SOFTMAX
};

struct Extremes {
  std::int32_t least, most;
};
template <class X>
Extremes extremes(const X* x, std::int64_t columns) noexcept {
  X least = x[0];
  X most = x[0];
  for (std::int64_t i = 1; i < columns; ++i) {
    least = x[i] < least ? x[i] : least;
    most = x[i] > most ? x[i] : most;
  }
  return {least, most};
}

/// The sum of a row's exponentials as Q12.19.
template <class X>
std::uint32_t sum_of(const ByteParams& p, const X* x, std::int32_t most) noexcept {
  std::uint32_t sum = 0;
  for (std::int64_t i = 0; i < p.size.columns; ++i) sum += p.accumulated[static_cast<std::size_t>(most - x[i])];
  return sum;
}

template <class X, class Y>
void softmax_row(const ByteParams& p, const X* x, Y* y) noexcept {
  const auto [least, most] = extremes(x, p.size.columns);
  const std::uint32_t sum = sum_of(p, x, most);
  const int h = std::countl_zero(sum);
  const Fixed<0> reciprocal =
      kernels::reciprocal_of_one_plus(Fixed<0>{static_cast<std::int32_t>((sum << h) - (std::uint32_t{1} << 31))});
  std::int32_t levels[256];
  p.byte_levels({.exponential = p.exponential.data(),
                 .reciprocal = static_cast<std::uint32_t>(reciprocal.raw),
                 .shift = 12 - h + 31 - std::numeric_limits<std::make_unsigned_t<Y>>::digits,
                 .lowest = kLowest<Y>,
                 .highest = kHighest<Y>,
                 .count = most - least + 1,
                 .levels = levels});
  for (std::int64_t i = 0; i < p.size.columns; ++i) y[i] = static_cast<Y>(levels[most - x[i]]);
}

template <class X, class Y>
void log_softmax_row(const ByteParams& p, const X* x, Y* y) noexcept {
  const auto [least, most] = extremes(x, p.size.columns);
  const std::int32_t log = kernels::log_of_at_least_one({static_cast<std::int32_t>(sum_of(p, x, most))}).raw;
  const std::int32_t limit = kernels::multiply(log + std::numeric_limits<std::int32_t>::min(), p.reverse);
  const std::int32_t end = std::max(-p.reach - 1, limit);
  Y levels[256];
  for (std::int32_t k = 0; k <= most - least; ++k) {
    levels[k] = kLowest<Y>;
    if (-k <= end) continue;
    const std::int32_t steps = kernels::rounding_shift_right(kernels::multiply(-k, p.multiplier) - log, 22);
    levels[k] = static_cast<Y>(std::clamp(steps + kHighest<Y>, kLowest<Y>, kHighest<Y>));
  }
  for (std::int64_t i = 0; i < p.size.columns; ++i) y[i] = levels[most - x[i]];
}

template <class X, class Y, void (*row)(const ByteParams&, const X*, Y*) noexcept>
Fault run_bytes(const ByteParams& p, const Operands& operands, TileRange tiles) noexcept {
  const Range rows = items_of(tiles, p.size.rows, items_per_tile(p.size.columns));
  for (std::int64_t r = rows.begin; r < rows.end; ++r)
    row(p, operands.in<X>(0) + r * p.size.columns, operands.out<Y>() + r * p.size.columns);
  return Fault::none;
}

/// What int16 rows need: exponentials as Q0.15 of the distance to the largest value up to where they stay the same.
struct WordParams {
  Rows size;
  std::vector<std::int16_t> exponential;
  kernels::SegmentTable reciprocal;  // 1 / (1 + x) of x in [0, 1]
};

Fault run_words(const WordParams& p, const Operands& operands, TileRange tiles) noexcept {
  const Range rows = items_of(tiles, p.size.rows, items_per_tile(p.size.columns));
  const auto last = static_cast<std::int32_t>(p.exponential.size()) - 1;
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    const std::int16_t* x = operands.in<std::int16_t>(0) + r * p.size.columns;
    std::int16_t* y = operands.out<std::int16_t>() + r * p.size.columns;
    const std::int32_t most = extremes(x, p.size.columns).most;
    std::uint32_t sum = 0;
    for (std::int64_t i = 0; i < p.size.columns; ++i) {
      y[i] = p.exponential[static_cast<std::size_t>(std::min(most - x[i], last))];
      sum += static_cast<std::uint32_t>(y[i]);
    }
    const int h = std::countl_zero(sum);
    const std::int64_t scaled = ((static_cast<std::int64_t>(sum) << (h - 1)) + (1 << 13)) >> 14;
    const auto index = static_cast<std::int16_t>(std::clamp<std::int64_t>(scaled - 98304, -32768, 32767));
    const std::int32_t reciprocal = kernels::lookup(p.reciprocal, index);
    const int shift = 31 - h;
    const std::int64_t half = std::int64_t{1} << (shift - 1);
    for (std::int64_t i = 0; i < p.size.columns; ++i)
      y[i] = static_cast<std::int16_t>(
          std::clamp<std::int64_t>((std::int64_t{y[i]} * reciprocal + half) >> shift, 0, 32767));
  }
  return Fault::none;
}

Rows rows_of(const PrepareContext& context) {
  const Shape& x = context.input(0).shape;
  return {x.count(0, x.rank() - 1), x.back()};
}

Step over_rows(Step step, Rows size) {
  step.tiles = tile_count(size.rows, items_per_tile(size.columns));
  step.work = 4 * static_cast<double>(size.rows) * static_cast<double>(size.columns);
  return step;
}

ByteParams byte_params(const PrepareContext& context, double beta) {
  constexpr double kLargestFactor = 2147483647;
  const auto scale = static_cast<double>(per_tensor_quantization(context, context.input(0)).scale);
  ByteParams p{.size = rows_of(context)};
  p.multiplier = kernels::multiplier_of(std::min(beta * scale * (1 << 26), kLargestFactor));
  context.require(p.multiplier.exponent > 0, "'", context.input(0).name, "' has the scale ", scale, " and beta is ",
                  beta, "; their product must be above 2^-26, so check the scale");
  p.reach = static_cast<std::int32_t>(
      std::min(std::floor(31.0 * (1 << 26) / std::ldexp(1.0, std::max(p.multiplier.exponent, 0))), 1e9));
  for (std::int32_t k = 0; k < 256 && k <= p.reach; ++k) {
    const Fixed<0> e = kernels::exp_of_negative(Fixed<5>{kernels::multiply(-k, p.multiplier)});
    p.exponential[static_cast<std::size_t>(k)] = static_cast<std::uint32_t>(e.raw);
    p.accumulated[static_cast<std::size_t>(k)] = static_cast<std::uint32_t>(e.to<12>().raw);
  }
  return p;
}

Step word_step(const PrepareContext& context) {
  require_quantization(context, context.output(), 1.0 / 32768, 0);
  const float beta = context.attrs<SoftmaxAttrs>().beta;
  const double factor =
      static_cast<double>(per_tensor_quantization(context, context.input(0)).scale * beta) / (10.0 / 65535.0);
  const Multiplier multiplier = multiplier_of_scales(context, factor);
  constexpr kernels::Interval<double> kOutput{-1, 1};
  const auto exp = kernels::segment_table<double>([](double x) { return std::exp(x); }, {-10.0, 0.0}, kOutput);
  WordParams p{rows_of(context), {}, {}};
  p.reciprocal = kernels::segment_table<double>([](double x) { return 1 / (1 + x); }, {0.0, 1.0}, kOutput);
  for (std::int32_t k = 0, at = 0; k < 65536 && at > -32768; ++k) {
    at = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(std::int64_t{kernels::multiply(-k, multiplier)} + 32767, -32768, 32767));
    p.exponential.push_back(kernels::lookup(exp, static_cast<std::int16_t>(at)));
  }
  const Rows size = p.size;
  return over_rows(make_step<run_words>(std::move(p), "softmax/scalar/16"), size);
}

template <class X>
Step byte_softmax(const PrepareContext& context, const ByteParams& params) {
  const TensorInfo& y = context.output();
  if (y.dtype == DType::int16) {
    require_quantization(context, y, 1.0 / 65536, kLowest<std::int16_t>);
    return make_step<run_bytes<X, std::int16_t, softmax_row<X, std::int16_t>>>(params, "");
  }
  require_quantization(context, y, 1.0 / 256, kLowest<X>);
  return make_step<run_bytes<X, X, softmax_row<X, X>>>(params, "");
}

}  // namespace

Step quantized_softmax(const PrepareContext& context, ByteLevelsFunction byte_levels) {
  const TensorInfo& x = context.input(0);
  if (elements(x.shape) == 0) return empty_step("softmax");
  const float beta = context.attrs<SoftmaxAttrs>().beta;
  context.require(beta > 0, "its beta is ", beta, " but must be positive for quantized values");
  if (x.dtype == DType::int16) return word_step(context);
  ByteParams params = byte_params(context, static_cast<double>(beta));
  params.byte_levels = byte_levels;
  Step step =
      x.dtype == DType::int8 ? byte_softmax<std::int8_t>(context, params) : byte_softmax<std::uint8_t>(context, params);
  return over_rows(std::move(step), params.size);
}

Step quantized_log_softmax(const PrepareContext& context) {
  const TensorInfo& x = context.input(0);
  if (elements(x.shape) == 0) return empty_step("softmax");
  const bool is_signed = x.dtype == DType::int8;
  require_quantization(context, context.output(), 16.0 / 256,
                       is_signed ? kHighest<std::int8_t> : kHighest<std::uint8_t>);
  ByteParams params = byte_params(context, 1);
  params.reverse = kernels::multiplier_of(std::ldexp(1.0, 31 - params.multiplier.exponent) / params.multiplier.q);
  using I = std::int8_t;
  using U = std::uint8_t;
  Step step = is_signed ? make_step<run_bytes<I, I, log_softmax_row<I, I>>>(params, "")
                        : make_step<run_bytes<U, U, log_softmax_row<U, U>>>(params, "");
  return over_rows(std::move(step), params.size);
}

}  // namespace litesmith::ops::softmax
