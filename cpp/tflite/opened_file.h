#pragma once

#include "base/bytes.h"
#include "schema/tflite_schema.h"

namespace litesmith::tflite {

/// A file whose structure is verified: every offset in it leads to a table, vector or string inside the file. Nothing
/// is known yet of what the numbers mean.
struct OpenedFile {
  Bytes bytes;
  const ::tflite::Model* model;
};

/// Checks size, identifier, root offset, alignment and structure; copies the bytes when they do not start at a multiple
/// of 16. Throws Error(value).
OpenedFile open(Bytes file);

/// The data of model.buffers[index], which lie in the flatbuffer or behind it; nullopt where the buffer has none.
/// Throws Error(value) naming `user` for an index or a range outside of the file.
std::optional<Bytes> buffer_data(const OpenedFile& file, std::uint32_t index, std::string_view user);

/// The range [offset, offset + size) of the file; throws Error(value) naming `user` when it is not inside.
Bytes file_range(const OpenedFile& file, std::uint64_t offset, std::uint64_t size, std::string_view user);

}  // namespace litesmith::tflite
