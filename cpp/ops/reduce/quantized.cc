#include "ops/reduce/quantized.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "kernels/requantize/multiplier.h"
#include "ops/quantized_tensor.h"
#include "ops/reduce/integer_sums.h"
#include "ops/reduce/kernels.h"

namespace litesmith::ops::reduce {
namespace {

using kernels::Multiplier;

template <class T>
T saturated(std::int64_t y) noexcept {
  using Limits = std::numeric_limits<T>;
  return static_cast<T>(std::clamp<std::int64_t>(y, Limits::min(), Limits::max()));
}

/// (sum of x - n * zero point) / n in steps of the result.
struct MeanOfSum {
  Multiplier multiplier;  // input scale / (output scale * n)
  double factor;          // the same
  std::int64_t zero_points;
  std::int64_t offset;

  template <class T>
  T result(std::int64_t sum) const noexcept {
    const std::int64_t difference = sum - zero_points;
    const auto narrow = static_cast<std::int32_t>(difference);
    // Where the sum exceeds 32 bits the reference kernel wraps around.
    const std::int64_t steps =
        narrow == difference ? kernels::multiply(narrow, multiplier) : kernels::multiply_rounded(difference, factor);
    return saturated<T>(steps + offset);
  }
};

/// The sum in float32, rounded once.
struct ScaledSum {
  float scale;
  float bias;
  float offset;

  template <class T>
  T result(std::int64_t sum) const noexcept {
    using Limits = std::numeric_limits<T>;
    const float steps = std::round(static_cast<float>(sum) * scale + bias) + offset;
    return static_cast<T>(std::clamp(steps, static_cast<float>(Limits::min()), static_cast<float>(Limits::max())));
  }
};

template <class T, class Finish>
struct SumParams {
  Work work;
  IntegerSums<T> sums;
  Finish finish;
};

template <class T, class Finish>
void run_sums(const SumParams<T, Finish>& p, const T* x, T* y, Range outputs) noexcept {
  const Plan& plan = p.work.plan;
  if (plan.reduced.rank == 0) {
    const std::int64_t stride = plan.kept.rank > 0 ? plan.kept.stride[0] : 0;
    for (std::int64_t o = outputs.begin; o < outputs.end; ++o)
      y[o] = p.finish.template result<T>(p.sums.run(x + o * stride, plan.run));
    return;
  }
  Cursor result(plan.kept, outputs.begin);
  const std::int64_t runs = plan.reduced.count();
  for (std::int64_t o = outputs.begin; o < outputs.end; ++o, result.next()) {
    std::int64_t sum = 0;
    Cursor at(plan.reduced, 0);
    for (std::int64_t r = 0; r < runs; ++r, at.next()) sum += p.sums.run(x + result.offset() + at.offset(), plan.run);
    y[o] = p.finish.template result<T>(sum);
  }
}

/// Results [0, width) of one run of kept elements, width <= kColumns; the innermost reduced dimension is a block of
/// rows.
template <class T, class Finish>
void column_sums(const SumParams<T, Finish>& p, const T* x, T* y, std::int64_t width) noexcept {
  const Plan& plan = p.work.plan;
  std::int64_t totals[kColumns] = {};
  const auto inner = static_cast<std::size_t>(plan.reduced.rank > 0 ? plan.reduced.rank - 1 : 0);
  const bool has_rows = plan.reduced.rank > 0;
  const RowBlock<T> first{x, has_rows ? plan.reduced.stride[inner] : 0, has_rows ? plan.reduced.size[inner] : 1, width};
  Walk outer = plan.reduced;
  if (has_rows) --outer.rank;
  Cursor at(outer, 0);
  const std::int64_t blocks = outer.count();
  for (std::int64_t b = 0; b < blocks; ++b, at.next()) {
    RowBlock<T> block = first;
    block.x += at.offset();
    p.sums.columns(block, totals);
  }
  for (std::int64_t c = 0; c < width; ++c) y[c] = p.finish.template result<T>(totals[c]);
}

template <class T, class Finish>
Fault run(const SumParams<T, Finish>& p, const Operands& operands, TileRange tiles) noexcept {
  const T* x = operands.in<T>(0);
  T* y = operands.out<T>();
  for_each_part(
      p.work, tiles, [&](Range outputs) { run_sums(p, x, y, outputs); },
      [&](std::int64_t from, std::int64_t to, std::int64_t width) { column_sums(p, x + from, y + to, width); });
  return Fault::none;
}

template <class T>
const IntegerSums<T>& sums_of(const IntegerSumLoops& loops) {
  if constexpr (std::is_same_v<T, std::int8_t>)
    return loops.i8;
  else if constexpr (std::is_same_v<T, std::uint8_t>)
    return loops.u8;
  else
    return loops.i16;
}

const IntegerSumLoops& loops_of(simd::Isa isa) {
#if defined(__x86_64__)
  if (isa >= simd::Isa::avx512) return avx512_sums;
  if (isa >= simd::Isa::avx2) return avx2_sums;
#endif
  (void)isa;
  return scalar_sums;
}

/// Calls f with a value of the operand's element type.
template <class Function>
Step of_type(DType type, Function f) {
  if (type == DType::uint8) return f(std::uint8_t{});
  if (type == DType::int16) return f(std::int16_t{});
  return f(std::int8_t{});
}

template <class Finish>
Step sum_step(const PrepareContext& context, const Work& work, const Finish& finish, simd::Isa isa) {
  return of_type(context.input(0).dtype, [&](auto zero) {
    using T = decltype(zero);
    SumParams<T, Finish> params{work, sums_of<T>(loops_of(isa)), finish};
    return over_parts(make_step<run<T, Finish>>(std::move(params), "", isa), work);
  });
}

struct ProductParams {
  Work work;
  Multiplier multiplier;
  std::int32_t zero_point;
  std::int64_t offset;
};

/// The product of the elements at the reduced positions, rounded after each factor.
template <class T>
T product_at(const ProductParams& p, const T* x) noexcept {
  const Plan& plan = p.work.plan;
  const std::int64_t rows = plan.reduced.count();
  const std::int64_t run = plan.run_is_reduced ? plan.run : 1;
  std::int32_t product = 0;
  Cursor at(plan.reduced, 0);
  for (std::int64_t r = 0; r < rows; ++r, at.next())
    for (std::int64_t i = 0; i < run; ++i) {
      const std::int32_t factor = x[at.offset() + i] - p.zero_point;
      product = r + i == 0 ? factor : kernels::multiply(std::int64_t{product} * factor, p.multiplier);
    }
  return saturated<T>(kernels::multiply(std::int64_t{product}, p.multiplier) + p.offset);
}

template <class T>
Fault run_products(const ProductParams& p, const Operands& operands, TileRange tiles) noexcept {
  const T* x = operands.in<T>(0);
  T* y = operands.out<T>();
  const auto outputs = [&](Range range) {
    Cursor at(p.work.plan.kept, range.begin);
    for (std::int64_t o = range.begin; o < range.end; ++o, at.next()) y[o] = product_at(p, x + at.offset());
  };
  const auto columns = [&](std::int64_t from, std::int64_t to, std::int64_t width) {
    for (std::int64_t c = 0; c < width; ++c) y[to + c] = product_at(p, x + from + c);
  };
  for_each_part(p.work, tiles, outputs, columns);
  return Fault::none;
}

struct Scales {
  PerTensor x, y;
};
Scales scales_of(const PrepareContext& context) {
  return {per_tensor_quantization(context, context.input(0)), per_tensor_quantization(context, context.output())};
}

}  // namespace

Step quantized_mean(const PrepareContext& context, simd::Isa isa) {
  const Work work = plan_work(context);
  const Scales scales = scales_of(context);
  const std::int64_t n = std::max<std::int64_t>(work.plan.reduced_count, 1);
  const double factor = static_cast<double>(scales.x.scale) / static_cast<double>(scales.y.scale);
  Multiplier m = multiplier_of_scales(context, factor);
  const int bits = std::min({63 - std::countl_zero(static_cast<std::uint64_t>(n)), 32, 31 + m.exponent});
  m.q = static_cast<std::int32_t>((std::int64_t{m.q} << bits) / n);
  m.exponent -= bits;
  return sum_step(
      context, work,
      MeanOfSum{m, factor / static_cast<double>(n), work.plan.reduced_count * scales.x.zero_point, scales.y.zero_point},
      isa);
}

Step quantized_sum(const PrepareContext& context, simd::Isa isa) {
  const Work work = plan_work(context);
  const Scales scales = scales_of(context);
  const float scale = scales.x.scale / scales.y.scale;
  context.require(scale < 0x1p30F, "the ratio of its scales is ", scale,
                  "; it must be below 2^30, so check the scales");
  const float bias = -static_cast<float>(scales.x.zero_point) * scale * static_cast<float>(work.plan.reduced_count);
  return sum_step(context, work, ScaledSum{scale, bias, static_cast<float>(scales.y.zero_point)}, isa);
}

Step quantized_product(const PrepareContext& context, simd::Isa isa) {
  const Work work = plan_work(context);
  const Scales scales = scales_of(context);
  const auto n = static_cast<double>(std::max<std::int64_t>(work.plan.reduced_count, 1));
  const double factor = static_cast<double>(scales.x.scale) / std::pow(static_cast<double>(scales.y.scale), 1 / n);
  context.require(factor < 128, "the ratio of its scales is ", factor,
                  "; its products are multiplied by less than 128, so check the scales");
  const ProductParams params{work, kernels::multiplier_of(factor), scales.x.zero_point, scales.y.zero_point};
  return of_type(context.input(0).dtype,
                 [&](auto zero) { return over_parts(make_step<run_products<decltype(zero)>>(params, "", isa), work); });
}

}  // namespace litesmith::ops::reduce
