#include "quantization/weights.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "base/error.h"

namespace litesmith::quantization {
namespace {

/// Ranges narrower than twice this are widened.
constexpr float kLeastMagnitude = 5e-7F;

/// A tensor's elements as [outer][channels][inner].
struct Blocks {
  std::int64_t outer = 1;
  std::int64_t channels = 1;
  std::int64_t inner = 1;
};

Blocks blocks_of(const ir::Tensor& tensor, int axis) {
  if (axis == kPerTensor) return {1, 1, elements(tensor.shape)};
  if (axis < 0 || axis >= tensor.shape.rank())
    fail(ErrorKind::value, "'", tensor.name, "' of shape ", tensor.shape, " has no axis ", axis,
         " to take a scale per channel from");
  return {tensor.shape.count(0, axis), tensor.shape[axis], tensor.shape.count(axis + 1, tensor.shape.rank())};
}

std::vector<float> float_values(const ir::Tensor& constant) {
  if (!constant.is_constant() || constant.dtype != DType::float32)
    fail(ErrorKind::value, "'", constant.name, "' of type ", name(constant.dtype),
         " is not a float32 constant and cannot be quantized as one");
  auto values = constant.data->to_vector<float>();
  if (static_cast<std::int64_t>(values.size()) != elements(constant.shape))
    fail(ErrorKind::value, "'", constant.name, "' has ", values.size(), " values for its shape ", constant.shape);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      fail(ErrorKind::value, "element ", i, " of the constant '", constant.name, "' is ", values[i],
           "; only finite values can be quantized");
  return values;
}

/// Halves away from zero; exact, since a float and a half need fewer bits than a double has.
double rounded(float x) { return std::trunc(static_cast<double>(x) + std::copysign(0.5, static_cast<double>(x))); }

struct Limits {
  double least;
  double greatest;
};

template <class T>
Bytes quantize_as(const std::vector<float>& values, const Blocks& blocks, const ir::Quantization& to) {
  constexpr bool kIsSymmetric = std::is_same_v<T, std::int16_t>;
  constexpr auto kGreatest = static_cast<double>(std::numeric_limits<T>::max());
  const Limits limits{kIsSymmetric ? -kGreatest : static_cast<double>(std::numeric_limits<T>::min()), kGreatest};
  std::vector<T> result(values.size());
  std::size_t i = 0;
  for (std::int64_t o = 0; o < blocks.outer; ++o)
    for (std::int64_t c = 0; c < blocks.channels; ++c) {
      const auto channel = to.scales.size() == 1 ? 0 : static_cast<std::size_t>(c);
      const float inverse = 1.0F / to.scales[channel];
      const auto zero_point = static_cast<double>(to.zero_points[channel]);
      for (std::int64_t k = 0; k < blocks.inner; ++k, ++i) {
        const double q = std::clamp(rounded(values[i] * inverse) + zero_point, limits.least, limits.greatest);
        // the greatest int64 is not a double
        result[i] = q >= 0x1p63 ? std::numeric_limits<T>::max() : static_cast<T>(q);
      }
    }
  return Bytes::copy_of(std::span<const T>(result));
}

}  // namespace

std::vector<float> greatest_magnitudes(const ir::Tensor& weights, int axis) {
  const std::vector<float> values = float_values(weights);
  const Blocks blocks = blocks_of(weights, axis);
  std::vector<float> greatest(static_cast<std::size_t>(blocks.channels), 0.0F);
  std::size_t i = 0;
  for (std::int64_t o = 0; o < blocks.outer; ++o)
    for (float& channel : greatest)
      for (std::int64_t k = 0; k < blocks.inner; ++k) channel = std::max(channel, std::abs(values[i++]));
  return greatest;
}

Range value_range(const ir::Tensor& constant) {
  const std::vector<float> values = float_values(constant);
  if (values.empty()) return {};
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  return {*least, *greatest};
}

Form symmetric_int8(const ir::Tensor& weights, int axis) {
  std::vector<float> scales = greatest_magnitudes(weights, axis);
  for (float& scale : scales) scale = std::max(scale, kLeastMagnitude) / 127.0F;
  if (axis == kPerTensor) return per_tensor(DType::int8, scales.front(), 0);
  return per_channel(DType::int8, std::move(scales), axis);
}

Bytes quantized_values(const ir::Tensor& constant, const Form& form) {
  const std::vector<float> values = float_values(constant);
  const ir::Quantization& to = form.quantization;
  const Blocks blocks = blocks_of(constant, to.scales.size() > 1 ? to.dimension : kPerTensor);
  if (to.scales.empty() || (to.scales.size() > 1 && static_cast<std::int64_t>(to.scales.size()) != blocks.channels))
    fail(ErrorKind::value, "'", constant.name, "' of shape ", constant.shape, " cannot have ", to.scales.size(),
         " scales on axis ", to.dimension);
  switch (form.dtype) {
    case DType::int8: return quantize_as<std::int8_t>(values, blocks, to);
    case DType::uint8: return quantize_as<std::uint8_t>(values, blocks, to);
    case DType::int16: return quantize_as<std::int16_t>(values, blocks, to);
    case DType::int32: return quantize_as<std::int32_t>(values, blocks, to);
    case DType::int64: return quantize_as<std::int64_t>(values, blocks, to);
    default: fail(ErrorKind::unsupported, "constants are not quantized to ", name(form.dtype));
  }
}

Bytes dynamic_range_values(const ir::Tensor& weights, int axis) {
  const std::vector<float> values = float_values(weights);
  const Blocks blocks = blocks_of(weights, axis);
  std::vector<double> scales;
  for (const float greatest : greatest_magnitudes(weights, axis))
    scales.push_back(static_cast<double>(std::max(greatest, kLeastMagnitude)) / 127.0);
  std::vector<std::int8_t> result(values.size());
  std::size_t i = 0;
  for (std::int64_t o = 0; o < blocks.outer; ++o)
    for (const double scale : scales)
      for (std::int64_t k = 0; k < blocks.inner; ++k, ++i)
        result[i] = static_cast<std::int8_t>(std::round(static_cast<double>(values[i]) / scale));
  return Bytes::copy_of(std::span<const std::int8_t>(result));
}

}  // namespace litesmith::quantization
