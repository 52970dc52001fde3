#pragma once

#include <cstdint>

namespace litesmith::ops {

/// How EMBEDDING_LOOKUP_SPARSE combines the rows of one place, numbered as in the file: the weighted sum, the same
/// divided by the sum of the weights, or by the root of the sum of their squares.
enum class Combiner : std::int8_t { sum = 0, mean = 1, sqrtn = 2 };

struct EmbeddingLookupSparseAttrs {
  Combiner combiner = Combiner::sum;
  bool operator==(const EmbeddingLookupSparseAttrs&) const = default;
};

}  // namespace litesmith::ops
