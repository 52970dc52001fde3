#include "converter/conversion.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/op_def.h"
#include "tflite/reader.h"
#include "tflite/writer.h"

namespace litesmith::converter {
namespace {

using quantization::Mode;
using quantization::Policy;

/// x [1, 32] -> FULLY_CONNECTED 'first' -> FULLY_CONNECTED 'second' -> y, the weights all `first` and all `second` but
/// for one 1.
ir::Model network(float first = 0.5F, float second = 0.25F) {
  ir::Model model;
  ir::Graph& graph = model.graphs.emplace_back();
  graph.name = "main";
  const auto x = graph.add_tensor({.name = "x", .shape = {1, 32}});
  const auto hidden = graph.add_tensor({.name = "hidden", .shape = {1, 32}});
  const auto y = graph.add_tensor({.name = "y", .shape = {1, 32}});
  for (const auto& [name, value] : {std::pair{"first", first}, std::pair{"second", second}}) {
    std::vector<float> values(1024, value);
    values.front() = 1;
    graph.add_tensor({.name = name, .shape = {32, 32}, .data = Bytes::copy_of<float>(values)});
  }
  const auto dense = [&](ir::TensorId from, ir::TensorId weights, ir::TensorId to) {
    const std::string layer = graph.tensor(weights).name;
    graph.nodes.push_back(
        ops::make_node("FULLY_CONNECTED", ops::FullyConnectedAttrs(), {from, weights, ir::kAbsent}, {to}, {layer}));
  };
  dense(x, 3, hidden);
  dense(hidden, 4, y);
  graph.inputs = {x};
  graph.outputs = {y};
  return model;
}

/// The modes in CONVERSION_METADATA: its only 32-bit numbers from 1001 on.
std::vector<std::int32_t> modes_in(const Bytes& file) {
  std::vector<std::int32_t> modes;
  for (const auto& [name, bytes] : tflite::read(file, "written").metadata) {
    if (name != "CONVERSION_METADATA") continue;
    const auto numbers = bytes.to_vector<std::int32_t>();
    std::copy_if(numbers.begin(), numbers.end(), std::back_inserter(modes),
                 [](std::int32_t number) { return number >= 1001 && number <= 3002; });
  }
  return modes;
}

std::vector<DType> weight_types(const Bytes& file) {
  std::vector<DType> types;
  const ir::Model model = tflite::read(file, "written");
  for (const ir::Tensor& tensor : model.main().tensors)
    if (tensor.is_constant()) types.push_back(tensor.dtype);
  return types;
}

TEST_CASE("one conversion gives one file after the other from the same float model") {
  Conversion conversion(network(), {});
  const Bytes floats = conversion.write();
  conversion.quantize({.mode = Mode::float16});
  const Bytes halves = conversion.write();
  conversion.quantize({.mode = Mode::dynamic_range});
  const Bytes dynamic = conversion.write();
  CHECK(weight_types(floats) == std::vector{DType::float32, DType::float32});
  CHECK(weight_types(halves) == std::vector{DType::float16, DType::float16});
  CHECK(weight_types(dynamic) == std::vector{DType::int8, DType::int8});
  CHECK(modes_in(floats).empty());
  CHECK(modes_in(halves) == std::vector<std::int32_t>{1001});
  CHECK(modes_in(dynamic) == std::vector<std::int32_t>{1002});
  conversion.quantize({.mode = Mode::float16});
  CHECK(conversion.write() == halves);
  conversion.quantize({});
  CHECK(conversion.write() == floats);
  CHECK(halves.size() < floats.size());
  CHECK(dynamic.size() < halves.size());
}

TEST_CASE("the metadata names the modes of all layers") {
  Conversion conversion(network(), {});
  conversion.quantize({.mode = Mode::float32, .layers = {{"second", Mode::dynamic_range}}});
  const Bytes one = conversion.write();
  CHECK(weight_types(one) == std::vector{DType::float32, DType::int8});
  CHECK(modes_in(one) == std::vector<std::int32_t>{1002});
  conversion.quantize({.mode = Mode::float16, .layers = {{"second", Mode::dynamic_range}}});
  CHECK(modes_in(conversion.write()) == std::vector<std::int32_t>{1001, 1002});
}

std::string precision_in(const Bytes& file) {
  for (const auto& [name, bytes] : tflite::read(file, "written").metadata)
    if (name == "reduced_precision_support") return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  return "";
}

TEST_CASE("the metadata names the types that a runtime may compute in") {
  Conversion conversion(network(), {});
  const Bytes floats = conversion.write();
  CHECK(precision_in(floats).empty());
  conversion.quantize({.bfloat16 = true});
  CHECK(precision_in(conversion.write()) == "bf16accfp32");
  CHECK(weight_types(conversion.write()) == weight_types(floats));
  CHECK(modes_in(conversion.write()).empty());
  conversion.quantize({.mode = Mode::float16, .accumulation_type = DType::float16});
  CHECK(precision_in(conversion.write()) == "fp16accfp16");
  conversion.quantize({.mode = Mode::float16, .bfloat16 = true});
  CHECK(precision_in(conversion.write()) == "fp16bf16accfp32");
  conversion.quantize({.bfloat16 = true, .accumulation_type = DType::float16});
  CHECK(precision_in(conversion.write()) == "bf16accfp32");
  conversion.quantize({});
  CHECK(conversion.write() == floats);
}

TEST_CASE("weights with enough zeros are stored sparsely in every mode") {
  for (const Mode mode : {Mode::float32, Mode::float16, Mode::dynamic_range}) {
    INFO(quantization::name(mode));
    Conversion conversion(network(0, 0.25F), {});
    conversion.quantize({.mode = mode});
    const Bytes dense = conversion.write();
    conversion.quantize({.mode = mode, .sparse = true});
    const Bytes sparse = conversion.write();
    CHECK(sparse.size() < dense.size());
    const bool reads_blocks = mode != Mode::float16;
    CHECK(modes_in(sparse).back() == (reads_blocks ? 3002 : 3001));
    const ir::Model model = tflite::read(sparse, "written");
    const auto densify =
        std::ranges::count_if(model.main().nodes, [](const ir::Node& node) { return node.op->name == "DENSIFY"; });
    CHECK(densify == (reads_blocks ? 0 : 1));
    CHECK(std::ranges::count_if(model.main().tensors,
                                [](const ir::Tensor& tensor) { return tensor.sparsity != nullptr; }) == 1);
    CHECK(tflite::write(model, {}) == sparse);
    if (mode == Mode::float32)
      CHECK(Conversion::from_tflite(sparse, "sparse", {}).write() ==
            Conversion::from_tflite(dense, "dense", {}).write());
  }
}

TEST_CASE("weights without zeros and weights of zeros alone stay as they are") {
  for (const bool has_zeros : {false, true}) {
    ir::Model model = network();
    if (has_zeros) model.main().tensor(3).data = Bytes::copy_of<float>(std::vector<float>(1024, 0.0F));
    Conversion conversion(std::move(model), {});
    const Bytes floats = conversion.write();
    conversion.quantize({.sparse = true});
    CHECK(conversion.write() == floats);
    CHECK_NOTHROW(tflite::read(floats, "written"));
  }
}

TEST_CASE("a refused quantization leaves the last result") {
  Conversion conversion(network(), {});
  conversion.quantize({.mode = Mode::float16});
  const Bytes halves = conversion.write();
  CHECK_THROWS_AS(conversion.quantize({.mode = Mode::int8}), Error);
  CHECK(conversion.write() == halves);
}

TEST_CASE("equal weights are stored once in every mode") {
  for (const Mode mode : {Mode::float32, Mode::float16, Mode::dynamic_range}) {
    Conversion equal(network(0.5F, 0.5F), {}), different(network(), {});
    equal.quantize({.mode = mode});
    different.quantize({.mode = mode});
    CHECK(equal.write().size() + 1000 < different.write().size());
  }
}

}  // namespace
}  // namespace litesmith::converter
