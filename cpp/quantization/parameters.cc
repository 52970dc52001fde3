#include "quantization/parameters.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "ops/quantize/trained_grid.h"
#include "quantization/weights.h"

namespace litesmith::quantization {
namespace {

constexpr double kGreatestInt32 = std::numeric_limits<std::int32_t>::max();

void require_usable(Range range, std::string_view tensor) {
  if (!std::isfinite(range.min) || !std::isfinite(range.max) || range.min > range.max)
    fail(ErrorKind::value, "the range of '", tensor, "' is ", range.min, " to ", range.max,
         "; calibrate with samples that give finite values");
}

constexpr double kCloseness = 1e-6;

/// A range that contains 0.
struct Limits {
  double least;
  double greatest;
  bool are_close() const { return greatest - least < kCloseness; }
};

Limits limits_of(Range range) {
  return {std::min(static_cast<double>(range.min), 0.0), std::max(static_cast<double>(range.max), 0.0)};
}

/// `integer_type` int8 or uint8: where the zero point is rounded.
Form asymmetric_form(const Limits& limits, std::string_view tensor, DType integer_type) {
  const double least = integer_type == DType::uint8 ? 0 : -128;
  const double offset = -128 - least;
  const float scale = (static_cast<float>(limits.greatest) - static_cast<float>(limits.least)) / 255.0F;
  if (!std::isfinite(scale))
    fail(ErrorKind::value, "the range of '", tensor, "', ", limits.least, " to ", limits.greatest,
         ", is too wide for one scale");
  const auto exact = static_cast<float>(least - limits.least / static_cast<double>(scale));
  const double zero_point = std::clamp(std::round(static_cast<double>(exact)), least, least + 255);
  return per_tensor(DType::int8, scale, static_cast<std::int64_t>(zero_point + offset));
}

/// Greatest |b| that each scale of the filter has to do with: per channel, or over all for one scale.
std::vector<float> bias_magnitudes(const Form& filter, const ir::Tensor& bias) {
  const bool is_per_channel = filter.quantization.scales.size() > 1;
  std::vector<float> magnitudes = greatest_magnitudes(bias, is_per_channel ? bias.shape.rank() - 1 : kPerTensor);
  if (magnitudes.size() != filter.quantization.scales.size())
    fail(ErrorKind::value, "the bias '", bias.name, "' of shape ", bias.shape, " has ", magnitudes.size(),
         " channels, its filter ", filter.quantization.scales.size());
  return magnitudes;
}

Form bias_form(const Form& input, const Form& filter, DType dtype) {
  std::vector<float> scales = filter.quantization.scales;
  for (float& scale : scales) scale *= input.quantization.scales.front();
  if (scales.size() == 1) return per_tensor(dtype, scales.front(), 0);
  return per_channel(dtype, std::move(scales), 0);
}

}  // namespace

Form int8_form(Range range, std::string_view tensor, DType integer_type) {
  require_usable(range, tensor);
  Limits limits = limits_of(range);
  if (limits.are_close()) limits = {limits.least - kCloseness, limits.greatest + kCloseness};
  return asymmetric_form(limits, tensor, integer_type);
}

Form uint8_filter_form(const ir::Tensor& weights) {
  Limits limits = limits_of(value_range(weights));
  if (limits.are_close()) limits = {-kCloseness / 2, kCloseness / 2};
  const auto grid =
      ops::TrainedGrid(static_cast<float>(limits.least), static_cast<float>(limits.greatest), /*narrow=*/true);
  return per_tensor(DType::int8, grid.scale, grid.int8_zero_point());
}

Form int8_constant_form(const ir::Tensor& constant, DType integer_type) {
  const Limits limits = limits_of(value_range(constant));
  return asymmetric_form(limits.are_close() ? Limits{-kCloseness / 2, kCloseness / 2} : limits, constant.name,
                         integer_type);
}

Form int16_form(Range range, std::string_view tensor) {
  require_usable(range, tensor);
  const float magnitude = std::max(std::abs(range.min), std::abs(range.max));
  constexpr float kOfZeros = 1e-6F;
  const float scale = (magnitude == 0 ? kOfZeros : magnitude) / 32767.0F;
  return per_tensor(DType::int16, std::max(scale, std::numeric_limits<float>::min()), 0);
}

Form int16x8_filter_form(const ir::Tensor& weights, int axis) {
  constexpr float kOfZeros = 5e-7F;
  std::vector<float> scales = greatest_magnitudes(weights, axis);
  for (float& scale : scales)
    scale = std::max((scale == 0 ? kOfZeros : scale) / 127.0F, std::numeric_limits<float>::min());
  if (axis == kPerTensor) return per_tensor(DType::int8, scales.front(), 0);
  return per_channel(DType::int8, std::move(scales), axis);
}

LinearForms int8_linear(const Form& input, Form filter, const ir::Tensor& bias) {
  const double input_scale = input.quantization.scales.front();
  std::vector<float> bias_scales = bias_form(input, filter, DType::int32).quantization.scales;
  const std::vector<float> magnitudes = bias_magnitudes(filter, bias);
  for (std::size_t c = 0; c < magnitudes.size(); ++c) {
    const double magnitude = magnitudes[c];
    if (magnitude / static_cast<double>(bias_scales[c]) <= kGreatestInt32 / 2) continue;
    const double scale = magnitude / 0x1p30;
    bias_scales[c] = static_cast<float>(scale);
    filter.quantization.scales[c] = static_cast<float>(scale / input_scale);
  }
  if (bias_scales.size() == 1) return {std::move(filter), per_tensor(DType::int32, bias_scales.front(), 0)};
  return {std::move(filter), per_channel(DType::int32, std::move(bias_scales), 0)};
}

LinearForms int16x8_linear(const Form& input, Form filter, const ir::Tensor& bias, DType bias_type) {
  const float input_scale = input.quantization.scales.front();
  const std::vector<float> magnitudes = bias_magnitudes(filter, bias);
  for (std::size_t c = 0; c < magnitudes.size(); ++c) {
    const double magnitude = magnitudes[c];
    float& scale = filter.quantization.scales[c];
    if (magnitude < 0.5 * static_cast<double>(input_scale) * static_cast<double>(scale) * kGreatestInt32) continue;
    const float greatest =
        static_cast<float>(2.0 * magnitude / kGreatestInt32 * static_cast<double>(127.0F / input_scale));
    scale = greatest / 127.0F;
  }
  Form bias_as = bias_form(input, filter, bias_type);
  return {std::move(filter), std::move(bias_as)};
}

}  // namespace litesmith::quantization
