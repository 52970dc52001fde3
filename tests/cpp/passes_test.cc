#include <doctest/doctest.h>

#include <algorithm>

#include "ops/activation/activation.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/depthwise_conv_2d/depthwise_conv_2d.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/op_def.h"
#include "ops/reshape/reshape.h"
#include "passes/pass.h"
#include "testing/pass_net.h"

namespace litesmith {
namespace {

using testing::Names;
using testing::names;
using testing::Net;
using testing::optimise_and_compare;

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

TEST_CASE("sums with 0 and products with 1 vanish, unless they change the shape") {
  Net net({-1, 4});
  const auto a = net.add("ADD", {}, {net.x, net.floats({0, 0, 0, 0}, {4})});
  const auto b = net.add("MUL", {}, {net.number(1), net.add("RELU", {}, {a})});
  const auto y = net.add("SUB", {}, {net.add("POW", {}, {b, net.number(1)}), net.number(0)});
  CHECK(names(optimise_and_compare(net, y, {2, 4}, 0)) == Names{"RELU"});
  Net wider({-1, 1});
  const auto z = wider.add("ADD", {}, {wider.add("RELU", {}, {wider.x}), wider.floats({0, 0, 0}, {3})});
  CHECK(names(optimise_and_compare(wider, z, {2, 1}, 0)) == Names{"RELU", "ADD"});
}

TEST_CASE("equal nodes are computed once; different attributes make different nodes") {
  Net net({-1, 4});
  const auto branch = [&](float number, float alpha) {
    const auto sum = net.add("ADD", {}, {net.x, net.number(number)});
    return net.add("LEAKY_RELU", ops::LeakyReluAttrs{alpha}, {sum});
  };
  const auto twice = net.add("ADD", {}, {branch(2, 0.5F), branch(2, 0.5F)});
  const auto y = net.add("ADD", {}, {twice, branch(2, 0.25F)});
  CHECK(names(optimise_and_compare(net, y, {2, 4}, 0)) == Names{"ADD", "LEAKY_RELU", "ADD", "LEAKY_RELU", "ADD"});
}

TEST_CASE("what a graph returns stays written by a node and a tensor of its own") {
  Net net({-1, 4, 3});
  const auto swap = [&](ir::TensorId t) { return net.add("TRANSPOSE", {}, {t, net.ints({0, 2, 1}, {3})}); };
  CHECK(names(optimise_and_compare(net, swap(swap(net.x)), {2, 4, 3}, 0)).size() == 2);
  Net two({-1, 4});
  const auto y = two.add("RELU", {}, {two.x});
  const auto z = two.add("ADD", {}, {y, two.number(0)});
  two.graph().outputs = {y, z};
  passes::run(passes::float_pipeline(), two.model);
  CHECK(two.graph().nodes.size() == 2);
  CHECK(two.graph().outputs[0] != two.graph().outputs[1]);
}

TEST_CASE("graphs that others call are rewritten too and keep their inputs") {
  Net net({-1, 4});
  const auto condition = net.add("RELU", {}, {net.x});
  net.graph().outputs = {condition};
  Net body({-1, 4});
  const auto unused = body.tensor("counter", {1});
  body.graph().inputs.push_back(unused);
  const auto sum = body.add("MAXIMUM", {}, {body.add("ADD", {}, {body.x, body.number(0)}), body.number(0)});
  body.graph().outputs = {sum, unused};
  net.model.graphs.push_back(body.graph());
  passes::run(passes::float_pipeline(), net.model);
  REQUIRE(net.model.graphs.size() == 2);
  const ir::Graph& called = net.model.graphs[1];
  REQUIRE(called.nodes.size() == 1);
  CHECK(called.nodes[0].op->name == "RELU");
  CHECK(called.inputs.size() == 2);
  CHECK(called.outputs[1] == called.inputs[1]);
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

TEST_CASE("rows go into a dense layer without a SQUEEZE") {
  Net net({2, 1, 1, 6});
  const auto rows = net.add("SQUEEZE", ops::SqueezeAttrs{{1, 2}}, {net.x});
  const auto y = net.add("FULLY_CONNECTED", ops::FullyConnectedAttrs{}, {rows, net.weights({3, 6}), ir::kAbsent});
  const ir::Model model = optimise_and_compare(net, y, {2, 1, 1, 6});
  CHECK(names(model) == Names{"FULLY_CONNECTED"});
}

TEST_CASE("a SQUEEZE that changes the last dim stays in front of a dense layer, as RESHAPE") {
  Net net({2, 1, 12, 1});
  const auto rows = net.add("SQUEEZE", ops::SqueezeAttrs{{1, 3}}, {net.x});
  const auto y = net.add("FULLY_CONNECTED", ops::FullyConnectedAttrs{}, {rows, net.weights({3, 12}), ir::kAbsent});
  CHECK(names(optimise_and_compare(net, y, {2, 1, 12, 1})) == Names{"RESHAPE", "FULLY_CONNECTED"});
}

TEST_CASE("a gate of a state of zeros is gone with the product") {
  Net net({2, 4});
  const auto gate = net.add("LOGISTIC", {}, {net.x});
  const auto y = net.add("ADD", {}, {net.x, net.add("MUL", {}, {gate, net.weights({2, 4}, 0, 0)})});
  const auto z = net.add("EXP", {}, {y});
  CHECK(names(optimise_and_compare(net, z, {2, 4})) == Names{"EXP"});
}

TEST_CASE("a product of zeros with something that may be infinite stays") {
  Net net({2, 4});
  const auto zeros = net.add("MUL", {}, {net.add("EXP", {}, {net.x}), net.weights({2, 4}, 0, 0)});
  const auto y = net.add("COS", {}, {zeros});
  CHECK(names(optimise_and_compare(net, y, {2, 4})) == Names{"EXP", "MUL", "COS"});
}

}  // namespace
}  // namespace litesmith
