#pragma once

#include <cstdint>

#include "base/dtype.h"

namespace litesmith::ops {

/// HASHTABLE: equal numbers are the same table, in all graphs of a model. Types are string and int64, one of each.
struct HashtableAttrs {
  std::int32_t table_id = 0;
  DType key_dtype = DType::string;
  DType value_dtype = DType::int64;
  bool operator==(const HashtableAttrs&) const = default;
};

}  // namespace litesmith::ops
