#pragma once

#include <string>

#include "ir/model.h"

namespace litesmith::tools {

/// The model as JSON: {"description", "graphs": [{"name", "inputs", "outputs", "tensors": [{"name", "type", "shape" (-1
/// = unknown), "constant", "bytes", "quantization" (text)}], "operators": [{"name", "inputs", "outputs", "layer"}]}],
/// "signatures": [{"key", "graph", "inputs", "outputs"}], "metadata": [{"name", "bytes"}]}. Names that are not UTF-8
/// get replacement characters.
std::string to_json(const ir::Model& model);

}  // namespace litesmith::tools
