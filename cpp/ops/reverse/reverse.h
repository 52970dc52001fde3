#pragma once

#include <cstdint>

namespace litesmith::ops {

/// REVERSE_SEQUENCE: entry b of `batch_axis` has its first lengths[b] entries along `sequence_axis` turned around.
struct ReverseSequenceAttrs {
  std::int32_t sequence_axis = 0;
  std::int32_t batch_axis = 0;
  bool operator==(const ReverseSequenceAttrs&) const = default;
};

}  // namespace litesmith::ops
