#pragma once

#include <string_view>

#include "base/bytes.h"
#include "ir/model.h"
#include "quantization/ranges.h"

namespace litesmith::converter {

/// A .tflite file that is to be quantized; tensor ids and node order are the file's. Throws Error(value) for damaged
/// files and for those that hold quantized or float16 tensors already, naming the first.
ir::Model read_float_file(Bytes file, std::string_view source_name);

/// Ranges that a calibrated float file has with its tensors.
quantization::Ranges recorded_ranges(const ir::Model& model);

/// Stores ranges with the tensors, as TensorFlow's calibration does.
void record_ranges(ir::Model& model, const quantization::Ranges& ranges);

}  // namespace litesmith::converter
