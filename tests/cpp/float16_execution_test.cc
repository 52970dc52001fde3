#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "base/half.h"
#include "interpreter/executor.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/op_def.h"
#include "quantization/quantize.h"

namespace litesmith {
namespace {

/// Normal numbers that float16 holds exactly.
std::vector<float> halves(std::size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = to_float(to_half(normal(engine)));
  return values;
}

ir::TensorId add(ir::Graph& graph, std::string name, Shape shape, std::vector<float> values = {}) {
  ir::Tensor tensor{.name = std::move(name), .shape = std::move(shape)};
  if (!values.empty()) tensor.data = Bytes::copy_of<float>(values);
  return graph.add_tensor(std::move(tensor));
}

/// x [1, 8, 8, 4] -> CONV_2D -> MUL by a scalar -> FULLY_CONNECTED -> y [1, 10], all constants of `weight` as they are.
ir::Model network() {
  ir::Model model;
  ir::Graph& graph = model.graphs.emplace_back();
  graph.name = "main";
  const auto x = add(graph, "x", {1, 8, 8, 4});
  const auto image = add(graph, "image", {1, 8, 8, 16});
  const auto scaled = add(graph, "scaled", {1, 8, 8, 16});
  const auto y = add(graph, "y", {1, 10});
  const auto filter = add(graph, "filter", {16, 3, 3, 4}, halves(576, 1));
  const auto conv_bias = add(graph, "conv bias", {16}, halves(16, 2));
  const auto factor = add(graph, "factor", {}, {0.75F});
  const auto kernel = add(graph, "kernel", {10, 1024}, halves(10240, 3));
  const auto bias = add(graph, "bias", {10}, halves(10, 4));
  graph.nodes = {ops::make_node("CONV_2D", ops::Conv2dAttrs(), {x, filter, conv_bias}, {image}),
                 ops::make_node("MUL", {}, {image, factor}, {scaled}),
                 ops::make_node("FULLY_CONNECTED", ops::FullyConnectedAttrs(), {scaled, kernel, bias}, {y})};
  graph.inputs = {x};
  graph.outputs = {y};
  return model;
}

struct Run {
  std::vector<float> y;
  std::size_t steps = 0;
  std::string kernels;
};

Run run(const ir::Model& model) {
  interpreter::Options options;
  options.isa = simd::active_isa();
  interpreter::Shared shared(options);
  const ir::Graph& graph = model.main();
  interpreter::Executor executor(graph, shared);
  executor.allocate();
  executor.write(graph.inputs[0], std::as_bytes(std::span<const float>(halves(256, 5))));
  executor.invoke();
  const auto view = executor.view(graph.outputs[0]);
  REQUIRE(view.has_value());
  Run result;
  result.kernels = executor.plan_text();
  result.y = Bytes({}, {view->data, view->bytes}).to_vector<float>();
  result.steps = static_cast<std::size_t>(std::count(result.kernels.begin(), result.kernels.end(), '\n'));
  return result;
}

TEST_CASE("a float16 model runs the kernels of its float model and nothing else, to the same bits") {
  const ir::Model floats = network();
  const ir::Model half = quantization::quantize(floats, {}, {.mode = quantization::Mode::float16});
  REQUIRE(half.main().nodes.size() == floats.main().nodes.size() + 5);
  const Run wanted = run(floats), got = run(half);
  CHECK(wanted.steps == 3);
  CHECK(got.steps == 3);
  CHECK(got.kernels.find("DEQUANTIZE") == std::string::npos);
  CHECK(got.y == wanted.y);
  ir::Model other = network();
  other.main().tensor(other.main().nodes[2].input(2)).data = Bytes::copy_of<float>(halves(10, 6));
  CHECK(run(other).y != wanted.y);
}

}  // namespace
}  // namespace litesmith
