#include <cmath>
#include <limits>

#include "base/half.h"
#include "kernels/requantize/multiplier.h"
#include "ops/case_reference.h"
#include "ops/quantize/quantize.h"

namespace litesmith::ops::quantize {
namespace {

ir::Quantization parameters(std::vector<float> scales, std::vector<std::int64_t> zero_points, std::int32_t dimension) {
  ir::Quantization quantization;
  quantization.scales = std::move(scales);
  quantization.zero_points = std::move(zero_points);
  quantization.dimension = dimension;
  return quantization;
}

/// Channel of element i along the quantized dimension.
std::size_t channel(const Shape& shape, const ir::Quantization& quantization, std::int64_t i) {
  if (quantization.scales.size() == 1) return 0;
  return static_cast<std::size_t>(i / shape.count(quantization.dimension + 1, shape.rank()) %
                                  shape[quantization.dimension]);
}

template <class T>
Case quantizing(Value x, const ir::Quantization& to) {
  return {.name = concat("QUANTIZE to ", name(kDTypeOf<T>), " ", x.shape, ", ", to.scales.size(), " scales"),
          .op = "QUANTIZE",
          .attrs = {},
          .inputs = {std::move(x)},
          .outputs = {kDTypeOf<T>},
          .reference =
              [to](const std::vector<Value>& inputs) {
                std::vector<T> q;
                std::int64_t i = 0;
                for (const float v : inputs[0].as<float>()) {
                  const std::size_t c = channel(inputs[0].shape, to, i++);
                  const double level =
                      std::isnan(v) ? -1e9 : std::round(v / to.scales[c]) + static_cast<double>(to.zero_points[c]);
                  q.push_back(static_cast<T>(std::clamp(level, double{std::numeric_limits<T>::lowest()},
                                                        double{std::numeric_limits<T>::max()})));
                }
                return std::vector<Value>{value_of(inputs[0].shape, q)};
              },
          .output_quantization = {to}};
}

template <class T>
Case dequantizing(const Shape& shape, const ir::Quantization& from) {
  Value q = uniform(kDTypeOf<T>, shape, std::numeric_limits<T>::lowest(), std::numeric_limits<T>::max(), 20);
  q.quantization = from;
  return {
      .name = concat("DEQUANTIZE ", name(kDTypeOf<T>), " ", shape, ", ", from.scales.size(), " scales"),
      .op = "DEQUANTIZE",
      .attrs = {},
      .inputs = {std::move(q)},
      .outputs = {},
      .reference = [from](const std::vector<Value>& inputs) {
        std::vector<float> x;
        std::int64_t i = 0;
        for (const T level : inputs[0].as<T>()) {
          const std::size_t c = channel(inputs[0].shape, from, i++);
          x.push_back(static_cast<float>(double{from.scales[c]} * static_cast<double>(level - from.zero_points[c])));
        }
        return std::vector<Value>{value_of(inputs[0].shape, x)};
      }};
}

Case stored(DType type, const Shape& shape, std::vector<std::uint8_t> bytes, const std::vector<float>& expected) {
  Value x = value_of(shape, bytes);
  x.dtype = type;
  x.quantization = parameters({0.5F}, {0}, 0);
  return {.name = concat("DEQUANTIZE ", name(type)),
          .op = "DEQUANTIZE",
          .attrs = {},
          .inputs = {x},
          .outputs = {},
          .reference = [=](const std::vector<Value>&) { return std::vector<Value>{value_of(shape, expected)}; }};
}

template <class X, class Y>
Case rescaling(float from, int from_zero, float to, int to_zero) {
  Value x = uniform(kDTypeOf<X>, {3, 101}, std::max(-4e4, double{std::numeric_limits<X>::lowest()}),
                    std::min(4e4, double{std::numeric_limits<X>::max()}), 23);
  return {.name = concat("QUANTIZE ", name(kDTypeOf<X>), " to ", name(kDTypeOf<Y>), ", scales ", from, " and ", to),
          .op = "QUANTIZE",
          .attrs = {},
          .inputs = {quantized(std::move(x), per_tensor(from, from_zero))},
          .outputs = {kDTypeOf<Y>},
          .reference = mapped<X, Y>([=](X q) {
            const auto factor = kernels::multiplier_of(double{from} / double{to});
            return saturated<Y>(static_cast<double>(kernels::multiply(std::int32_t{q} - from_zero, factor)) + to_zero);
          }),
          .output_quantization = {per_tensor(to, to_zero)}};
}

/// Levels of 4 bits, two to a byte.
Case quantizing_to_4_bits(DType type, const ir::Quantization& to, std::vector<std::uint8_t> bytes) {
  return {.name = concat("QUANTIZE to ", name(type), ", ", to.scales.size(), " scales"),
          .op = "QUANTIZE",
          .attrs = {},
          .inputs = {value_of<float>({5, 1}, {0.25F, -0.75F, 100, -100, 1})},
          .outputs = {type},
          .reference =
              [=](const std::vector<Value>&) {
                Value y = value_of({5, 1}, bytes);
                y.dtype = type;
                return std::vector<Value>{y};
              },
          .output_quantization = {to}};
}

Case fake(float min, float max, int bits, bool narrow) {
  return {.name = concat("FAKE_QUANT ", min, " to ", max, ", ", bits, " bits"),
          .op = "FAKE_QUANT",
          .attrs = FakeQuantAttrs{min, max, bits, narrow},
          .inputs = {uniform(DType::float32, {3, 50}, -8, 8, 21)},
          .outputs = {},
          .reference = mapped<float, float>([=](float x) {
            const double least = narrow ? 1 : 0, most = std::exp2(bits) - 1;
            const double scale = (max - min) / (most - least);
            const double zero = std::clamp(std::round(least - min / scale), least, most);
            const double low = (least - zero) * scale, high = (most - zero) * scale;
            return std::round((std::clamp(double{x}, low, high) - low) / scale) * scale + low;
          }),
          .relative = 1e-6};  // scale and limits are rounded to float
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  const ir::Quantization one = parameters({0.05F}, {3}, 0);
  const ir::Quantization last = parameters({0.05F, 0.01F, 0.2F}, {0, 0, 0}, 2);
  const ir::Quantization middle = parameters({0.05F, 0.01F, 0.2F, 0.07F}, {0, 5, -3, 1}, 1);
  const Value x = uniform(DType::float32, {5, 4, 3}, -9, 9, 19);
  for (const auto& to : {one, last, middle}) {
    list.push_back(quantizing<std::int8_t>(x, to));
    list.push_back(quantizing<std::uint8_t>(x, to));
    list.push_back(quantizing<std::int16_t>(x, to));
    list.push_back(dequantizing<std::int8_t>({5, 4, 3}, to));
    list.push_back(dequantizing<std::uint8_t>({5, 4, 3}, to));
    list.push_back(dequantizing<std::int16_t>({5, 4, 3}, to));
  }
  constexpr float kInf = std::numeric_limits<float>::infinity();
  list.push_back(quantizing<std::int8_t>(
      value_of<float>({8}, {0.25F, -0.25F, 0.75F, 1e30F, -1e30F, kInf, -kInf, std::numeric_limits<float>::quiet_NaN()}),
      parameters({0.5F}, {0}, 0)));
  list.push_back(quantizing<std::int8_t>(uniform(DType::float32, {40000}, -9, 9, 22), one));
  list.push_back(stored(DType::int4, {3}, {0xf1, 0x08}, {0.5F, -0.5F, -4}));
  list.push_back(stored(DType::uint4, {3}, {0xf1, 0x08}, {0.5F, 7.5F, 4}));
  list.push_back(stored(DType::int2, {5}, {0b11100100, 0b10}, {0, 0.5F, -1, -0.5F, -1}));
  list.push_back(stored(DType::float16, {2}, {0x00, 0x3c, 0x00, 0xc0}, {1, -2}));
  list.push_back(rescaling<std::int8_t, std::int8_t>(0.05F, 3, 0.03F, -7));
  list.push_back(rescaling<std::uint8_t, std::int8_t>(0.05F, 131, 0.05F, 3));
  list.push_back(rescaling<std::int8_t, std::uint8_t>(0.05F, 3, 0.11F, 100));
  list.push_back(rescaling<std::int8_t, std::int16_t>(0.05F, 3, 0.0003F, 0));
  list.push_back(rescaling<std::int16_t, std::int8_t>(0.0003F, 0, 0.05F, 9));
  list.push_back(rescaling<std::int16_t, std::int32_t>(0.0003F, 0, 0.00001F, 0));
  list.push_back(rescaling<std::int32_t, std::int16_t>(0.0003F, 0, 0.002F, 0));
  list.push_back(quantizing_to_4_bits(DType::int4, parameters({0.5F}, {0}, 0), {0xe1, 0x87, 0x02}));
  list.push_back(quantizing_to_4_bits(DType::uint4, parameters({0.5F}, {5}, 0), {0x36, 0x0f, 0x07}));
  list.push_back(quantizing_to_4_bits(DType::int4, parameters({0.5F, 0.25F, 1, 1, 0.125F}, {0, 0, 0, 0, 0}, 0),
                                      {0xd1, 0x87, 0x07}));
  list.push_back(fake(-6, 6, 8, false));
  list.push_back(fake(-6, 6, 8, true));
  list.push_back(fake(0, 5, 4, false));
  list.push_back(fake(1, 5, 8, false));
  return list;
}

}  // namespace litesmith::ops::quantize
