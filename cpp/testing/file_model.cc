#include "testing/file_model.h"

#include <algorithm>
#include <cstring>

namespace litesmith::testing {

using ::tflite::objects::BuiltinOperator;
using ::tflite::objects::TensorType;

std::vector<std::uint8_t> bytes_of(const std::vector<std::int32_t>& values) {
  std::vector<std::uint8_t> bytes(values.size() * sizeof(std::int32_t));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

FileModel::FileModel() {
  model.version = 3;
  model.buffers.push_back(std::make_unique<::tflite::objects::BufferT>());
  model.subgraphs.push_back(std::make_unique<::tflite::objects::SubGraphT>());
  add_tensor(0, {1, 4});
  add_constant(0, {2}, TensorType::INT32, bytes_of({2, 2}));
  add_tensor(0, {2, 2});
  add_tensor(0, {2, 2});
  add_node(0, BuiltinOperator::RESHAPE, {0, 1}, {2});
  add_node(0, BuiltinOperator::RELU, {2}, {3});
  graph().inputs = {0};
  graph().outputs = {3};
  auto signature = std::make_unique<::tflite::objects::SignatureDefT>();
  signature->signature_key = "serve";
  signature->inputs.push_back(std::make_unique<::tflite::objects::TensorMapT>());
  signature->inputs.back()->name = "x";
  signature->outputs.push_back(std::make_unique<::tflite::objects::TensorMapT>());
  signature->outputs.back()->name = "y";
  signature->outputs.back()->tensor_index = 3;
  model.signature_defs.push_back(std::move(signature));
}

std::size_t FileModel::add_graph() {
  model.subgraphs.push_back(std::make_unique<::tflite::objects::SubGraphT>());
  const std::size_t g = model.subgraphs.size() - 1;
  add_tensor(g, {1});
  graph(g).inputs = graph(g).outputs = {0};
  return g;
}

int FileModel::add_tensor(std::size_t g, std::vector<int> shape, TensorType type) {
  auto tensor = std::make_unique<::tflite::objects::TensorT>();
  tensor->name = "graph" + std::to_string(g) + "/tensor" + std::to_string(graph(g).tensors.size());
  tensor->shape = std::move(shape);
  tensor->type = type;
  tensor->has_rank = true;
  graph(g).tensors.push_back(std::move(tensor));
  return static_cast<int>(graph(g).tensors.size() - 1);
}

int FileModel::add_constant(std::size_t g, std::vector<int> shape, TensorType type, std::vector<std::uint8_t> data) {
  const int id = add_tensor(g, std::move(shape), type);
  graph(g).tensors.back()->buffer = static_cast<std::uint32_t>(model.buffers.size());
  model.buffers.push_back(std::make_unique<::tflite::objects::BufferT>());
  model.buffers.back()->data = std::move(data);
  return id;
}

::tflite::objects::OperatorT& FileModel::add_node(std::size_t g, BuiltinOperator code, std::vector<int> inputs,
                                                  std::vector<int> outputs) {
  auto entry = std::make_unique<::tflite::objects::OperatorCodeT>();
  entry->builtin_code = code;
  entry->deprecated_builtin_code = static_cast<std::int8_t>(std::min(static_cast<int>(code), 127));
  entry->version = 1;
  model.operator_codes.push_back(std::move(entry));
  auto node = std::make_unique<::tflite::objects::OperatorT>();
  node->opcode_index = static_cast<std::uint32_t>(model.operator_codes.size() - 1);
  node->inputs = std::move(inputs);
  node->outputs = std::move(outputs);
  graph(g).operators.push_back(std::move(node));
  return *graph(g).operators.back();
}

Bytes FileModel::bytes() const {
  flatbuffers::FlatBufferBuilder builder;
  ::tflite::objects::FinishModelBuffer(builder, ::tflite::objects::CreateModel(builder, &model));
  return Bytes::copy(std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())));
}

}  // namespace litesmith::testing
