#pragma once

#include "schema/tflite_schema.h"

namespace litesmith::tflite {

/// Whether the elements of a vector stand at a multiple of their size. The structural verifier looks at the vector's
/// length field only, which is enough for elements of up to 4 bytes.
template <class T>
bool is_aligned(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr || reinterpret_cast<std::uintptr_t>(vector->Data()) % alignof(T) == 0;
}

/// The same for every vector of 8-byte elements in a node's options tables.
bool options_are_aligned(const ::tflite::Operator& node);

}  // namespace litesmith::tflite
