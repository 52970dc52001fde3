#pragma once

#include <cstdint>
#include <vector>

#include "schema/tflite_schema.h"

namespace litesmith::ops::stablehlo {

/// A list of dimensions as the file stores it; empty when it is not there.
inline std::vector<std::int64_t> dims_from_file(const ::flatbuffers::Vector<std::int64_t>* list) {
  if (list == nullptr) return {};
  return {list->begin(), list->end()};
}

}  // namespace litesmith::ops::stablehlo
