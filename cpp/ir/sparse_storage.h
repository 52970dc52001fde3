#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ir/model.h"

namespace litesmith::ir {

/// Number of values that a sparsely stored tensor keeps. Checks the storage against the dense `shape`: the traversal
/// order is a permutation, blocks divide their dimensions, row pointers and indices are in order and in range. Throws
/// Error(value) naming `user`.
std::int64_t sparse_value_count(const Shape& shape, const Sparsity& sparsity, std::string_view user);

/// Writes the values that a sparse constant keeps into `dense`, which has the bytes of its shape, all zero: memory for
/// zeros is not touched. Checks the storage as sparse_value_count does. Throws Error(value), Error(unsupported) for
/// types smaller than a byte.
void expand_sparse(const Tensor& tensor, std::span<std::byte> dense);

/// How many elements of a dense constant are in runs of `block` zeros; runs begin at multiples of `block`, which
/// divides the last dimension. Types of whole bytes only.
std::int64_t count_zeros(const Tensor& dense, std::int32_t block = 1);

/// Stores a dense constant of one dimension or more sparsely: the last dimension lists its elements that are not zero,
/// or its blocks of `block` elements that are not all zero, the others are dense. Lossless but for the sign of zeros.
void store_sparse(Tensor& dense, std::int32_t block = 1);

}  // namespace litesmith::ir
