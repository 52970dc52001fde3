#include "tflite/writer.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.h"
#include "ops/activation/activation.h"
#include "ops/opaque.h"
#include "ops/reshape/reshape.h"
#include "schema/tflite_schema.h"
#include "testing/model_difference.h"
#include "tflite/reader.h"

namespace litesmith::tflite {
namespace {

ir::Tensor constant(std::string name, DType dtype, Shape shape, Bytes data) {
  return {.name = std::move(name), .dtype = dtype, .shape = std::move(shape), .data = std::move(data)};
}

Bytes ints(std::vector<std::int32_t> values) { return Bytes::copy_of(std::span<const std::int32_t>(values)); }

void add_constants(ir::Graph& graph) {
  ir::Tensor weights = constant("weights", DType::int8, {2, 3}, Bytes::copy(std::vector<std::byte>(6, std::byte{9})));
  weights.quantization = {.scales = {0.5f, 0.25f}, .zero_points = {0, 0}, .dimension = 0, .min = {-1}, .max = {1}};
  graph.add_tensor(weights);
  ir::Tensor sparse = constant("sparse", DType::int8, {2, 400}, Bytes::copy(std::vector<std::byte>(2, std::byte{1})));
  sparse.sparsity = std::make_shared<const ir::Sparsity>(
      ir::Sparsity{.traversal_order = {0, 1},
                   .dimensions = {{.dense_size = 2}, {.csr = true, .segments = {0, 1, 2}, .indices = {1, 399}}}});
  graph.add_tensor(sparse);
  graph.add_tensor(constant("odd int4", DType::int4, {3}, Bytes::copy(std::vector<std::byte>(2))));
  graph.add_tensor(constant("nothing", DType::float32, {0, 4}, Bytes()));
  ir::Tensor blocks = constant("blocks", DType::int4, {1, 32}, Bytes::copy(std::vector<std::byte>(16)));
  const ir::TensorId scales =
      graph.add_tensor(constant("scales", DType::float16, {1}, Bytes::copy(std::vector<std::byte>(2))));
  blocks.quantization.blockwise = {.scales = scales, .block_size = 32};
  graph.add_tensor(blocks);
  graph.add_tensor({.name = "state", .shape = {1, 4}, .is_variable = true});
  graph.add_tensor({.name = "unknown rank", .shape = Shape::unknown_rank()});
  graph.add_tensor({.name = "list", .dtype = DType::variant, .shape = {1}, .variants = {{DType::float32, {-1, 3}}}});
}

/// Every kind of thing that a model can hold, over two graphs with equal constants.
ir::Model sample() {
  ir::Model model;
  model.description = "sample";
  for (const char* name : {"main", "second"}) {
    ir::Graph graph;
    graph.name = name;
    graph.add_tensor({.name = "x", .shape = {-1, 4}});
    graph.add_tensor(constant("shape", DType::int32, {2}, ints({-1, 2})));
    graph.add_tensor({.name = "y", .shape = {-1, 2}, .shape_in_file = {6, 2}});
    graph.add_tensor({.name = "z", .shape = {-1, 2}});
    graph.add_tensor({.name = "mine", .shape = {}});
    graph.nodes.push_back(ops::make_node("RESHAPE", ops::ReshapeAttrs{{-1, 2}}, {0, 1}, {2}, {"net/flatten"}));
    graph.nodes.push_back(ops::make_node("RELU", {}, {2}, {3}, {"net/dense", "net/dense/relu"}));
    ir::Node mine{.op = &ops::custom().identity, .inputs = {3, ir::kAbsent}, .outputs = {4}};
    mine.attrs = ops::CustomAttrs{"Mine", Bytes::copy(std::vector<std::byte>(40, std::byte{7})), 3};
    graph.nodes.push_back(mine);
    add_constants(graph);
    graph.inputs = {0};
    graph.outputs = {4, 3};
    model.graphs.push_back(graph);
  }
  model.signatures.push_back({.key = "serve", .graph = 1, .inputs = {{"x", 0}}, .outputs = {{"z", 3}, {"m", 4}}});
  model.metadata.emplace_back("note", ints({1, 2, 3}));
  return model;
}

Bytes written(const ir::Model& model, const WriteOptions& options = {}) { return write(model, options); }

const ::tflite::Model& parse(const Bytes& file) { return *::tflite::GetModel(file.data()); }

TEST_CASE("what is written is read as the same model") {
  const ir::Model model = sample();
  const Bytes file = written(model);
  CHECK(testing::difference(model, read(file, "sample")) == "");
  ir::Model other = model;
  other.graphs[1].nodes[1].origins = {"elsewhere"};
  CHECK(testing::difference(other, read(file, "sample")) == "graph 1: node 1: origins");
}

TEST_CASE("equal models give equal bytes") { CHECK(written(sample()) == written(sample())); }

TEST_CASE("every buffer is aligned and equal constants are stored once") {
  for (const std::uint64_t limit : {std::uint64_t{1} << 30, std::uint64_t{16}}) {
    const Bytes file = written(sample(), {.largest_flatbuffer = limit});
    std::vector<Bytes> seen;
    for (const auto* buffer : *parse(file).buffers()) {
      if (buffer->data() != nullptr && buffer->data()->size() > 0) {
        const auto offset = reinterpret_cast<const std::byte*>(buffer->data()->data()) - file.data();
        CHECK(offset % 16 == 0);
        seen.push_back(file.slice(static_cast<std::size_t>(offset), buffer->data()->size()));
      } else if (buffer->size() > 1) {
        CHECK(buffer->offset() % 16 == 0);
        seen.push_back(file.slice(buffer->offset(), buffer->size()));
      }
    }
    REQUIRE(seen.size() > 6);
    for (std::size_t i = 0; i < seen.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) CHECK_FALSE(seen[i] == seen[j]);
    const auto* graphs = parse(file).subgraphs();
    CHECK(graphs->Get(0)->tensors()->Get(1)->buffer() == graphs->Get(1)->tensors()->Get(1)->buffer());
    CHECK(parse(file).buffers()->Get(0)->data() == nullptr);
  }
}

TEST_CASE("large models keep their constants behind the flatbuffer") {
  const ir::Model model = sample();
  const Bytes file = written(model, {.largest_flatbuffer = 16});
  CHECK(testing::difference(model, read(file, "large")) == "");
  std::uint64_t end = 0;
  for (const auto* buffer : *parse(file).buffers()) end = std::max(end, buffer->offset() + buffer->size());
  const auto* custom = parse(file).subgraphs()->Get(0)->operators()->Get(2);
  CHECK(custom->custom_options() == nullptr);
  CHECK(custom->large_custom_options_size() == 40);
  CHECK(custom->large_custom_options_offset() % 16 == 0);
  CHECK(end > 0);
  CHECK(std::ranges::all_of(file.view().last(16), [](std::byte b) { return b == std::byte{0}; }));
  const auto* last = parse(file).metadata()->Get(parse(file).metadata()->size() - 1);
  CHECK(last->name()->str() == "buffer_location");
  const auto* marker = parse(file).buffers()->Get(last->buffer());
  CHECK(file.slice(marker->offset(), marker->size()) ==
        Bytes::copy_of(std::span<const char>("outside flatbuffers", 19)));
  CHECK_THROWS_AS(read(file.slice(0, file.size() / 2), "half"), Error);
}

TEST_CASE("operator codes stand in first-use order with the version that the types need") {
  ir::Model model = sample();
  model.graphs[1].tensors[2].dtype = model.graphs[1].tensors[3].dtype = DType::int16;
  const Bytes file = written(model);
  const auto* codes = parse(file).operator_codes();
  REQUIRE(codes->size() == 3);
  CHECK(codes->Get(0)->builtin_code() == ::tflite::BuiltinOperator::RESHAPE);
  CHECK(codes->Get(0)->deprecated_builtin_code() == 22);
  CHECK(codes->Get(1)->version() == 3);
  CHECK(codes->Get(2)->custom_code()->str() == "Mine");
  CHECK(codes->Get(2)->version() == 3);
  model.graphs[0].nodes[1] = ops::make_node("RELU_0_TO_1", {}, {2}, {3});
  const Bytes newer = written(model);
  CHECK(parse(newer).operator_codes()->Get(1)->deprecated_builtin_code() == 127);
  CHECK(parse(newer).operator_codes()->Get(1)->builtin_code() == ::tflite::BuiltinOperator::RELU_0_TO_1);
}

std::string entry(const ir::Model& model, std::string_view name) {
  for (const auto& [key, bytes] : model.metadata)
    if (key == name) return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return "absent";
}

TEST_CASE("the newest first release of the operators is recorded") {
  ir::Model model = sample();
  CHECK(entry(read(written(model), ""), "min_runtime_version") == std::string("1.5.0") + std::string(11, '\0'));
  for (const std::size_t t : {0U, 2U, 3U}) model.main().tensors[t].dtype = DType::int8;
  CHECK(entry(read(written(model), ""), "min_runtime_version") == std::string("2.1.0") + std::string(11, '\0'));
  for (const std::size_t t : {0U, 2U, 3U}) model.main().tensors[t].dtype = DType::int16;
  CHECK(entry(read(written(model), ""), "min_runtime_version") == std::string("2.5.0") + std::string(11, '\0'));
}

TEST_CASE("the conversion is recorded unless it is excluded") {
  ConversionInfo info{.producer = "litesmith", .model_type = 2, .modes = {1003}};
  const std::string recorded = entry(read(written(sample(), {.conversion = info}), ""), "CONVERSION_METADATA");
  CHECK(recorded.find("litesmith") != std::string::npos);
  CHECK(recorded.find(std::string("\xeb\x03\0\0", 4)) != std::string::npos);
  ir::Model model = sample();
  model.metadata.emplace_back("CONVERSION_METADATA", ints({5}));
  CHECK(entry(read(written(model), ""), "CONVERSION_METADATA").size() == 4);
  CHECK(entry(read(written(model, {.conversion = info}), ""), "CONVERSION_METADATA") == recorded);
  const Bytes excluded = written(model, {.conversion = info, .exclude_conversion_metadata = true});
  CHECK(entry(read(excluded, ""), "CONVERSION_METADATA") == "absent");
}

TEST_CASE("an operator without a form in the file is refused by name") {
  ir::Model model = sample();
  model.main().nodes[1] = ops::make_node("BATCH_NORMALIZATION", {}, {2}, {3}, {"net/bn"});
  CHECK_THROWS_WITH_AS(write(model), doctest::Contains("BATCH_NORMALIZATION 'net/bn'"), Error);
}

}  // namespace
}  // namespace litesmith::tflite
