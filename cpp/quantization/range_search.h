#pragma once

#include <vector>

#include "quantization/range_methods.h"

namespace litesmith::quantization {

/// The part of `all` whose grid gives the binned values the least squared error: rounding inside, cutting outside.
/// Exact zeros count no error.
Range least_squared_error(const std::vector<Histogram::Bin>& bins, const Range& all, Grid grid);

/// The part of `all` below the |x| at which cutting and 128 levels change the distribution least.
Range least_divergence(const std::vector<Histogram::Bin>& bins, const Range& all);

}  // namespace litesmith::quantization
