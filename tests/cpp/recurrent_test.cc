#include "ops/recurrent/recurrent.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "interpreter/interpreter.h"
#include "ops/op_def.h"
#include "quantization/observer.h"
#include "quantization/schemes/static_scheme.h"

namespace litesmith {
namespace {

constexpr std::int32_t kSteps = 6, kIn = 5, kCells = 8;

/// A float LSTM over [1, 6, 5] with weights drawn from a seed.
class LstmNet {
 public:
  explicit LstmNet(bool has_projection = false) {
    ir::Graph& graph = model.graphs.emplace_back();
    graph.name = "main";
    input = graph.add_tensor({.name = "x", .shape = {1, kSteps, kIn}});
    std::vector<ir::TensorId> operands(20, ir::kAbsent);
    operands[0] = input;
    for (std::size_t gate = 0; gate < 4; ++gate) {
      operands[1 + gate] = constant({kCells, kIn});
      operands[5 + gate] = constant({kCells, kCells});
      operands[12 + gate] = constant({kCells});
    }
    if (has_projection) operands[16] = constant({kCells, kCells});
    operands[18] = graph.add_tensor({.name = "h", .shape = {1, kCells}, .is_variable = true});
    operands[19] = graph.add_tensor({.name = "c", .shape = {1, kCells}, .is_variable = true});
    output = graph.add_tensor({.name = "y", .shape = {1, kSteps, kCells}});
    graph.nodes.push_back(ops::make_node("UNIDIRECTIONAL_SEQUENCE_LSTM",
                                         ops::LstmAttrs{.activation = ops::Activation::tanh}, operands, {output},
                                         {"lstm"}));
    graph.inputs = {input};
    graph.outputs = {output};
  }

  ir::Model model;
  ir::TensorId input = ir::kAbsent, output = ir::kAbsent;

 private:
  ir::TensorId constant(const Shape& shape) {
    std::uniform_real_distribution<float> draw(-0.7F, 0.7F);
    std::vector<float> values(static_cast<std::size_t>(elements(shape)));
    for (float& value : values) value = draw(random_);
    ir::Tensor tensor{.name = "w" + std::to_string(model.main().tensors.size()), .shape = shape};
    tensor.data = Bytes::copy_of(std::span<const float>(values));
    return model.main().add_tensor(std::move(tensor));
  }

  std::mt19937 random_{11};
};

std::vector<float> inputs(std::int32_t batch, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> draw(-1, 1);
  std::vector<float> values(static_cast<std::size_t>(batch * kSteps * kIn));
  for (float& value : values) value = draw(random);
  return values;
}

std::vector<float> run(interpreter::Executor& executor, std::span<const float> x) {
  executor.write(executor.graph().inputs[0], std::as_bytes(x));
  executor.invoke();
  const auto view = executor.view(executor.graph().outputs[0]);
  const auto* values = reinterpret_cast<const float*>(view->data);
  return {values, values + view->bytes / sizeof(float)};
}

TEST_CASE("states live from one invoke to the next, are reset, and follow the input's batch") {
  const LstmNet net;
  interpreter::Interpreter interpreter(std::make_shared<ir::Model>(net.model), {});
  interpreter::Executor& executor = interpreter.executor(0);
  executor.allocate();
  const std::vector<float> x = inputs(3, 1);
  const std::size_t row = x.size() / 3, row_out = kSteps * kCells;
  std::vector<std::vector<float>> rows;
  for (std::size_t i = 0; i < 3; ++i) {
    executor.reset_variables();
    rows.push_back(run(executor, std::span(x).subspan(i * row, row)));
  }
  CHECK(rows[0] != rows[1]);
  CHECK(run(executor, std::span(x).subspan(2 * row, row)) != rows[2]);
  for (const std::int32_t batch : {3, 1, 2}) {
    executor.resize(net.input, {batch, kSteps, kIn});
    executor.allocate();
    const std::vector<float> y = run(executor, std::span(x).first(static_cast<std::size_t>(batch) * row));
    for (std::size_t i = 0; i < static_cast<std::size_t>(batch); ++i) {
      const auto mine = std::span(y).subspan(i * row_out, row_out);
      CHECK(std::ranges::equal(mine, rows[i]));
    }
  }
}

quantization::Ranges calibrated(const LstmNet& net) {
  quantization::Observer observer(std::make_shared<ir::Model>(net.model), {});
  for (unsigned sample = 0; sample < 8; ++sample) {
    const std::vector<float> x = inputs(1, 100 + sample);
    const quantization::Feed feed{net.input, {1, kSteps, kIn}, std::as_bytes(std::span(x))};
    observer.observe(0, std::span(&feed, 1), sample);
  }
  quantization::Ranges ranges;
  for (const auto& [key, statistics] : observer.observations().tensors())
    ranges[key] = {statistics.lowest[0].value, statistics.highest[0].value};
  return ranges;
}

TEST_CASE("a quantized LSTM has int8 weights and states of int8 and int16, and stays near the float one") {
  const LstmNet net;
  const ir::Model quantized =
      quantization::quantize_static(net.model, calibrated(net), {.mode = quantization::Mode::int8});
  const ir::Graph& graph = quantized.main();
  REQUIRE(graph.nodes.size() == 3);
  const ir::Node& node = graph.nodes[1];
  CHECK(graph.tensor(node.input(2)).dtype == DType::int8);
  CHECK(graph.tensor(node.input(13)).dtype == DType::int32);
  CHECK(graph.tensor(node.input(18)).quantization == graph.tensor(node.output()).quantization);
  CHECK(graph.tensor(node.input(19)).dtype == DType::int16);
  int exponent = 0;
  CHECK(std::frexp(graph.tensor(node.input(19)).quantization.scales.front(), &exponent) == 0.5F);
  REQUIRE(node.intermediates.size() == 5);
  CHECK(graph.tensor(node.intermediates[4]).dtype == DType::int8);
  interpreter::Interpreter before(std::make_shared<ir::Model>(net.model), {});
  interpreter::Interpreter after(std::make_shared<ir::Model>(quantized), {});
  before.executor(0).allocate();
  after.executor(0).allocate();
  const std::vector<float> x = inputs(1, 500);
  const std::vector<float> wanted = run(before.executor(0), x), got = run(after.executor(0), x);
  float largest = 0, difference = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    largest = std::max(largest, std::abs(wanted[i]));
    difference = std::max(difference, std::abs(wanted[i] - got[i]));
  }
  CHECK(largest > 0.2F);
  CHECK(difference < 0.05F * largest);  // a few steps of int8
}

TEST_CASE("an LSTM whose inner scales calibration does not see stays in float32") {
  const LstmNet net(true);
  const ir::Model quantized =
      quantization::quantize_static(net.model, calibrated(net), {.mode = quantization::Mode::int8});
  REQUIRE(quantized.main().nodes.size() == 1);
  CHECK(quantized.main().tensor(quantized.main().nodes[0].input(2)).dtype == DType::float32);
}

}  // namespace
}  // namespace litesmith
