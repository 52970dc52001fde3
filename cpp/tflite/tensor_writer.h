#pragma once

#include "ir/model.h"
#include "schema/tflite_schema.h"

namespace litesmith::tflite {

/// Builds the tensor as the file stores it, with its data in buffer number `buffer`: unknown dims as 1 (or what
/// `shape_in_file` says) in the shape and as -1 in the signature, always a quantization table, sparse indices in the
/// narrowest type that holds them.
flatbuffers::Offset<::tflite::Tensor> build_tensor(const ir::Tensor& tensor, std::uint32_t buffer,
                                                   schema::Builder& builder);

}  // namespace litesmith::tflite
