#include <doctest/doctest.h>

#include "importers/keras/test_record.h"

namespace litesmith::importers::keras {
namespace {

using namespace test;

const std::string kKernel = R"({"name":"kernel","index":0})";

ir::Model model_of(const std::string& shape, const std::vector<std::string>& layers,
                   const std::vector<WeightView>& weights = {}, int keras_major = 3) {
  return import_keras(chain(shape, layers, keras_major), weights).model;
}

Shape result_shape(const ir::Model& model) { return model.main().tensor(model.main().outputs[0]).shape; }

/// Two inputs of the given shapes that meet in one layer or operation; `args` is the JSON of the call's arguments.
std::string meeting(const std::string& first, const std::string& second, const std::string& layer_json,
                    const std::string& args = R"([[{"tensor":0},{"tensor":1}]])") {
  return concat(
      R"({"keras_major":3,"name":"m","layers":[{"name":"a","class_name":"InputLayer","config":{}},)",
      R"({"name":"b","class_name":"InputLayer","config":{}},)", layer_json,
      R"(],"calls":[{"layer":0,"inputs":[]},{"layer":1,"inputs":[]},{"layer":2,"inputs":[[0,0],[1,0]],"args":)", args,
      R"(}],"inputs":[{"call":0,"name":"a","shape":)", first, R"(},{"call":1,"name":"b","shape":)", second,
      R"(}],"outputs":[{"call":2,"name":"y"}]})");
}

/// One operation of keras.ops on the input; `rest` continues its arguments.
std::string operation(const std::string& class_name, const std::string& rest) {
  return concat(R"({"keras_major":3,"name":"m","layers":[{"name":"x","class_name":"InputLayer","config":{}},)",
                R"({"name":"op","class_name":")", class_name,
                R"(","module":"keras.src.ops.numpy","config":{}}],"calls":[{"layer":0,"inputs":[]},)",
                R"({"layer":1,"inputs":[[0,0]],"args":[{"tensor":0})", rest,
                R"(]}],"inputs":[{"call":0,"name":"x","shape":[null,6,5]}],"outputs":[{"call":1,"name":"y"}]})");
}

TEST_CASE("a strided transposed convolution computes its output shape only where the batch is unknown") {
  const std::string layer_json =
      layer("Conv2DTranspose", R"("filters":5,"kernel_size":[3,3],"strides":[2,2],"padding":"same","use_bias":false)",
            kKernel);
  const std::vector weights{zeros({3, 3, 5, 4})};
  const auto open = model_of("[null,8,7,4]", {layer_json}, weights);
  CHECK(operators(open.main()) == Names{"SHAPE", "STRIDED_SLICE", "CONCATENATION", "TRANSPOSE_CONV"});
  const auto fixed = model_of("[2,8,7,4]", {layer_json}, weights);
  REQUIRE(operators(fixed.main()) == Names{"TRANSPOSE_CONV"});
  CHECK(result_shape(fixed) == Shape{2, 16, 14, 5});
  CHECK(fixed.main().tensor(fixed.main().nodes[0].input(1)).shape == Shape{5, 3, 3, 4});
}

TEST_CASE("a transposed convolution of stride 1 is a convolution with the kernel turned around") {
  const std::string layer_json =
      layer("Conv2DTranspose", R"("filters":1,"kernel_size":[1,3],"use_bias":false)", kKernel);
  const auto model = model_of("[null,4,4,1]", {layer_json}, {weight({1, 3, 1, 1}, {1, 2, 3})});
  REQUIRE(operators(model.main()) == Names{"PAD", "CONV_2D"});
  CHECK(model.main().tensor(model.main().nodes[1].input(1)).data->to_vector<float>() == std::vector<float>{3, 2, 1});
  CHECK(result_shape(model) == Shape{-1, 4, 6, 1});
}

TEST_CASE("channels_first layers work on NHWC between transposes, and normalization follows") {
  const std::string conv =
      layer("Conv2D",
            R"("filters":3,"kernel_size":[1,1],"data_format":"channels_first","activation":"relu","use_bias":false)",
            kKernel);
  const std::string norm = layer("BatchNormalization", R"("axis":1,"scale":false,"center":false)",
                                 R"({"name":"moving_mean","index":1},{"name":"moving_variance","index":1})");
  const auto model = model_of("[null,2,5,4]", {conv, norm}, {zeros({1, 1, 2, 3}), zeros({3})});
  CHECK(operators(model.main()) ==
        Names{"TRANSPOSE", "CONV_2D", "RELU", "TRANSPOSE", "TRANSPOSE", "BATCH_NORMALIZATION", "TRANSPOSE"});
  CHECK(result_shape(model) == Shape{-1, 3, 5, 4});
}

TEST_CASE("a depthwise kernel is used where it lies") {
  const std::vector weights{zeros({3, 3, 2, 2})};
  const auto model = model_of(
      "[null,6,6,2]",
      {layer("DepthwiseConv2D", R"("kernel_size":[3,3],"depth_multiplier":2,"use_bias":false)", kKernel)}, weights);
  const ir::Tensor& filter = model.main().tensor(model.main().nodes[0].input(1));
  CHECK(filter.shape == Shape{1, 3, 3, 4});
  CHECK(filter.data->data() == weights[0].data.data());
}

TEST_CASE("a mask is refused by the layer that would compute with it, and harmless elsewhere") {
  const std::string embedding =
      layer("Embedding", R"("input_dim":7,"output_dim":3,"mask_zero":true)", R"({"name":"embeddings","index":0})");
  const std::vector weights{zeros({7, 3})};
  const std::string pool = layer("GlobalAveragePooling1D", "");
  const std::string text = refusal(chain("[null,5]", {embedding, layer("Dropout", ""), pool}), weights);
  for (const char* part : {"mask", "GlobalAveragePooling1D"}) CHECK(text.find(part) != std::string::npos);
  CHECK(refusal(chain("[null,5]", {embedding, layer("Flatten", "")}), weights).empty());
}

TEST_CASE("merged tensors of different ranks get axes of one behind the batch") {
  const auto model = import_keras(meeting("[null,3,4]", "[null,4]", layer("Add", "")), {}).model;
  CHECK(operators(model.main()) == Names{"RESHAPE", "ADD"});
  CHECK(result_shape(model) == Shape{-1, 3, 4});
}

TEST_CASE("Dot sums over the given axes of vectors and matrices") {
  const auto shape_of = [](const char* first, const char* second, const char* axes) {
    return result_shape(import_keras(meeting(first, second, layer("Dot", concat(R"("axes":)", axes))), {}).model);
  };
  CHECK(shape_of("[null,4]", "[null,4]", "1") == Shape{-1, 1});
  CHECK(shape_of("[null,3,5]", "[null,10,3]", "[1,2]") == Shape{-1, 5, 10});
  CHECK(shape_of("[null,4,6]", "[null,6]", "[2,1]") == Shape{-1, 4});
}

TEST_CASE("Reshape resolves its own open dimension and refuses other sizes") {
  const auto model = model_of("[null,6,2]", {layer("Reshape", R"("target_shape":[-1,4])")});
  CHECK(operators(model.main()) == Names{"RESHAPE"});
  CHECK(result_shape(model) == Shape{-1, 3, 4});
  const std::string text = refusal(chain("[null,6,2]", {layer("Reshape", R"("target_shape":[5,3])")}));
  for (const char* part : {"[5, 3]", "12"}) CHECK(text.find(part) != std::string::npos);
}

TEST_CASE("operations take numbers, subscripts and keywords") {
  const auto shifted = import_keras(operation("Add", ",3.0"), {}).model;
  REQUIRE(operators(shifted.main()) == Names{"ADD"});
  CHECK(shifted.main().tensor(shifted.main().nodes[0].input(1)).data->to_vector<float>() == std::vector<float>{3});
  const auto part =
      import_keras(operation("GetItem", R"(,[{"slice":[null,null,null]},-1,{"slice":[1,4,2]},null])"), {}).model;
  CHECK(result_shape(part) == Shape{-1, 2, 1});
  const auto mean = import_keras(operation("Mean", ",[-1],true"), {}).model;
  CHECK(result_shape(mean) == Shape{-1, 6, 1});
}

TEST_CASE("an operation without a conversion is refused by name") {
  const std::string text = refusal(operation("Fft2", ""));
  for (const char* part : {"'op'", "Fft2"}) CHECK(text.find(part) != std::string::npos);
}

TEST_CASE("sizes that no model has end in an error") {
  const std::vector weights{zeros({3, 4, 2})};
  const std::string huge = R"("filters":2,"kernel_size":[2147483647],"dilation_rate":[2147483647],"padding":"causal")";
  for (const std::string& one :
       {layer("Conv1D", huge, kKernel), layer("UpSampling1D", R"("size":2147483647)"),
        layer("Cropping1D", R"("cropping":[2147483647,2147483647])"), layer("Reshape", R"("target_shape":[-7,2])"),
        layer("Reshape", R"("target_shape":[2147483647,2147483647,2147483647])"),
        layer("ZeroPadding1D", R"("padding":[-1,2])")})
    CHECK_THROWS_AS(import_keras(chain("[null,5,4]", {one}), weights), Error);
  CHECK_THROWS_AS(
      import_keras(chain("[null,5,4,2]", {layer("Resizing", R"("height":0,"width":0,"crop_to_aspect_ratio":true)")}),
                   {}),
      Error);
  CHECK_THROWS_AS(import_keras(operation("Split", ",2147483647"), {}), Error);
}

TEST_CASE("activations inside activations do not recurse without end") {
  std::string nested = R"("relu")";
  for (int i = 0; i < 3000; ++i) nested = concat(R"({"class_name":"Activation","config":{"activation":)", nested, "}}");
  CHECK_THROWS_AS(import_keras(chain("[null,3]", {layer("Activation", concat(R"("activation":)", nested))}), {}),
                  Error);
}

TEST_CASE("group normalization keeps four dimensions") {
  const std::string layer_json =
      layer("GroupNormalization", R"("groups":2)", R"({"name":"gamma","index":0},{"name":"beta","index":0})");
  const auto model = model_of("[null,5,4,6]", {layer_json}, {zeros({6})});
  for (const ir::Node& node : model.main().nodes) CHECK(model.main().tensor(node.output()).shape.rank() == 4);
  CHECK(result_shape(model) == Shape{-1, 5, 4, 6});
}

}  // namespace
}  // namespace litesmith::importers::keras
