#pragma once

#include <string_view>
#include <vector>

#include "ops/case.h"

namespace litesmith::ops {

/// A tensor of strings; their number is that of the shape.
Value strings(const Shape& shape, const std::vector<std::string_view>& texts);

}  // namespace litesmith::ops
