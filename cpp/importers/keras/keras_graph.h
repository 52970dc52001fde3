#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"
#include "base/shape.h"
#include "importers/keras/value.h"

namespace litesmith::importers::keras {

/// A variable of a layer: its name and its place in the record's list of arrays.
struct WeightRef {
  std::string name;
  int index = 0;
};

struct Layer {
  std::string name;
  /// Names from the outermost model, which is left out, inwards: "outer/conv2d".
  std::string path;
  std::string class_name;
  /// Set only for objects that Keras does not own.
  std::string registered_name;
  /// Empty for layers of Keras; "keras.src.ops..." for operations.
  std::string module;
  Value config;
  std::vector<WeightRef> weights;
};

/// One result of a call.
struct TensorRef {
  int call = 0;
  int output = 0;
};

/// One use of a layer. Calls stand in topological order.
struct Call {
  int layer = 0;
  std::vector<TensorRef> inputs;
  /// Arguments with {"tensor": i} in the place of inputs[i].
  Value args, kwargs;
};

struct GraphInput {
  int call = 0;
  std::string name;
  Shape shape;
  DType dtype = DType::float32;
};

struct GraphOutput {
  TensorRef tensor;
  std::string name;
};

/// The typed form of the record's JSON (python/litesmith/sources/keras_record.py states the format).
struct KerasGraph {
  int keras_major = 3;
  std::string name;
  std::vector<std::string> notices;
  std::vector<Layer> layers;
  std::vector<Call> calls;
  std::vector<GraphInput> inputs;
  std::vector<GraphOutput> outputs;
  /// Keeps what the Values point at.
  std::shared_ptr<const nlohmann::json> document;
};

/// Throws Error(value) for anything but a record: broken JSON, missing keys, indices that point nowhere or forwards.
KerasGraph parse_graph(std::string_view json);

}  // namespace litesmith::importers::keras
