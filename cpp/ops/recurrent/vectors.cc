#include "ops/recurrent/vectors.h"

#include <cmath>

#include "kernels/lane_sum.h"
#include "ops/integer_weights.h"
#include "ops/weights.h"

namespace litesmith::ops::recurrent {
namespace {

constexpr float kLeastVariance = 1e-8F;

}  // namespace

VectorOperand::VectorOperand(const PrepareContext& context, int operand) {
  if (operand < 0 || !context.has_input(operand)) return;
  operand_ = operand;
  const TensorInfo& info = context.input(operand);
  if (info.dtype == DType::float32) {
    known_ = known_floats(context, operand);
    return;
  }
  if (!info.is_known())
    context.fail("the ", name(info.dtype), " weights '", info.name, "' (operand ", operand,
                 ") are computed by the model; they must be constant");
  TensorInfo levels = info;
  levels.dtype = DType::int8;
  const auto count = elements(info.shape);
  const std::vector<float> scales = weight_scales(context, levels, count, 0);
  const auto* bytes = reinterpret_cast<const std::int8_t*>(known_bytes(context, operand));
  for (std::int64_t i = 0; i < count; ++i)
    known_.push_back(scales[static_cast<std::size_t>(i)] * static_cast<float>(bytes[i]));
}

RowActivation::RowActivation(const PrepareContext& context, simd::Isa isa, Activation activation) {
  if (activation == Activation::tanh)
    tanh_ = kernels::elementary_functions(isa).tanh;
  else
    clamp_ = fused_clamp(context, activation);
}

void RowActivation::apply(float* row, std::int64_t n) const noexcept {
  if (tanh_ != nullptr) return tanh_(row, row, n);
  for (std::int64_t i = 0; i < n; ++i) {
    const float above = row[i] < clamp_.low ? clamp_.low : row[i];
    row[i] = above > clamp_.high ? clamp_.high : above;
  }
}

void clip(float* row, std::int64_t n, float limit) noexcept {
  if (limit <= 0) return;
  for (std::int64_t i = 0; i < n; ++i) {
    const float above = row[i] < -limit ? -limit : row[i];
    row[i] = above > limit ? limit : above;
  }
}

void add_product(float* row, const float* a, const float* b, std::int64_t n) noexcept {
  for (std::int64_t i = 0; i < n; ++i) row[i] += a[i] * b[i];
}

void layer_normalize(float* row, const float* weights, const float* bias, std::int64_t n) noexcept {
  const auto count = static_cast<float>(n);
  const float mean = kernels::lane_sum(row, n, [](kernels::Lanes&) {}) / count;
  for (std::int64_t i = 0; i < n; ++i) row[i] -= mean;
  const float squares = kernels::lane_sum(row, n, [](kernels::Lanes& lanes) { lanes *= lanes; });
  const float inverse = 1.0F / std::sqrt(squares / count + kLeastVariance);
  for (std::int64_t i = 0; i < n; ++i) row[i] = row[i] * inverse * weights[i] + bias[i];
}

}  // namespace litesmith::ops::recurrent
