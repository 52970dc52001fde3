#include "quantization/schemes/static_scheme.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.h"
#include "ops/op_def.h"

namespace litesmith::quantization {
namespace {

/// A graph of [1, 4] tensors; every tensor gets the range that it is made with.
class Net {
 public:
  Net() { model.graphs.emplace_back().name = "main"; }

  ir::TensorId input(const std::string& name, Range range) {
    const ir::TensorId id = tensor(name, range);
    graph().inputs.push_back(id);
    return id;
  }
  ir::TensorId node(std::string_view op, std::vector<ir::TensorId> inputs, const std::string& name, Range range) {
    const ir::TensorId id = tensor(name, range);
    graph().nodes.push_back(ops::make_node(op, {}, std::move(inputs), {id}, {"layer_" + name}));
    return id;
  }
  ir::TensorId dense(ir::TensorId x, const std::string& name, Range range) {
    return node("FULLY_CONNECTED", {x, floats(name + "/kernel", {4, 4}), floats(name + "/bias", {4})}, name, range);
  }
  void returns(std::vector<ir::TensorId> outputs) { graph().outputs = std::move(outputs); }

  ir::Graph& graph() { return model.graphs.front(); }

  ir::Model model;
  Ranges ranges;

 private:
  ir::TensorId tensor(const std::string& name, Range range) {
    ir::Tensor made;
    made.name = name;
    made.shape = Shape{1, 4};
    const ir::TensorId id = graph().add_tensor(std::move(made));
    ranges[{0, id}] = range;
    return id;
  }
  ir::TensorId floats(const std::string& name, const Shape& shape) {
    std::vector<float> values(static_cast<std::size_t>(elements(shape)));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 5) - 1.5F;
    ir::Tensor made;
    made.name = name;
    made.shape = shape;
    made.data = Bytes::copy_of(std::span<const float>(values));
    return graph().add_tensor(std::move(made));
  }
};

std::vector<std::string> operators(const ir::Model& model) {
  std::vector<std::string> names;
  for (const ir::Node& node : model.main().nodes) names.emplace_back(node.op->name);
  return names;
}

const ir::Tensor& named(const ir::Model& model, std::string_view name) {
  const auto found = std::ranges::find(model.main().tensors, name, &ir::Tensor::name);
  REQUIRE(found != model.main().tensors.end());
  return *found;
}

const Policy kInt8{.mode = Mode::int8};
using Names = std::vector<std::string>;

TEST_CASE("an operator without an integer form runs in float32 between DEQUANTIZE and QUANTIZE") {
  Net net;
  const auto a = net.dense(net.input("x", {-1, 1}), "a", {-2, 2});
  const auto b = net.node("SIN", {a}, "b", {-1, 1});
  net.returns({net.dense(b, "c", {-3, 3})});
  const ir::Model model = quantize_static(net.model, net.ranges, kInt8);
  CHECK(operators(model) ==
        Names{"QUANTIZE", "FULLY_CONNECTED", "DEQUANTIZE", "SIN", "QUANTIZE", "FULLY_CONNECTED", "DEQUANTIZE"});
  CHECK(named(model, "x").dtype == DType::float32);
  CHECK(model.main().tensor(model.main().outputs[0]).name == "c");
  CHECK(model.main().tensor(model.main().outputs[0]).dtype == DType::float32);
}

TEST_CASE("concatenation gives its operands' producers the scale of its result") {
  Net net;
  const auto x = net.input("x", {-1, 1});
  const auto a = net.dense(x, "a", {-2, 2});
  const auto b = net.dense(x, "b", {-5, 5});
  const auto c = net.node("CONCATENATION", {a, b}, "c", {-5, 5});
  net.graph().tensor(c).shape = Shape{2, 4};
  net.returns({c});
  const ir::Model model = quantize_static(net.model, net.ranges, kInt8);
  CHECK(operators(model) == Names{"QUANTIZE", "FULLY_CONNECTED", "FULLY_CONNECTED", "CONCATENATION", "DEQUANTIZE"});
  CHECK(named(model, "a").quantization.scales == named(model, "b").quantization.scales);
  const ir::Model wide = quantize_static(net.model, net.ranges, {.mode = Mode::int16x8});
  CHECK(operators(wide) ==
        Names{"QUANTIZE", "FULLY_CONNECTED", "FULLY_CONNECTED", "QUANTIZE", "CONCATENATION", "DEQUANTIZE"});
  CHECK(named(wide, "a").quantization.scales != named(wide, "b").quantization.scales);
}

TEST_CASE("int8 inputs and outputs need no conversion, uint8 ones one each") {
  Net net;
  net.returns({net.dense(net.input("x", {-1, 1}), "a", {-2, 2})});
  Policy policy = kInt8;
  policy.input_type = policy.output_type = DType::int8;
  CHECK(operators(quantize_static(net.model, net.ranges, policy)) == Names{"FULLY_CONNECTED"});
  policy.input_type = policy.output_type = DType::uint8;
  const ir::Model model = quantize_static(net.model, net.ranges, policy);
  CHECK(operators(model) == Names{"QUANTIZE", "FULLY_CONNECTED", "QUANTIZE"});
  CHECK(named(model, "x").quantization.zero_points[0] == named(model, "x_int8").quantization.zero_points[0] + 128);
}

TEST_CASE("layers of different modes meet over QUANTIZE and DEQUANTIZE") {
  Net net;
  const auto a = net.dense(net.input("x", {-1, 1}), "a", {-2, 2});
  const auto b = net.dense(a, "b", {-3, 3});
  net.returns({net.dense(b, "c", {-4, 4})});
  Policy policy = kInt8;
  policy.layers["layer_b"] = Mode::int16x8;
  const ir::Model mixed = quantize_static(net.model, net.ranges, policy);
  CHECK(operators(mixed) == Names{"QUANTIZE", "FULLY_CONNECTED", "QUANTIZE", "FULLY_CONNECTED", "QUANTIZE",
                                  "FULLY_CONNECTED", "DEQUANTIZE"});
  CHECK(named(mixed, "b").dtype == DType::int16);
  policy.layers["layer_b"] = Mode::float32;
  const ir::Model fallback = quantize_static(net.model, net.ranges, policy);
  CHECK(operators(fallback) == Names{"QUANTIZE", "FULLY_CONNECTED", "DEQUANTIZE", "FULLY_CONNECTED", "QUANTIZE",
                                     "FULLY_CONNECTED", "DEQUANTIZE"});
  CHECK(named(fallback, "b/kernel").dtype == DType::float32);
}

TEST_CASE("a same-scale operator reaches through a layer that is kept in float32") {
  Net net;
  const auto x = net.input("x", {-1, 1});
  const auto a = net.dense(x, "a", {-2, 2});
  const auto b = net.dense(x, "b", {-5, 5});
  const auto c = net.node("CONCATENATION", {a, b}, "c", {-5, 5});
  net.graph().tensor(c).shape = Shape{2, 4};
  net.returns({c});
  Policy policy = kInt8;
  policy.layers["layer_a"] = Mode::float32;
  const ir::Model model = quantize_static(net.model, net.ranges, policy);
  CHECK(operators(model) ==
        Names{"QUANTIZE", "FULLY_CONNECTED", "QUANTIZE", "FULLY_CONNECTED", "CONCATENATION", "DEQUANTIZE"});
}

TEST_CASE("int16x8 without float32 operators names the layers that need them") {
  Net net;
  net.returns({net.node("SIN", {net.dense(net.input("x", {-1, 1}), "a", {-2, 2})}, "b", {-1, 1})});
  Policy policy{.mode = Mode::int16x8};
  CHECK(operators(quantize_static(net.model, net.ranges, policy)).size() == 4);
  policy.allow_float = false;
  CHECK_THROWS_WITH_AS(quantize_static(net.model, net.ranges, policy), doctest::Contains("SIN 'layer_b'"), Error);
}

TEST_CASE("a dense layer whose bias is computed stays in float32") {
  Net net;
  const auto x = net.input("x", {-1, 1});
  const auto bias = net.input("bias", {-1, 1});
  net.graph().tensor(bias).shape = Shape{4};
  const auto a = net.dense(x, "a", {-2, 2});
  net.graph().nodes.back().inputs[2] = bias;
  net.returns({net.dense(a, "b", {-3, 3})});
  for (const Mode mode : {Mode::int8, Mode::int16x8})
    CHECK(operators(quantize_static(net.model, net.ranges, {.mode = mode})) ==
          Names{"FULLY_CONNECTED", "QUANTIZE", "FULLY_CONNECTED", "DEQUANTIZE"});
}

TEST_CASE("an unusable range names layer and tensor") {
  Net net;
  const auto a = net.dense(net.input("x", {-1, 1}), "a", {3, 2});
  net.returns({net.dense(a, "b", {-3, 3})});
  CHECK_THROWS_WITH_AS(quantize_static(net.model, net.ranges, kInt8), doctest::Contains("the range of 'a' is 3 to 2"),
                       Error);
  CHECK_THROWS_WITH_AS(quantize_static(net.model, net.ranges, kInt8), doctest::Contains("FULLY_CONNECTED 'layer_a'"),
                       Error);
}

TEST_CASE("a missing range names layer and tensor") {
  Net net;
  const auto a = net.dense(net.input("x", {-1, 1}), "a", {-2, 2});
  net.returns({net.dense(a, "b", {-3, 3})});
  net.ranges.erase({0, a});
  for (const Mode mode : {Mode::int8, Mode::int16x8})
    CHECK_THROWS_WITH_AS(quantize_static(net.model, net.ranges, {.mode = mode}),
                         doctest::Contains("no range is known of the tensor 'a' of FULLY_CONNECTED 'layer_a'"), Error);
}

}  // namespace
}  // namespace litesmith::quantization
