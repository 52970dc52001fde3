#pragma once

#include <cstdint>
#include <string_view>

#include "ir/model.h"

namespace litesmith::tflite {

/// Number of values that a sparsely stored tensor keeps. Checks the storage against the dense `shape`: the traversal
/// order is a permutation, blocks divide their dimensions, row pointers and indices are in order and in range. Throws
/// Error(value) naming `user`.
std::int64_t sparse_value_count(const Shape& shape, const ir::Sparsity& sparsity, std::string_view user);

}  // namespace litesmith::tflite
