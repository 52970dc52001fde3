#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "interpreter/interpreter.h"
#include "lowering/lowering.h"
#include "ops/batch_normalization/batch_normalization.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/depthwise_conv_2d/depthwise_conv_2d.h"
#include "ops/op_def.h"
#include "passes/pass.h"

namespace litesmith {
namespace {

/// A graph under construction with seeded weights.
class Net {
 public:
  explicit Net(Shape input) {
    model.graphs.emplace_back().name = "main";
    x = tensor("x", std::move(input));
    graph().inputs = {x};
  }
  ir::Graph& graph() { return model.graphs[0]; }
  ir::TensorId tensor(const std::string& name, Shape shape) {
    ir::Tensor made;
    made.name = name;
    made.shape = std::move(shape);
    return graph().add_tensor(std::move(made));
  }
  ir::TensorId weights(const Shape& shape, float low = -1, float high = 1) {
    std::vector<float> values(static_cast<std::size_t>(elements(shape)));
    std::uniform_real_distribution<float> uniform(low, high);
    for (float& value : values) value = uniform(random_);
    const ir::TensorId id = tensor("weights" + std::to_string(graph().tensors.size()), shape);
    graph().tensor(id).data = Bytes::copy_of(std::span<const float>(values));
    return id;
  }
  ir::TensorId ints(const std::vector<std::int32_t>& values, const Shape& shape) {
    const ir::TensorId id = tensor("ints" + std::to_string(graph().tensors.size()), shape);
    graph().tensor(id).dtype = DType::int32;
    graph().tensor(id).data = Bytes::copy_of(std::span<const std::int32_t>(values));
    return id;
  }
  ir::TensorId add(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> inputs) {
    const ir::TensorId y = tensor("t" + std::to_string(graph().tensors.size()), Shape::unknown_rank());
    graph().nodes.push_back(ops::make_node(op, std::move(attrs), std::move(inputs), {y}, {std::string(op)}));
    return y;
  }
  ir::TensorId batch_normalization(ir::TensorId input, std::int32_t channels, std::int32_t axis) {
    return add("BATCH_NORMALIZATION", ops::BatchNormalizationAttrs{1e-3f, axis},
               {input, weights({channels}), weights({channels}), weights({channels}), weights({channels}, 0.5, 2)});
  }

  ir::Model model;
  ir::TensorId x = ir::kAbsent;

 private:
  std::mt19937 random_{5};
};

std::vector<float> run(const ir::Model& model, const Shape& input) {
  auto shared = std::make_shared<const ir::Model>(model);
  interpreter::Interpreter interpreter(shared, {});
  auto& executor = interpreter.executor();
  executor.resize(shared->main().inputs[0], input);
  executor.allocate();
  std::vector<float> x(static_cast<std::size_t>(elements(input)));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i));
  executor.write(shared->main().inputs[0], std::as_bytes(std::span<const float>(x)));
  executor.invoke();
  const auto view = executor.view(shared->main().outputs[0]);
  REQUIRE(view);
  std::vector<float> y(view->bytes / sizeof(float));
  std::memcpy(y.data(), view->data, view->bytes);
  return y;
}

/// Runs the model lowered without and with the pipeline; the results must agree to `tolerance` of the largest one.
/// Returns the optimised model.
ir::Model optimise_and_compare(Net& net, ir::TensorId output, const Shape& input, double tolerance = 1e-5) {
  net.graph().outputs = {output};
  passes::infer_shapes(net.model, "in the test");
  ir::Model plain = net.model;
  lowering::lower(plain);
  ir::Model optimised = net.model;
  passes::run(passes::float_pipeline(), optimised);
  lowering::lower(optimised);
  const auto expected = run(plain, input);
  const auto got = run(optimised, input);
  REQUIRE(got.size() == expected.size());
  double largest = 0, difference = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
    difference = std::max(difference, std::abs(static_cast<double>(got[i]) - expected[i]));
  }
  CHECK(largest > 0.1);
  CHECK(difference <= tolerance * largest);
  return optimised;
}

std::vector<std::string> names(const ir::Model& model) {
  std::vector<std::string> list;
  for (const ir::Node& node : model.main().nodes) list.emplace_back(node.op->name);
  return list;
}

using Names = std::vector<std::string>;

TEST_CASE("batch normalization and activation become part of the convolution before them") {
  Net net({-1, 6, 5, 3});
  const auto conv =
      net.add("CONV_2D", ops::Conv2dAttrs{.padding = ops::Padding::valid}, {net.x, net.weights({4, 3, 3, 3})});
  const auto model =
      optimise_and_compare(net, net.add("RELU6", {}, {net.batch_normalization(conv, 4, 3)}), {2, 6, 5, 3});
  CHECK(names(model) == Names{"CONV_2D"});
  CHECK(model.main().nodes[0].attrs.as<ops::Conv2dAttrs>().activation == ops::Activation::relu6);
  CHECK(model.main().nodes[0].origins == Names{"CONV_2D", "BATCH_NORMALIZATION", "RELU6"});
}

TEST_CASE("batch normalization becomes part of depthwise convolution and dense layers") {
  Net net({-1, 6, 5, 3});
  const auto conv = net.add("DEPTHWISE_CONV_2D", ops::DepthwiseConv2dAttrs{.depth_multiplier = 2},
                            {net.x, net.weights({1, 3, 3, 6})});
  CHECK(names(optimise_and_compare(net, net.batch_normalization(conv, 6, 3), {2, 6, 5, 3})) ==
        Names{"DEPTHWISE_CONV_2D"});
  Net dense({-1, 7});
  const auto y = dense.add("FULLY_CONNECTED", {}, {dense.x, dense.weights({5, 7}), dense.weights({5})});
  CHECK(names(optimise_and_compare(dense, dense.batch_normalization(y, 5, 1), {3, 7})) == Names{"FULLY_CONNECTED"});
}

TEST_CASE("batch normalization becomes part of the dense layer after it, unless another operator reads it too") {
  for (const bool has_bias : {true, false}) {
    Net net({-1, 4, 7});
    const auto z = net.batch_normalization(net.add("RELU", {}, {net.x}), 7, 2);
    std::vector<ir::TensorId> operands{z, net.weights({5, 7})};
    if (has_bias) operands.push_back(net.weights({5}));
    const auto model = optimise_and_compare(net, net.add("FULLY_CONNECTED", {}, operands), {3, 4, 7});
    CHECK(names(model) == Names{"RELU", "FULLY_CONNECTED"});
    CHECK(model.main().nodes[1].origins == Names{"FULLY_CONNECTED", "BATCH_NORMALIZATION"});
  }
  Net net({-1, 7});
  const auto z = net.batch_normalization(net.x, 7, 1);
  const auto y = net.add("FULLY_CONNECTED", {}, {z, net.weights({7, 7})});
  CHECK(names(optimise_and_compare(net, net.add("ADD", {}, {y, z}), {3, 7})).size() == 4);
}

TEST_CASE("a convolution that is read twice keeps its own result") {
  Net net({-1, 6, 5, 3});
  const auto conv = net.add("CONV_2D", ops::Conv2dAttrs{}, {net.x, net.weights({4, 1, 1, 3})});
  const auto sum = net.add("ADD", {}, {net.add("RELU", {}, {conv}), conv});
  CHECK(names(optimise_and_compare(net, sum, {1, 6, 5, 3})) == Names{"CONV_2D", "RELU", "ADD"});
}

TEST_CASE("batch normalization that nothing can absorb becomes a product and a sum") {
  Net net({-1, 6, 5, 3});
  CHECK(names(optimise_and_compare(net, net.batch_normalization(net.x, 6, 1), {2, 6, 5, 3})) == Names{"MUL", "ADD"});
}

TEST_CASE("zeros that SAME would add are left to the convolution") {
  Net net({-1, 8, 8, 3});
  const auto padded = net.add("PAD", {}, {net.x, net.ints({0, 0, 1, 1, 1, 1, 0, 0}, {4, 2})});
  const ops::Conv2dAttrs valid{.padding = ops::Padding::valid};
  const auto y = net.add("CONV_2D", valid, {padded, net.weights({2, 3, 3, 3})});
  CHECK(names(optimise_and_compare(net, y, {2, 8, 8, 3})) == Names{"CONV_2D"});
}

TEST_CASE("zeros in other places stay") {
  Net net({-1, 8, 8, 3});
  const auto padded = net.add("PAD", {}, {net.x, net.ints({0, 0, 2, 0, 1, 1, 0, 0}, {4, 2})});
  const ops::Conv2dAttrs valid{.padding = ops::Padding::valid};
  const auto y = net.add("CONV_2D", valid, {padded, net.weights({2, 3, 3, 3})});
  CHECK(names(optimise_and_compare(net, y, {2, 8, 8, 3})) == Names{"PAD", "CONV_2D"});
}

TEST_CASE("the transposes of a channels_first network cancel") {
  Net net({-1, 3, 8, 7});
  const auto to_nhwc = [&](ir::TensorId t) { return net.add("TRANSPOSE", {}, {t, net.ints({0, 2, 3, 1}, {4})}); };
  const auto to_nchw = [&](ir::TensorId t) { return net.add("TRANSPOSE", {}, {t, net.ints({0, 3, 1, 2}, {4})}); };
  const auto conv = [&](ir::TensorId t, int in, int out) {
    return to_nchw(net.add("CONV_2D", ops::Conv2dAttrs{}, {to_nhwc(t), net.weights({out, 3, 3, in})}));
  };
  const auto a = net.add("RELU", {}, {net.batch_normalization(conv(net.x, 3, 4), 4, 1)});
  const auto padded = net.add("PAD", {}, {a, net.ints({0, 0, 0, 0, 0, 1, 2, 0}, {4, 2})});
  const auto scaled = net.add("MUL", {}, {padded, net.weights({4, 1, 1})});
  const auto y = conv(net.add("ADD", {}, {conv(scaled, 4, 4), scaled}), 4, 2);
  const auto model = optimise_and_compare(net, y, {2, 3, 8, 7});
  const auto list = names(model);
  CHECK(std::count(list.begin(), list.end(), "TRANSPOSE") == 2);
  CHECK(list.front() == "TRANSPOSE");
  CHECK(list.back() == "TRANSPOSE");
}

TEST_CASE("operators on constants are evaluated") {
  Net net({-1, 4});
  const auto constant = net.add("MUL", {}, {net.weights({4}), net.weights({4})});
  const auto y = net.add("ADD", {}, {net.x, net.add("RELU", {}, {constant})});
  CHECK(names(optimise_and_compare(net, y, {2, 4}, 0)) == Names{"ADD"});
}

TEST_CASE("reshapes in a row become one and keep the batch open") {
  Net net({-1, 4, 3});
  const auto a = net.add("RESHAPE", {}, {net.x, net.ints({-1, 12}, {2})});
  const auto y = net.add("RELU", {}, {net.add("RESHAPE", {}, {a, net.ints({-1, 3, 4}, {3})})});
  const auto model = optimise_and_compare(net, y, {5, 4, 3}, 0);
  CHECK(names(model) == Names{"RESHAPE", "RELU"});
  CHECK(model.main().tensor(model.main().outputs[0]).shape == Shape{-1, 3, 4});
}

TEST_CASE("a pass that never settles is named") {
  Net net({-1, 4});
  net.graph().outputs = {net.add("RELU", {}, {net.x})};
  const passes::Pass endless{"endless", "", [](const passes::Site& site) -> std::optional<ir::Patch> {
                               ir::Patch patch(site.graph);
                               patch.replace_node(site.id, site.node());
                               return patch;
                             }};
  CHECK_THROWS_WITH_AS(passes::run(endless, net.model), doctest::Contains("endless"), Error);
}

}  // namespace
}  // namespace litesmith
