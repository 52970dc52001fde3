#include "ops/quantize/rescale.h"

#include "kernels/requantize/requantize.h"
#include "ops/integer_map.h"

namespace litesmith::ops::quantize {
namespace {

struct Rescaled {
  std::int32_t zero_point;
  kernels::Multiplier factor;
  kernels::OutputRange range;

  std::int32_t operator()(std::int32_t x) const noexcept {
    const std::uint32_t value = static_cast<std::uint32_t>(x) - static_cast<std::uint32_t>(zero_point);
    return kernels::requantize(static_cast<std::int32_t>(value), factor, range);
  }
};

struct Elements {
  std::int64_t count;
  Rescaled function;
};

template <class X, class Y>
Fault map_integers(const Elements& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.count);
  const X* x = operands.in<X>(0);
  Y* y = operands.out<Y>();
  const Rescaled function = params.function;
  for (std::int64_t i = range.begin; i < range.end; ++i) y[i] = static_cast<Y>(function(x[i]));
  return Fault::none;
}

template <class X>
Step step_from(const PrepareContext& context, simd::Isa isa, const Elements& params) {
  switch (context.output().dtype) {
    case DType::int8: return make_step<map_integers<X, std::int8_t>>(params, "", isa);
    case DType::uint8: return make_step<map_integers<X, std::uint8_t>>(params, "", isa);
    case DType::int16: return make_step<map_integers<X, std::int16_t>>(params, "", isa);
    default: return make_step<map_integers<X, std::int32_t>>(params, "", isa);
  }
}

Step step_of(const PrepareContext& context, simd::Isa isa, const Elements& params) {
  switch (context.input(0).dtype) {
    case DType::int8: return step_from<std::int8_t>(context, isa, params);
    case DType::uint8: return step_from<std::uint8_t>(context, isa, params);
    case DType::int16: return step_from<std::int16_t>(context, isa, params);
    default: return step_from<std::int32_t>(context, isa, params);
  }
}

}  // namespace

Step rescale(const PrepareContext& context, simd::Isa isa) {
  const PerTensor from = per_tensor_quantization(context, context.input(0));
  const PerTensor to = per_tensor_quantization(context, context.output());
  const IntegerLimits limits = integer_limits(context.output().dtype);
  const Rescaled function{
      from.zero_point,
      multiplier_of_scales(context, double{from.scale} / double{to.scale}),
      {to.zero_point, static_cast<std::int32_t>(limits.lowest), static_cast<std::int32_t>(limits.highest)}};
  if (bit_width(context.input(0).dtype) == 8 && bit_width(context.output().dtype) == 8)
    return integer_map_step(context, isa, function);
  const std::int64_t count = elements(context.input(0).shape);
  return over_elements(step_of(context, isa, {count, function}), count);
}

}  // namespace litesmith::ops::quantize
