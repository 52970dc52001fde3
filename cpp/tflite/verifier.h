#pragma once

#include "ir/model.h"
#include "tflite/graph_calls.h"

namespace litesmith::tflite {

/// The semantic wall against bad files: everything that follows from the file alone and that later stages rely on
/// (ir::verify, plus operand counts, quantization parameters, sparse storage, string data and control flow). `calls`
/// says which node runs which graphs. What depends on shapes in use or on values at run time is not checked here.
/// Throws Error(value) naming node and tensor.
void verify(const ir::Model& model, const std::vector<GraphCall>& calls);

}  // namespace litesmith::tflite
