#include "ops/case.h"

namespace litesmith::ops::variable {

/// None: what a node does here depends on the model around it (interpreter/*_test.cc).
std::vector<Case> cases() { return {}; }

}  // namespace litesmith::ops::variable
