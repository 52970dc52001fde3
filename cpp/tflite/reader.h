#pragma once

#include <string_view>

#include "base/bytes.h"
#include "ir/model.h"

namespace litesmith::tflite {

/// A .tflite file as a Model. Constants are slices of `file`, in the file's own packed form; those at an address
/// that is no multiple of their element size are copied. The structure of the file
/// and what its numbers mean (verifier.h) are checked before anything is believed.
///
/// Tensor ids and node order are the file's. Shapes take -1 from `shape_signature`. Origins of nodes come from the
/// metadata entry `litesmith.origins`, else from TensorFlow's tensor names; that entry and the layout marker
/// `buffer_location` are not part of `Model::metadata`, every other entry is.
///
/// Throws Error(value) for a file that is damaged or needs a newer runtime; `source_name` (a path, "model_content")
/// stands in every message.
ir::Model read(Bytes file, std::string_view source_name);

}  // namespace litesmith::tflite
