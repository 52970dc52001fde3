#include "passes/learnt_steps.h"

#include <algorithm>

#include "ops/op_def.h"

namespace litesmith::passes {
namespace {

constexpr std::int64_t kUint8Offset = 128;

/// The axis of `to` whose indices are those of `axis` of `from` when the values keep their order; -1 when there is
/// none.
std::int32_t reshaped_axis(const Shape& from, std::int32_t axis, const Shape& to) {
  for (std::int32_t i = 0; i < to.rank(); ++i)
    if (to[i] == from[axis] && to.count(i + 1, to.rank()) == from.count(axis + 1, from.rank())) return i;
  return -1;
}

std::int32_t transposed_axis(const Site& site, std::int32_t axis) {
  const auto permutation = site.input(1).data->to_vector<std::int32_t>();
  const auto place = std::ranges::find(permutation, axis);
  return place == permutation.end() ? -1 : static_cast<std::int32_t>(place - permutation.begin());
}

}  // namespace

bool gives_learnt_steps(const Site& site) {
  if (!site.is("DEQUANTIZE") || !site.is_constant(0)) return false;
  const ir::Tensor& integers = site.input(0);
  return (integers.dtype == DType::int8 || integers.dtype == DType::uint8) && !integers.quantization.scales.empty();
}

ir::Quantization steps_of_result(const Site& site, const Shape& shape) {
  const ir::Tensor& operand = site.input(0);
  ir::Quantization steps{.scales = operand.quantization.scales,
                         .zero_points = operand.quantization.zero_points,
                         .dimension = operand.quantization.dimension};
  if (gives_learnt_steps(site)) {
    steps.zero_points.resize(steps.scales.size(), 0);
    if (operand.dtype == DType::uint8)
      for (std::int64_t& zero_point : steps.zero_points) zero_point -= kUint8Offset;
    return steps;
  }
  const bool is_transpose = site.is("TRANSPOSE");
  if (steps.scales.empty() || (!is_transpose && !ops::def(site.node()).is_view)) return {};
  if (steps.scales.size() == 1) return steps;
  if (steps.dimension < 0 || steps.dimension >= operand.shape.rank()) return {};
  steps.dimension =
      is_transpose ? transposed_axis(site, steps.dimension) : reshaped_axis(operand.shape, steps.dimension, shape);
  return steps.dimension < 0 ? ir::Quantization{} : steps;
}

}  // namespace litesmith::passes
