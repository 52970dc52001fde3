#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "kernels/hybrid/row_quantizer.h"
#include "kernels/requantize/multiplier.h"
#include "ops/case.h"
#include "ops/fully_connected/fully_connected.h"

namespace litesmith::ops::fully_connected {
namespace {

std::vector<Value> naive(const FullyConnectedAttrs& attrs, const std::vector<Value>& inputs) {
  const auto x = inputs[0].as<float>();
  const auto w = inputs[1].as<float>();
  const auto bias = inputs[2].as<float>();
  const auto out = static_cast<std::size_t>(inputs[1].shape[0]);
  const auto in = static_cast<std::size_t>(inputs[1].shape[1]);
  Clamp clamp{};
  clamp_of(attrs.activation, clamp);
  std::vector<float> y;
  for (std::size_t row = 0; row < x.size() / in; ++row)
    for (std::size_t o = 0; o < out; ++o) {
      double sum = inputs[2].absent ? 0 : static_cast<double>(bias[o]);
      for (std::size_t i = 0; i < in; ++i) sum += static_cast<double>(x[row * in + i]) * w[o * in + i];
      y.push_back(std::clamp(static_cast<float>(sum), clamp.low, clamp.high));
    }
  Shape shape{static_cast<std::int32_t>(x.size() / in), inputs[1].shape[0]};
  if (attrs.keep_num_dims) {
    shape = inputs[0].shape;
    shape.dims().back() = inputs[1].shape[0];
  }
  return {value_of(shape, y)};
}

Case make(const Shape& input, std::int32_t out, std::int32_t in, FullyConnectedAttrs attrs, bool is_constant,
          bool has_bias) {
  Value x = uniform(DType::float32, input, -1, 1, 1);
  Value w = uniform(DType::float32, {out, in}, -1, 1, 2);
  Value bias = has_bias ? uniform(DType::float32, {out}, -1, 1, 3) : absent();
  w.constant = bias.constant = is_constant;
  return {.name = concat(input, " by [", out, ", ", in, "], ", name(attrs.activation), is_constant ? "" : ", fed",
                         has_bias ? "" : ", no bias", attrs.keep_num_dims ? ", keeps dims" : ""),
          .op = "FULLY_CONNECTED",
          .attrs = attrs,
          .inputs = {x, w, bias},
          .outputs = {},
          .reference = [attrs](const std::vector<Value>& inputs) { return naive(attrs, inputs); },
          .relative = 1e-6 * in,
          .absolute = 0};
}

ir::Quantization per_tensor(float scale, std::int64_t zero_point) {
  return {.scales = {scale}, .zero_points = {zero_point}};
}

std::vector<std::int64_t> integers(const Value& value) {
  std::vector<std::int64_t> list;
  const auto add = [&](const auto values) { list.assign(values.begin(), values.end()); };
  switch (value.dtype) {
    case DType::int8: add(value.as<std::int8_t>()); break;
    case DType::uint8: add(value.as<std::uint8_t>()); break;
    case DType::int16: add(value.as<std::int16_t>()); break;
    case DType::int32: add(value.as<std::int32_t>()); break;
    case DType::int64: add(value.as<std::int64_t>()); break;
    default:
      for (const std::byte byte : value.bytes)
        for (const int shift : {0, 4}) {
          const int bits = std::to_integer<int>(byte) >> shift & 15;
          list.push_back(bits < 8 ? bits : bits - 16);
        }
  }
  return list;
}

Value result_of(DType type, const Shape& shape, const std::vector<std::int64_t>& values) {
  if (type == DType::int16) return value_of(shape, std::vector<std::int16_t>(values.begin(), values.end()));
  if (type == DType::uint8) return value_of(shape, std::vector<std::uint8_t>(values.begin(), values.end()));
  return value_of(shape, std::vector<std::int8_t>(values.begin(), values.end()));
}

/// The default arithmetic of integers, term by term.
std::vector<Value> naive_integer(const std::vector<Value>& inputs, const ir::Quantization& result) {
  const Value& x = inputs[0];
  const auto xs = integers(x), ws = integers(inputs[1]), bias = integers(inputs[2]);
  const auto out = static_cast<std::size_t>(inputs[1].shape[0]), in = static_cast<std::size_t>(inputs[1].shape[1]);
  const ir::Quantization& weights = inputs[1].quantization;
  const std::int64_t lowest = x.dtype == DType::uint8 ? 0 : (x.dtype == DType::int8 ? -128 : -32768);
  const std::int64_t highest = x.dtype == DType::uint8 ? 255 : -lowest - 1;
  std::vector<std::int64_t> y;
  for (std::size_t row = 0; row < xs.size() / in; ++row)
    for (std::size_t o = 0; o < out; ++o) {
      std::int64_t sum = inputs[2].absent ? 0 : bias[o];
      for (std::size_t i = 0; i < in; ++i)
        sum += (xs[row * in + i] - x.quantization.zero_points[0]) * (ws[o * in + i] - weights.zero_points[0]);
      const float scale = weights.scales[weights.scales.size() == 1 ? 0 : o];
      const double factor = static_cast<double>(x.quantization.scales[0]) * scale / result.scales[0];
      const std::int64_t steps = kernels::multiply_rounded(sum, factor);
      y.push_back(std::clamp(steps + result.zero_points[0], lowest, highest));
    }
  return {result_of(x.dtype, {static_cast<std::int32_t>(xs.size() / in), inputs[1].shape[0]}, y)};
}

/// Weights of 4 bits are drawn as bytes.
Value drawn_weights(DType type, std::int32_t out, std::int32_t in, std::uint64_t seed) {
  Value w = uniform(type == DType::int4 ? DType::uint8 : type, {out, in}, type == DType::int8 ? -128 : 0,
                    type == DType::int8 ? 127 : 255, seed);
  if (type != DType::int4) return w;
  w.dtype = type;
  w.bytes.resize((w.bytes.size() + 1) / 2);
  return w;
}

struct Types {
  DType x, w, bias;
};

Case make_integer(std::int32_t rows, std::int32_t out, std::int32_t in, Types types, bool is_constant,
                  bool is_per_channel) {
  Value x = types.x == DType::int16  ? uniform(types.x, {rows, in}, -32768, 32767, 1)
            : types.x == DType::int8 ? uniform(types.x, {rows, in}, -128, 127, 1)
                                     : uniform(types.x, {rows, in}, 0, 255, 1);
  x.quantization = per_tensor(0.013F, types.x == DType::int16 ? 0 : (types.x == DType::int8 ? -7 : 101));
  Value w = drawn_weights(types.w, out, in, 2);
  w.quantization = per_tensor(0.0021F, types.w == DType::uint8 ? 143 : 0);
  if (is_per_channel) w.quantization.zero_points.assign(static_cast<std::size_t>(out), 0);
  for (std::int32_t i = 1; is_per_channel && i < out; ++i)
    w.quantization.scales.push_back(0.0021F * (1 + 0.37F * static_cast<float>(i % 5)));
  Value bias = types.bias == DType::float32 ? absent() : uniform(types.bias, {out}, -9000, 9000, 3);
  w.constant = bias.constant = is_constant;
  const float spread = types.x == DType::int16 ? 3.0F : 0.7F;
  const ir::Quantization result = per_tensor(0.0021F * spread * std::sqrt(static_cast<float>(in)),
                                             types.x == DType::int16 ? 0 : (types.x == DType::int8 ? 11 : 120));
  return {
      .name = concat(name(types.x), " by ", name(types.w), ", bias ", name(types.bias), ", [", rows, ", ", in, "] by [",
                     out, ", ", in, "]", is_constant ? "" : ", fed", is_per_channel ? ", per channel" : ""),
      .op = "FULLY_CONNECTED",
      .attrs = FullyConnectedAttrs{},
      .inputs = {x, w, bias},
      .outputs = {types.x},
      .reference = [result](const std::vector<Value>& inputs) { return naive_integer(inputs, result); },
      .output_quantization = {result}};
}

std::vector<Value> naive_hybrid(const FullyConnectedAttrs& attrs, const std::vector<Value>& inputs) {
  const auto x = inputs[0].as<float>();
  const auto ws = integers(inputs[1]);
  const auto out = static_cast<std::size_t>(inputs[1].shape[0]), in = static_cast<std::size_t>(inputs[1].shape[1]);
  const auto& scales = inputs[1].quantization.scales;
  const auto range = attrs.asymmetric_quantize_inputs ? kernels::RowRange::asymmetric : kernels::RowRange::symmetric;
  std::vector<float> y;
  std::vector<std::int8_t> q(in);
  for (std::size_t row = 0; row < x.size() / in; ++row) {
    const kernels::RowScale scale = kernels::quantize_row(
        kernels::row_quantizer(simd::Isa::scalar), x.data() + row * in, static_cast<std::int64_t>(in), range, q.data());
    for (std::size_t o = 0; o < out; ++o) {
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < in; ++i) sum += (q[i] - scale.zero_point) * ws[o * in + i];
      const float product = static_cast<float>(sum) * (scale.scale * scales[scales.size() == 1 ? 0 : o]);
      y.push_back((inputs[2].absent ? 0 : inputs[2].as<float>()[o]) + product);
    }
  }
  return {value_of(Shape{static_cast<std::int32_t>(x.size() / in), inputs[1].shape[0]}, y)};
}

Case make_hybrid(std::int32_t rows, std::int32_t out, std::int32_t in, DType weights, bool is_asymmetric,
                 bool is_constant) {
  const FullyConnectedAttrs attrs{.asymmetric_quantize_inputs = is_asymmetric};
  Case one = make_integer(rows, out, in, {DType::int8, weights, DType::float32}, is_constant, is_asymmetric);
  one.name = concat("hybrid, ", name(weights), ", [", rows, ", ", in, "] by [", out, ", ", in, "]",
                    is_asymmetric ? ", asymmetric" : "", is_constant ? "" : ", fed");
  one.attrs = attrs;
  one.inputs[0] = uniform(DType::float32, {rows, in}, -1, 3, 1);
  if (is_constant) one.inputs[2] = constant(uniform(DType::float32, {out}, -1, 1, 3));
  one.outputs = {};
  one.output_quantization = {};
  one.reference = [attrs](const std::vector<Value>& inputs) { return naive_hybrid(attrs, inputs); };
  return one;
}

void add_quantized(std::vector<Case>& list) {
  const Types types[] = {{DType::int8, DType::int8, DType::int32},     {DType::int8, DType::int8, DType::float32},
                         {DType::int8, DType::int4, DType::int32},     {DType::uint8, DType::uint8, DType::int32},
                         {DType::uint8, DType::uint8, DType::float32}, {DType::int16, DType::int8, DType::int64},
                         {DType::int16, DType::int8, DType::int32},    {DType::int16, DType::int4, DType::float32}};
  const struct {
    std::int32_t rows, out, in;
  } sizes[] = {{1, 1, 1}, {1, 130, 65}, {5, 17, 33}, {40, 7, 300}, {3, 1100, 300}};
  for (const auto& size : sizes)
    for (const bool flag : {true, false}) {
      for (const Types& type : types)
        list.push_back(make_integer(size.rows, size.out, size.in, type, flag || type.w == DType::int4,
                                    flag && type.x != DType::uint8 && size.out > 1));
      for (const bool is_asymmetric : {true, false})
        list.push_back(make_hybrid(size.rows, size.out, size.in, DType::int8, is_asymmetric, flag));
      list.push_back(make_hybrid(size.rows, size.out, size.in, DType::int4, flag, true));
    }
  list.push_back(make_integer(300, 20, 9, types[0], true, true));
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const bool is_constant : {true, false})
    for (const bool has_bias : {true, false}) {
      for (const std::int32_t out : {1, 7, 16, 49, 130})
        for (const std::int32_t in : {1, 9, 64})
          for (const std::int32_t rows : {1, 5}) list.push_back(make({rows, in}, out, in, {}, is_constant, has_bias));
      list.push_back(make({3, 700}, 300, 700, {.activation = Activation::relu6}, is_constant, has_bias));
    }
  for (const Activation activation : {Activation::relu, Activation::relu_n1_to_1, Activation::relu6})
    list.push_back(make({4, 20}, 33, 20, {.activation = activation}, true, true));
  list.push_back(make({2, 3, 4}, 5, 12, {}, true, true));
  list.push_back(make({2, 3, 4}, 5, 2, {}, true, true));
  list.push_back(make({12}, 5, 4, {}, true, true));
  list.push_back(make({2, 3, 1, 4}, 5, 4, {.keep_num_dims = true}, true, true));
  list.push_back(make({0, 4}, 5, 4, {}, true, true));
  add_quantized(list);
  return list;
}

}  // namespace litesmith::ops::fully_connected
