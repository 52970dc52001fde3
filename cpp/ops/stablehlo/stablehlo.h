#pragma once

#include <cstdint>
#include <vector>

namespace litesmith::ops {

/// STABLEHLO_PAD: one entry per dimension. Negative edges take elements away; `interior` is >= 0.
struct StablehloPadAttrs {
  std::vector<std::int64_t> low, high, interior;
  bool operator==(const StablehloPadAttrs&) const = default;
};

/// STABLEHLO_GATHER: windows of `slice_sizes` at starts that lie along `index_vector_dim` of the indices, component k
/// for dimension start_index_map[k]; dimensions of the window that are not collapsed become offset_dims of the result.
struct StablehloGatherAttrs {
  std::vector<std::int64_t> offset_dims, collapsed_slice_dims, start_index_map;
  std::int64_t index_vector_dim = 0;
  std::vector<std::int64_t> slice_sizes;
  bool indices_are_sorted = false;
  bool operator==(const StablehloGatherAttrs&) const = default;
};

}  // namespace litesmith::ops
