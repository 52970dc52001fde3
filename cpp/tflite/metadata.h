#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tflite/writer.h"

namespace litesmith::tflite {

inline constexpr std::string_view kMinRuntimeVersionEntry = "min_runtime_version";
inline constexpr std::string_view kConversionEntry = "CONVERSION_METADATA";

/// An operator and its version, as they stand in the operator codes of a file.
struct OperatorVersion {
  std::string_view name;
  int version = 1;
};

/// The first TensorFlow Lite release that runs all of them ("1.14.0"), zero-padded to the 16 bytes of the metadata
/// entry. Operators and versions of unknown release do not count. Source: reference schema.md §9.
Bytes min_runtime_version(const std::vector<OperatorVersion>& operators);

/// The nested flatbuffer of the entry CONVERSION_METADATA.
Bytes conversion_metadata(const ConversionInfo& info);

}  // namespace litesmith::tflite
