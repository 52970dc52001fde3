#pragma once

#include <string>
#include <vector>

#include "ir/model.h"

namespace litesmith::importers::emit {

struct Imported {
  ir::Model model;
  /// Sentences for the user: notices of the source, weights that are not finite.
  std::vector<std::string> warnings;
};

}  // namespace litesmith::importers::emit
