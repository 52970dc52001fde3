#pragma once

#include <optional>
#include <string_view>

#include "quantization/observations.h"

namespace litesmith::quantization {

/// How ranges follow from observations.
enum class RangeMethod : std::uint8_t { min_max, exact_min_max, moving_average, percentile, mse, entropy };

/// The method of this name ("min_max"); nullopt when there is none.
std::optional<RangeMethod> range_method(std::string_view name);

/// What must be observed for it.
Detail needed_detail(RangeMethod method);

/// The steps that ranges are made for.
struct Grid {
  int steps = 255;         // number of levels - 1
  bool symmetric = false;  // zero in the middle, as int16 has it
};

/// The range of every observed tensor.
///   min_max: least and greatest value that TensorFlow's calibration would see (overwritten_operands.h).
///   exact_min_max: least and greatest value.
///   moving_average: m += 0.05 (x - m) over the samples in order, of the least and of the greatest value of each.
///   percentile: the values that 0.01 % of all values lie below and above.
///   mse: the range with the least mean squared error of the rounded values.
///   entropy: the cut of |x| whose 128 levels lose the least information (Kullback-Leibler divergence).
/// The methods that cut never widen a range. Throws Error(value) when the observations are of another model or lack
/// what the method needs.
Ranges ranges_of(const ir::Model& model, const Observations& observations, RangeMethod method, Grid grid = {});

/// As TensorFlow records it: its greatest value starts from the smallest positive normal number.
Range recorded_by_tensorflow(const Range& range) noexcept;

}  // namespace litesmith::quantization
