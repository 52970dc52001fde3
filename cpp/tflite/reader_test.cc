#include "tflite/reader.h"

#include <doctest/doctest.h>

#include <cstring>

#include "base/error.h"
#include "ops/opaque.h"
#include "testing/file_model.h"

namespace litesmith::tflite {
namespace {

using testing::FileModel;

std::string refusal(Bytes file) {
  try {
    read(std::move(file), "bad.tflite");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::value);
    return error.what();
  }
  return "accepted";
}

Bytes text(std::string_view content) { return Bytes::copy(std::as_bytes(std::span(content))); }

TEST_CASE("bytes that are no model are refused before anything reads them") {
  const Bytes good = FileModel().bytes();
  std::vector<std::byte> wrong_name(good.view().begin(), good.view().end());
  wrong_name[7] = std::byte{'2'};
  std::vector<std::byte> odd_root(good.view().begin(), good.view().end());
  odd_root[0] = std::byte{static_cast<unsigned char>(std::to_integer<int>(odd_root[0]) + 1)};
  for (const Bytes& bytes :
       {Bytes(), text("TFL3"), text("garbage that is long enough"), text(std::string_view("\x18\0\0\0TFL3", 8)),
        text(std::string_view("\xff\xff\xff\xffTFL3", 8)), text(std::string_view("\0\0\0\0TFL3", 8)),
        good.slice(0, good.size() / 2), Bytes::take(wrong_name), Bytes::take(odd_root)}) {
    const std::string message = refusal(bytes);
    CHECK(message.find("The model is not a valid Flatbuffer buffer") == 0);
    CHECK(message.find("bad.tflite") != std::string::npos);
  }
}

TEST_CASE("no truncation of a file is accepted") {
  const Bytes good = FileModel().bytes();
  for (std::size_t size = 0; size + 8 < good.size(); ++size) {
    INFO(size);
    CHECK(refusal(good.slice(0, size)) != "accepted");
  }
}

TEST_CASE("a file that starts at any address is read") {
  const Bytes good = FileModel().bytes();
  for (std::size_t shift = 1; shift < 16; ++shift) {
    std::vector<std::byte> moved(good.size() + shift);
    std::memcpy(moved.data() + shift, good.data(), good.size());
    const Bytes file = Bytes::take(std::move(moved));
    CHECK(read(file.slice(shift, good.size()), "moved").main().nodes.size() == 2);
  }
}

TEST_CASE("constants are slices of the file") {
  const Bytes good = FileModel().bytes();
  const ir::Model model = read(good, "good");
  const Bytes& data = *model.main().tensor(1).data;
  CHECK(data.to_vector<std::int32_t>() == std::vector<std::int32_t>{2, 2});
  CHECK(data.data() > good.data());
  CHECK(data.data() + data.size() <= good.data() + good.size());
}

TEST_CASE("unknown dimensions come from the signature and keep what the file puts in their place") {
  FileModel file;
  file.tensor(0).shape_signature = {-1, 4};
  file.tensor(2).shape_signature = {-1, 2};
  file.tensor(2).shape = {7, 2};
  const ir::Graph graph = read(file.bytes(), "dynamic").main();
  CHECK(graph.tensor(0).shape == Shape{-1, 4});
  CHECK(graph.tensor(0).shape_in_file.empty());
  CHECK(graph.tensor(2).shape == Shape{-1, 2});
  CHECK(graph.tensor(2).shape_in_file == std::vector<std::int32_t>{7, 2});
}

TEST_CASE("an empty shape is a scalar or an unknown rank, as the file says") {
  FileModel file;
  for (const std::size_t t : {0U, 2U, 3U}) file.tensor(t).shape = {};
  file.tensor(2).has_rank = false;
  const ir::Graph known = read(file.bytes(), "ranks").main();
  CHECK(known.tensor(0).shape == Shape());
  CHECK_FALSE(known.tensor(2).shape.has_rank());
  for (auto& tensor : file.graph().tensors) tensor->has_rank = false;
  const ir::Graph old = read(file.bytes(), "old").main();
  CHECK(old.tensor(0).shape == Shape());
  CHECK_FALSE(old.tensor(3).shape.has_rank());
}

TEST_CASE("an operator without a folder keeps its options and its version") {
  FileModel file;
  ::tflite::objects::LSHProjectionOptionsT options;
  options.type = ::tflite::objects::LSHProjectionType::SPARSE;
  file.add_node(0, ::tflite::objects::BuiltinOperator::LSH_PROJECTION, {3}, {file.add_tensor(0, {1})})
      .builtin_options.Set(options);
  file.model.operator_codes.back()->version = 2;
  const ir::Node node = read(file.bytes(), "opaque").main().nodes.back();
  CHECK(node.op->name == "LSH_PROJECTION");
  CHECK(node.attrs.as<ops::OpaqueAttrs>().version == 2);
  const ir::Node same = read(file.bytes(), "again").main().nodes.back();
  CHECK(node.attrs == same.attrs);
  options.type = ::tflite::objects::LSHProjectionType::DENSE;
  file.node(2).builtin_options.Set(options);
  CHECK_FALSE(read(file.bytes(), "other").main().nodes.back().attrs == node.attrs);
}

TEST_CASE("errors of a node name the layer that its tensor is named after") {
  FileModel file;
  file.tensor(3).name = "model/dense_1/Relu;model/dense_1/BiasAdd";
  file.node(1).inputs = {-1};
  CHECK(refusal(file.bytes()).find("RELU 'model/dense_1'") == 0);
}

TEST_CASE("64-bit numbers at an odd multiple of four are refused") {
  FileModel model;
  model.tensor(0).quantization = std::make_unique<::tflite::objects::QuantizationParametersT>();
  model.tensor(0).quantization->scale = {1};
  model.tensor(0).quantization->zero_point = {1, 0};
  const Bytes good = model.bytes();
  std::vector<std::byte> bytes(good.view().begin(), good.view().end());
  auto* quantization = const_cast<::tflite::QuantizationParameters*>(
      ::tflite::GetModel(bytes.data())->subgraphs()->Get(0)->tensors()->Get(0)->quantization());
  auto* field = reinterpret_cast<flatbuffers::Table*>(quantization)
                    ->GetAddressOf(::tflite::QuantizationParameters::VT_ZERO_POINT);
  // The first element, 1, becomes the length.
  flatbuffers::WriteScalar(field, flatbuffers::ReadScalar<flatbuffers::uoffset_t>(field) + 4);
  CHECK(refusal(Bytes::take(bytes)).find("multiple of 8") != std::string::npos);
}

TEST_CASE("a small file that describes endless tensors is refused before they fill the memory") {
  flatbuffers::FlatBufferBuilder builder;
  const auto name = builder.CreateString(std::string(1 << 20, 'n'));
  ::tflite::TensorBuilder tensor(builder);
  tensor.add_name(name);
  const std::vector<flatbuffers::Offset<::tflite::Tensor>> tensors(100'000, tensor.Finish());
  const std::vector<flatbuffers::Offset<::tflite::SubGraph>> graphs = {
      ::tflite::CreateSubGraphDirect(builder, &tensors)};
  ::tflite::FinishModelBuffer(builder, ::tflite::CreateModelDirect(builder, 3, nullptr, &graphs));
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  CHECK(refusal(Bytes::copy(bytes)).find("describe more than") != std::string::npos);
}

TEST_CASE("a small file that describes endless options is refused before they fill the memory") {
  flatbuffers::FlatBufferBuilder builder;
  const auto options = ::tflite::CreateReshapeOptionsDirect(builder, std::make_unique<std::vector<int>>(1 << 18).get());
  ::tflite::OperatorBuilder node(builder);
  node.add_builtin_options_type(::tflite::BuiltinOptions::ReshapeOptions);
  node.add_builtin_options(options.Union());
  const std::vector<flatbuffers::Offset<::tflite::Operator>> nodes(100'000, node.Finish());
  const std::vector<flatbuffers::Offset<::tflite::SubGraph>> graphs = {
      ::tflite::CreateSubGraphDirect(builder, nullptr, nullptr, nullptr, &nodes)};
  const std::vector<flatbuffers::Offset<::tflite::OperatorCode>> codes = {
      ::tflite::CreateOperatorCode(builder, 22, 0, 1, ::tflite::BuiltinOperator::RESHAPE)};
  ::tflite::FinishModelBuffer(builder, ::tflite::CreateModelDirect(builder, 3, &codes, &graphs));
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  CHECK(refusal(Bytes::copy(bytes)).find("describe more than") != std::string::npos);
}

}  // namespace
}  // namespace litesmith::tflite
