#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ir/model.h"

namespace litesmith::tflite {

/// Name of the metadata entry that holds the origins of a model's nodes.
inline constexpr std::string_view kOriginsEntry = "litesmith.origins";

/// The origins of every node, compactly. All numbers are unsigned LEB128:
///   1                                    version of this format
///   paths                                count, then for each: bytes shared with the path before it, bytes that
///                                        follow, those bytes (UTF-8)
///   graphs                               count, then for each: nodes, then for each: origins, then their path numbers
/// Empty when no node has an origin, or when the paths of all nodes together exceed 64 MiB.
std::vector<std::byte> encode_origins(const ir::Model& model);

/// Gives the nodes their origins. Returns false, changing nothing, when the entry is for a model with other graphs or
/// nodes (another program changed the model). Throws Error(value) when the bytes are not in the format above.
bool decode_origins(std::span<const std::byte> bytes, ir::Model& model);

/// Layer paths in the name that TensorFlow gives to the result of a (fused) operator: the folders of its parts, each
/// once. "a/b/MatMul;a/b/BiasAdd" -> {"a/b"}. A part without a folder stands for itself, without ":0". At most 64 of
/// them.
std::vector<std::string> origins_from_name(std::string_view tensor_name);

}  // namespace litesmith::tflite
