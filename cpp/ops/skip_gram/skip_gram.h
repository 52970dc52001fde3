#pragma once

#include <cstdint>

namespace litesmith::ops {

/// SKIP_GRAM: groups of `ngram_size` words of a text, in its order, with at most `max_skip_size` words left out between
/// neighbours; of fewer words too when all are included.
struct SkipGramAttrs {
  std::int32_t ngram_size = 0;
  std::int32_t max_skip_size = 0;
  bool include_all_ngrams = false;
  bool operator==(const SkipGramAttrs&) const = default;
};

}  // namespace litesmith::ops
