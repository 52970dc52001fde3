#pragma once

#include "ir/model.h"

namespace litesmith::ir {

/// Checks what every stage may rely on: indices in range, each tensor written at most once and before it is read,
/// constants and graph inputs never written, constant bytes as long as type and shape say, signatures inside their
/// graph, quantization parameters consistent. Throws Error(value) naming node and tensor; `when` says after which
/// step ("after pass fold_batch_norm").
void verify(const Model& model, const std::string& when);

}  // namespace litesmith::ir
