#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "ir/model.h"

namespace litesmith::quantization {

/// A tensor of a model: graph and tensor index.
using TensorKey = std::pair<std::int32_t, ir::TensorId>;

/// Least and greatest value that a tensor took.
struct Range {
  float min = 0;
  float max = 0;
  bool operator==(const Range&) const = default;
};

/// Ranges of a float model's tensors; tensors without an entry were not seen.
using Ranges = std::map<TensorKey, Range>;

}  // namespace litesmith::quantization
