#include "ops/integer_map.h"

#include <cmath>

#include "kernels/lookup/lookup.h"
#include "kernels/requantize/segment_table.h"

namespace litesmith::ops {
namespace {

struct Lookup {
  std::int64_t elements;
  kernels::ByteLookup function;
  /// Lowest byte that has a result, counted from the type's lowest; 0 = all have one.
  std::uint8_t least;
  std::uint8_t sign_bit;
  ByteTable table;
};

Fault lookup(const Lookup& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.elements);
  const auto* x = operands.in<std::uint8_t>(0);
  auto* y = operands.out<std::uint8_t>();
  const std::uint8_t least = params.least, sign_bit = params.sign_bit;
  bool below = false;
  if (least > 0)
    for (std::int64_t i = range.begin; i < range.end; ++i) below |= (x[i] ^ sign_bit) < least;
  params.function(params.table.data(), x + range.begin, y + range.begin, range.size());
  return below ? Fault::invalid_value : Fault::none;
}

struct Segments {
  kernels::SegmentTable table;
  std::int64_t operator()(std::int32_t x) const noexcept {
    return kernels::lookup(table, static_cast<std::int16_t>(x));
  }
};

/// f(x); where it has no value, the lowest one.
float value_of(kernels::ArrayFunction f, float x, float lowest) {
  float y;
  f(&x, &y, 1);
  return y >= -std::numeric_limits<float>::max() ? y : lowest;
}

float real(const PerTensor& q, std::int64_t level) { return q.scale * static_cast<float>(level - q.zero_point); }

Step tabulated_bytes(const PrepareContext& context, simd::Isa isa, kernels::ArrayFunction f) {
  const PerTensor from = per_tensor_quantization(context, context.input(0));
  const PerTensor to = per_tensor_quantization(context, context.output());
  const IntegerLimits in = integer_limits(context.input(0).dtype), out = integer_limits(context.output().dtype);
  const float lowest = real(to, out.lowest), inverse = 1.0F / to.scale;
  ByteTable table;
  for (std::int64_t x = in.lowest; x <= in.highest; ++x) {
    const float level = std::round(value_of(f, real(from, x), lowest) * inverse) + static_cast<float>(to.zero_point);
    const float limited = std::clamp(level, static_cast<float>(out.lowest), static_cast<float>(out.highest));
    table[static_cast<std::uint8_t>(x)] = static_cast<std::uint8_t>(static_cast<std::int32_t>(limited));
  }
  return lookup_step(context, isa, table, static_cast<std::int32_t>(in.lowest));
}

Step tabulated_segments(const PrepareContext& context, simd::Isa isa, kernels::ArrayFunction f) {
  const PerTensor from = per_tensor_quantization(context, context.input(0));
  const PerTensor to = per_tensor_quantization(context, context.output());
  const float lowest = real(to, -32768);
  const auto function = [&](float x) { return value_of(f, x, lowest); };
  return integer_map_step(context, isa,
                          Segments{kernels::segment_table<float>(function, {real(from, -32768), real(from, 32767)},
                                                                 {lowest, real(to, 32767)})});
}

}  // namespace

Step lookup_step(const PrepareContext& context, simd::Isa isa, const ByteTable& table, std::int32_t least) {
  const TensorInfo& x = context.input(0);
  const std::int64_t count = elements(x.shape);
  const std::int64_t lowest = integer_limits(x.dtype).lowest;
  const Lookup params{count, kernels::byte_lookup(context.isa()),
                      static_cast<std::uint8_t>(std::max<std::int64_t>(least - lowest, 0)),
                      static_cast<std::uint8_t>(x.dtype == DType::int8 ? 0x80 : 0), table};
  return over_elements(make_step<lookup>(params, "", isa), count);
}

Step tabulated(const PrepareContext& context, simd::Isa isa, kernels::ArrayFunction f) {
  // Below, levels per unit are more than a float holds.
  constexpr float kLeastScale = 0x1p-100F;
  const float scale = per_tensor_quantization(context, context.output()).scale;
  context.require(scale >= kLeastScale, "the scale ", scale, " of '", context.output().name,
                  "' is too small; quantize it with one above ", kLeastScale);
  return context.input(0).dtype == DType::int16 ? tabulated_segments(context, isa, f)
                                                : tabulated_bytes(context, isa, f);
}

}  // namespace litesmith::ops
