#pragma once

#include "ir/model.h"
#include "quantization/policy.h"

namespace litesmith::quantization {

/// Brings the metadata entry `reduced_precision_support` up to date: "fp16accfp32", "bf16accfp32", "fp16bf16accfp16"
/// and so on tell runtimes which types they may compute in; a model that allows none has no entry.
void record_reduced_precision(ir::Model& model, const Policy& policy);

}  // namespace litesmith::quantization
