#include <doctest/doctest.h>

#include "ops/batch_matmul/batch_matmul.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/depthwise_conv_2d/depthwise_conv_2d.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/op_def.h"
#include "ops/reshape/reshape.h"
#include "ops/transpose_conv/transpose_conv.h"
#include "testing/pass_net.h"

namespace litesmith {
namespace {

using testing::Names;
using testing::names;
using testing::Net;
using testing::optimise_and_compare;
using Id = ir::TensorId;

constexpr ops::Conv2dAttrs kValid{.padding = ops::Padding::valid};

Id to_batch(Net& net, Id x, const std::vector<std::int32_t>& block, const std::vector<std::int32_t>& paddings) {
  const auto axes = static_cast<std::int32_t>(block.size());
  return net.add("SPACE_TO_BATCH_ND", {}, {x, net.ints(block, {axes}), net.ints(paddings, {axes, 2})});
}
Id to_space(Net& net, Id x, const std::vector<std::int32_t>& block, const std::vector<std::int32_t>& crops) {
  const auto axes = static_cast<std::int32_t>(block.size());
  return net.add("BATCH_TO_SPACE_ND", {}, {x, net.ints(block, {axes}), net.ints(crops, {axes, 2})});
}

TEST_CASE("a convolution between blocks is a dilated one, whatever the batch and wherever the bias") {
  for (const bool bias_inside : {true, false}) {
    Net net({-1, 9, 11, 3});
    // SAME zeros for a window of 3 with dilation (2, 3), rounded up to whole blocks and cropped.
    const Id blocks = to_batch(net, net.x, {2, 3}, {2, 3, 3, 4});
    Id y = net.add("CONV_2D", kValid, {blocks, net.weights({4, 3, 3, 3})});
    if (bias_inside) y = net.add("ADD", {}, {y, net.weights({4})});
    y = to_space(net, y, {2, 3}, {0, 1, 0, 1});
    if (!bias_inside) y = net.add("ADD", {}, {y, net.weights({4})});
    const auto model = optimise_and_compare(net, net.add("RELU", {}, {y}), {2, 9, 11, 3});
    REQUIRE(names(model) == Names{"CONV_2D"});
    const auto& attrs = model.main().nodes[0].attrs.as<ops::Conv2dAttrs>();
    CHECK(attrs.padding == ops::Padding::same);
    CHECK(attrs.dilation_h == 2);
    CHECK(attrs.dilation_w == 3);
    CHECK(attrs.activation == ops::Activation::relu);
  }
}

TEST_CASE("a dilated depthwise convolution without zeros is VALID") {
  Net net({-1, 8, 8, 3});
  const Id y = net.add("DEPTHWISE_CONV_2D", ops::DepthwiseConv2dAttrs{.padding = ops::Padding::valid},
                       {to_batch(net, net.x, {2, 2}, {0, 0, 0, 0}), net.weights({1, 3, 3, 3})});
  const auto model = optimise_and_compare(net, to_space(net, y, {2, 2}, {0, 0, 0, 0}), {2, 8, 8, 3});
  REQUIRE(names(model) == Names{"DEPTHWISE_CONV_2D"});
  CHECK(model.main().nodes[0].attrs.as<ops::DepthwiseConv2dAttrs>().padding == ops::Padding::valid);
}

TEST_CASE("zeros that are not those of SAME stay in front of the dilated convolution") {
  Net net({-1, 8, 8, 3});
  const Id y = net.add("CONV_2D", kValid, {to_batch(net, net.x, {2, 2}, {4, 0, 0, 0}), net.weights({4, 3, 3, 3})});
  const auto model = optimise_and_compare(net, to_space(net, y, {2, 2}, {0, 0, 0, 0}), {2, 8, 8, 3});
  CHECK(names(model) == Names{"PAD", "CONV_2D"});
}

TEST_CASE("zeros after a convolution that the crops take off again are not computed") {
  Net net({-1, 8, 8, 3});
  const Id y = net.add("CONV_2D", kValid, {to_batch(net, net.x, {2, 2}, {0, 0, 0, 0}), net.weights({4, 3, 3, 3})});
  const Id padded = net.add("PAD", {}, {y, net.ints({0, 0, 0, 1, 0, 2, 0, 0}, {4, 2})});
  const auto model = optimise_and_compare(net, to_space(net, padded, {2, 2}, {0, 2, 0, 4}), {2, 8, 8, 3});
  CHECK(names(model) == Names{"CONV_2D"});
  Net kept({-1, 8, 8, 3});
  const Id z = kept.add("CONV_2D", kValid, {to_batch(kept, kept.x, {2, 2}, {0, 0, 0, 0}), kept.weights({4, 3, 3, 3})});
  const Id wider = kept.add("PAD", {}, {z, kept.ints({0, 0, 0, 1, 0, 2, 0, 0}, {4, 2})});
  CHECK(names(optimise_and_compare(kept, to_space(kept, wider, {2, 2}, {0, 1, 0, 4}), {2, 8, 8, 3})).size() == 4);
}

TEST_CASE("a convolution of lines takes its bias through the view, dilated or not") {
  const auto convolve = [](Net& net, Id x, int axis) {
    const Id image = net.add("EXPAND_DIMS", {}, {x, net.ints({axis}, {})});
    const Shape filter = axis == 1 ? Shape{4, 1, 3, 3} : Shape{4, 3, 1, 3};
    const Id y = net.add("CONV_2D", kValid, {image, net.weights(filter)});
    return net.add("SQUEEZE", ops::SqueezeAttrs{{axis}}, {y});
  };
  for (const int axis : {1, 2}) {
    Net net({-1, 9, 3});
    const Id y = net.add("ADD", {}, {convolve(net, net.x, axis), net.weights({4})});
    CHECK(names(optimise_and_compare(net, net.add("RELU", {}, {net.batch_normalization(y, 4, 2)}), {2, 9, 3})) ==
          Names{"EXPAND_DIMS", "CONV_2D", "SQUEEZE"});
    Net dilated({-1, 9, 3});
    const Id z = convolve(dilated, to_batch(dilated, dilated.x, {2}, {2, 3}), axis);
    const Id sum = dilated.add("ADD", {}, {to_space(dilated, z, {2}, {0, 1}), dilated.weights({4})});
    CHECK(names(optimise_and_compare(dilated, sum, {2, 9, 3})) == Names{"EXPAND_DIMS", "CONV_2D", "SQUEEZE"});
    Net fixed({2, 9, 3});
    CHECK(names(optimise_and_compare(fixed, convolve(fixed, fixed.x, axis), {2, 9, 3})) ==
          Names{"RESHAPE", "CONV_2D", "RESHAPE"});
  }
}

TEST_CASE("a view that splits the channels keeps its bias behind it") {
  Net net({-1, 6});
  const Id y = net.add("FULLY_CONNECTED", {}, {net.x, net.weights({6, 6})});
  const Id matrix = net.add("RESHAPE", {}, {y, net.ints({-1, 2, 3}, {3})});
  CHECK(names(optimise_and_compare(net, net.add("ADD", {}, {matrix, net.weights({3})}), {2, 6})) ==
        Names{"FULLY_CONNECTED", "RESHAPE", "ADD"});
}

TEST_CASE("numbers that scale the operand become part of the weights") {
  Net net({-1, 8, 8, 3});
  const Id scaled = net.add("MUL", {}, {net.x, net.number(0.125F)});
  const Id y = net.add("CONV_2D", ops::Conv2dAttrs{}, {scaled, net.weights({4, 3, 3, 3}), net.weights({4})});
  CHECK(names(optimise_and_compare(net, y, {2, 8, 8, 3})) == Names{"CONV_2D"});
  Net shifted({-1, 8, 8, 3});
  const Id sum = shifted.add("ADD", {}, {shifted.x, shifted.number(0.5F)});
  const Id z = shifted.add("CONV_2D", ops::Conv2dAttrs{}, {sum, shifted.weights({4, 3, 3, 3})});
  CHECK(names(optimise_and_compare(shifted, z, {2, 8, 8, 3})) == Names{"ADD", "CONV_2D"});
}

TEST_CASE("numbers per channel in front of a dense layer become part of it") {
  Net net({-1, 5, 3});
  const Id scaled = net.add("MUL", {}, {net.weights({3}), net.x});
  const Id shifted = net.add("SUB", {}, {net.add("ADD", {}, {scaled, net.weights({3})}), net.number(0.5F)});
  const Id y =
      net.add("FULLY_CONNECTED", ops::FullyConnectedAttrs{.keep_num_dims = true}, {shifted, net.weights({4, 3})});
  CHECK(names(optimise_and_compare(net, y, {2, 5, 3})) == Names{"FULLY_CONNECTED"});
  Net kept({-1, 3});
  const Id difference = kept.add("SUB", {}, {kept.weights({3}), kept.x});
  const Id z = kept.add("FULLY_CONNECTED", {}, {difference, kept.weights({4, 3})});
  CHECK(names(optimise_and_compare(kept, z, {2, 3})) == Names{"SUB", "FULLY_CONNECTED"});
}

TEST_CASE("a transposed convolution takes the bias behind it") {
  Net net({1, 4, 4, 3});
  const ops::TransposeConvAttrs attrs{.stride_h = 2, .stride_w = 2};
  const Id y = net.add("TRANSPOSE_CONV", attrs, {net.ints({1, 8, 8, 2}, {4}), net.weights({2, 3, 3, 3}), net.x});
  CHECK(names(optimise_and_compare(net, net.add("ADD", {}, {y, net.weights({2})}), {1, 4, 4, 3})) ==
        Names{"TRANSPOSE_CONV"});
}

TEST_CASE("a broadcast in front of an operator that broadcasts is not computed") {
  Net net({2, 4, 3});
  const Id wide = net.add("BROADCAST_TO", {}, {net.add("ABS", {}, {net.x}), net.ints({5, 2, 4, 3}, {4})});
  const Id y = net.add("MUL", {}, {wide, net.weights({5, 1, 4, 3})});
  CHECK(names(optimise_and_compare(net, y, {2, 4, 3}, 0)) == Names{"ABS", "MUL"});
}

TEST_CASE("products with a constant matrix are FULLY_CONNECTED and take the bias") {
  for (const bool transposed : {true, false}) {
    Net net({-1, 5, 3});
    const Id matrix = net.weights(transposed ? Shape{4, 3} : Shape{3, 4});
    const Id y = net.add("BATCH_MATMUL", ops::BatchMatmulAttrs{false, transposed}, {net.x, matrix});
    const Id sum = net.add("ADD", {}, {y, net.weights({4})});
    const auto model = optimise_and_compare(net, net.add("RELU", {}, {sum}), {2, 5, 3});
    CHECK(names(model) == Names{"FULLY_CONNECTED"});
    CHECK(model.main().tensor(model.main().outputs[0]).shape == Shape{-1, 5, 4});
  }
}

}  // namespace
}  // namespace litesmith
