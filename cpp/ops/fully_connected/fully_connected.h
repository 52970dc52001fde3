#pragma once

#include <cstdint>

#include "base/dtype.h"
#include "ops/activation/activation.h"

namespace litesmith::ops {

enum class WeightsFormat : std::int8_t { dense = 0, shuffled_4x16_int8 = 1 };

/// FULLY_CONNECTED: input [..., in], weights [out, in], optional bias [out]. The result is [rows, out]; with
/// keep_num_dims it is the input's shape with `out` in place of `in`.
struct FullyConnectedAttrs {
  Activation activation = Activation::none;
  WeightsFormat weights_format = WeightsFormat::dense;
  bool keep_num_dims = false;
  bool asymmetric_quantize_inputs = false;
  /// int32 or int64 for 16x8; float32 = not set.
  DType quantized_bias_type = DType::float32;
  bool operator==(const FullyConnectedAttrs&) const = default;
};

}  // namespace litesmith::ops
