#include "importers/keras/importer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "importers/keras/test_record.h"

namespace litesmith::importers::keras {
namespace {

using namespace test;

const std::string kDense =
    layer("Dense", R"("units":2,"activation":"relu")", R"({"name":"kernel","index":0},{"name":"bias","index":1})");

TEST_CASE("a Dense layer becomes FULLY_CONNECTED with its kernel transposed and an activation of its own") {
  const std::vector<WeightView> weights{weight({3, 2}, {1, 2, 3, 4, 5, 6}), weight({2}, {7, 8})};
  const auto imported = import_keras(chain("[null,3]", {kDense}), weights);
  const ir::Graph& graph = imported.model.main();
  REQUIRE(operators(graph) == Names{"FULLY_CONNECTED", "RELU"});
  const ir::Tensor& kernel = graph.tensor(graph.nodes[0].input(1));
  CHECK(kernel.name == "m/layer/kernel");
  CHECK(kernel.shape == Shape{2, 3});
  CHECK(kernel.data->to_vector<float>() == std::vector<float>{1, 3, 5, 2, 4, 6});
  CHECK(graph.tensor(graph.outputs[0]).name == "y");
  CHECK(graph.tensor(graph.outputs[0]).shape == Shape{-1, 2});
  CHECK(graph.nodes[0].origins == std::vector<std::string>{"layer"});
  CHECK(imported.warnings.empty());
}

TEST_CASE("a weight of another shape is refused with layer, weight, both shapes and the way out") {
  const std::string text = refusal(chain("[null,4]", {kDense}), {zeros({3, 2}), zeros({2})});
  for (const char* part : {"'layer'", "Dense", "'kernel'", "[3, 2]", "[4, 2]", "save"})
    CHECK(text.find(part) != std::string::npos);
}

TEST_CASE("weights that are not finite are named in one warning") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<WeightView> weights{weight({3, 2}, {1, nan, 3, INFINITY, 5, 6}), weight({2}, {7, 8})};
  const auto warnings = import_keras(chain("[null,3]", {kDense}), weights).warnings;
  REQUIRE(warnings.size() == 1);
  for (const char* part : {"'kernel'", "'layer'", "element 1"}) CHECK(warnings[0].find(part) != std::string::npos);
}

TEST_CASE("all layers without a conversion are listed in one error") {
  const std::string text = refusal(chain("[null,3]", {layer("Lambda", ""), layer("Mystery", ""), layer("GRU", "")}));
  for (const char* part : {"3 layers", "Lambda", "Python code", "Mystery", "GRU"})
    CHECK(text.find(part) != std::string::npos);
}

TEST_CASE("a Conv1D works on images of height 1 and keeps an unknown length") {
  const std::string conv = layer("Conv1D", R"("filters":2,"kernel_size":[3],"padding":"same","use_bias":false)",
                                 R"({"name":"kernel","index":0})");
  const auto imported = import_keras(chain("[null,null,4]", {conv}), std::vector{zeros({3, 4, 2})});
  const ir::Graph& graph = imported.model.main();
  CHECK(operators(graph) == Names{"EXPAND_DIMS", "CONV_2D", "SQUEEZE"});
  CHECK(graph.tensor(graph.nodes[1].input(1)).shape == Shape{2, 1, 3, 4});
  CHECK(graph.tensor(graph.outputs[0]).shape == Shape{-1, -1, 2});
}

TEST_CASE("an output that is an input, and one that is named twice, give a valid model") {
  const std::string json =
      R"({"keras_major":3,"name":"m","layers":[{"name":"x","class_name":"InputLayer","config":{}},)"
      R"({"name":"d","class_name":"Dropout","config":{}},{"name":"r","class_name":"ReLU","config":{}}],)"
      R"("calls":[{"layer":0,"inputs":[]},{"layer":1,"inputs":[[0,0]]},{"layer":2,"inputs":[[1,0]]}],)"
      R"("inputs":[{"call":0,"name":"x","shape":[2,3],"dtype":"float32"}],)"
      R"("outputs":[{"call":1,"name":"d"},{"call":2,"name":"r"},{"call":2,"name":"again"}]})";
  const auto model = import_keras(json, {}).model;
  CHECK(model.main().outputs == std::vector<ir::TensorId>{0, 1, 1});
  CHECK(model.main().tensor(0).name == "x");
  CHECK(model.main().tensor(1).name == "r");
  REQUIRE(model.signatures.size() == 1);
  CHECK(model.signatures[0].outputs[2].name == "again");
}

TEST_CASE("a layer that is used twice has one constant per weight") {
  const std::string json =
      R"({"keras_major":3,"name":"m","layers":[{"name":"x","class_name":"InputLayer","config":{}},)"
      R"({"name":"d","class_name":"Dense","config":{"units":3,"use_bias":false},)"
      R"("weights":[{"name":"kernel","index":0}]}],)"
      R"("calls":[{"layer":0,"inputs":[]},{"layer":1,"inputs":[[0,0]]},{"layer":1,"inputs":[[1,0]]}],)"
      R"("inputs":[{"call":0,"name":"x","shape":[2,3],"dtype":"float32"}],"outputs":[{"call":2,"name":"y"}]})";
  const auto model = import_keras(json, std::vector{zeros({3, 3})}).model;
  REQUIRE(model.main().nodes.size() == 2);
  CHECK(model.main().nodes[0].input(1) == model.main().nodes[1].input(1));
}

TEST_CASE("hard_sigmoid is what the generation of Keras means by it") {
  const std::vector<std::string> one{layer("Activation", R"("activation":"hard_sigmoid")")};
  CHECK(operators(import_keras(chain("[null,3]", one, 3), {}).model.main()) == Names{"ADD", "RELU6", "MUL"});
  CHECK(operators(import_keras(chain("[null,3]", one, 2), {}).model.main()) == Names{"MUL", "ADD", "RELU", "MINIMUM"});
}

TEST_CASE("Flatten with an unknown batch is one RESHAPE whose only open dimension is the batch") {
  const auto model = import_keras(chain("[null,2,3,4]", {layer("Flatten", "")}), {}).model;
  const ir::Graph& graph = model.main();
  REQUIRE(operators(graph) == Names{"RESHAPE"});
  CHECK(graph.tensor(graph.nodes[0].input(1)).data->to_vector<std::int32_t>() == std::vector<std::int32_t>{-1, 24});
}

TEST_CASE("given input shapes replace unknown dims only") {
  const std::string json = chain("[null,3]", {layer("ReLU", "")});
  const auto model = import_keras(json, {}, {.input_shapes = {{"x", {5, 3}}}}).model;
  CHECK(model.main().tensor(model.main().outputs[0]).shape == Shape{5, 3});
  CHECK_THROWS_AS(import_keras(json, {}, {.input_shapes = {{"x", {5, 4}}}}), Error);
  CHECK_THROWS_AS(import_keras(json, {}, {.input_shapes = {{"z", {5, 3}}}}), Error);
}

TEST_CASE("records that cannot be right end in an error") {
  for (const char* json : {"", "[]", "{", R"({"layers":3})", R"({"layers":[{"name":"a"}]})",
                           R"({"layers":[],"calls":[{"layer":0}]})", R"({"outputs":[{"call":0,"name":"y"}]})"})
    CHECK_THROWS_AS(import_keras(json, {}), Error);
  CHECK_THROWS_AS(import_keras(chain("[null,3]", {kDense}), {}), Error);
}

TEST_CASE("every row of the tables can be found by its name") {
  CHECK(keras_layers().size() > 50);
  CHECK(keras_operations().size() > 60);
  CHECK(keras_activations().size() > 25);
  for (const auto& row : keras_layers()) CHECK(!row.name.empty());
}

}  // namespace
}  // namespace litesmith::importers::keras
