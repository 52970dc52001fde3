#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "ir/model.h"

namespace litesmith::tflite {

/// What the metadata entry CONVERSION_METADATA tells of a conversion (codes: reference schema.md §8).
struct ConversionInfo {
  std::string producer{};         // "litesmith 0.1.0"
  std::uint32_t api_version = 2;  // 1 for the V1 classes
  std::int32_t model_type = 0;    // saved model 1, keras 2, concrete functions 3, graph 4, session 5, jax 6, torch 7
  std::vector<std::int32_t> modes{};  // 1001 float16, 1002 dynamic range, 1003 int8, 1004 16x8, 2000 quantization aware
  bool allow_custom_ops = false;
  bool enable_select_tf_ops = false;
  bool force_select_tf_ops = false;
};

struct WriteOptions {
  std::optional<ConversionInfo> conversion{};
  /// Leaves CONVERSION_METADATA out, also one that the model brings along.
  bool exclude_conversion_metadata = false;
  /// Stores the layer paths of the nodes, so that errors and profiles of the file speak of layers.
  bool origins = true;
  /// Models whose constants take more bytes get them behind the flatbuffer, which itself cannot pass 2 GiB.
  std::uint64_t largest_flatbuffer = (std::uint64_t{2} << 30) - (std::uint64_t{512} << 20);
};

/// The model as a .tflite file; equal models give equal bytes. Constants are 16-byte aligned, equal ones are stored
/// once. Operator versions follow from types and shapes (OpDef::version). Throws Error(value) when the model is not
/// consistent (ir::verify) or holds an operator without a TFLite form.
Bytes write(const ir::Model& model, const WriteOptions& options = {});

}  // namespace litesmith::tflite
