#pragma once

#include <string>

#include "ir/model.h"

namespace litesmith::ir {

/// The model as text, one node per line: "%7 f32[?,10] = FULLY_CONNECTED(%5, %3 const, %4 const)  # dense".
std::string to_text(const Model& model);

}  // namespace litesmith::ir
