#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/dtype.h"
#include "base/shape.h"
#include "importers/emit/imported.h"

namespace litesmith::importers::keras {

/// One array of the record: contiguous, row-major, little-endian. Constants of the model share ownership of the bytes.
struct WeightView {
  DType dtype = DType::float32;
  Shape shape;
  Bytes data;
};

struct Options {
  /// Shapes that replace those of the inputs, by input name. Dims that the model fixes must agree.
  std::map<std::string, Shape> input_shapes;
};

using emit::Imported;

/// Turns the record of a Keras model (python/litesmith/sources/keras_record.py states the format) into one graph of
/// NHWC operators with the signature "serving_default"; inputs and outputs in Keras' order under Keras' names.
/// Unknown dims stay -1. Throws Error(value) for a record or weights that cannot be right, naming layer and weight,
/// and one Error(unsupported) that lists every layer without a conversion.
Imported import_keras(std::string_view graph_json, std::span<const WeightView> weights, const Options& options = {});

/// A supported layer or operation, for documentation.
struct SupportedLayer {
  std::string_view name;
  /// Other class names that mean the same layer, separated by spaces.
  std::string_view aliases;
  /// What is not supported or differs between generations of Keras; often empty.
  std::string_view note;
};

std::vector<SupportedLayer> keras_layers();
/// Operations that Keras 3 records ("Add", "GetItem"); aliases are the functions of Keras 2's TFOpLambda.
std::vector<SupportedLayer> keras_operations();
/// Activation functions by name.
std::vector<SupportedLayer> keras_activations();

}  // namespace litesmith::importers::keras
