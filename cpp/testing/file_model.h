#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "schema/tflite_objects.h"

namespace litesmith::testing {

/// A .tflite file under construction, table by table and unchecked, so that tests can build what no writer would.
struct FileModel {
  ::tflite::objects::ModelT model;

  /// One graph: y = RELU(RESHAPE(x, [2, 2])) for x of shape [1, 4], with a signature.
  FileModel();

  ::tflite::objects::SubGraphT& graph(std::size_t g = 0) { return *model.subgraphs.at(g); }
  ::tflite::objects::TensorT& tensor(std::size_t t, std::size_t g = 0) { return *graph(g).tensors.at(t); }
  ::tflite::objects::OperatorT& node(std::size_t n, std::size_t g = 0) { return *graph(g).operators.at(n); }
  ::tflite::objects::BufferT& buffer_of(std::size_t t) { return *model.buffers.at(tensor(t).buffer); }

  /// Appends a graph that takes and gives a float32 [1] and computes nothing; returns its number.
  std::size_t add_graph();
  int add_tensor(std::size_t g, std::vector<int> shape,
                 ::tflite::objects::TensorType type = ::tflite::objects::TensorType::FLOAT32);
  /// The same with data.
  int add_constant(std::size_t g, std::vector<int> shape, ::tflite::objects::TensorType type,
                   std::vector<std::uint8_t> data);
  /// Appends a node with an operator code of its own.
  ::tflite::objects::OperatorT& add_node(std::size_t g, ::tflite::objects::BuiltinOperator code,
                                         std::vector<int> inputs, std::vector<int> outputs);

  Bytes bytes() const;
};

/// Little-endian bytes of 32-bit numbers.
std::vector<std::uint8_t> bytes_of(const std::vector<std::int32_t>& values);

}  // namespace litesmith::testing
