#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/half.h"
#include "ops/batch_matmul/batch_matmul.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/op_def.h"
#include "quantization/quantize.h"

namespace litesmith::quantization {
namespace {

/// A graph under construction; every float tensor is x unless it says otherwise.
struct Sketch {
  ir::Model model;

  Sketch() { model.graphs.emplace_back().name = "main"; }
  ir::Graph& graph() { return model.main(); }
  ir::TensorId tensor(std::string name, Shape shape, DType dtype = DType::float32) {
    return graph().add_tensor({.name = std::move(name), .dtype = dtype, .shape = std::move(shape)});
  }
  ir::TensorId constant(std::string name, Shape shape, std::vector<float> values) {
    const ir::TensorId id = tensor(std::move(name), std::move(shape));
    graph().tensor(id).data = Bytes::copy_of<float>(values);
    return id;
  }
  /// Values from -1 to 1, the last one 1.
  ir::TensorId ramp(std::string name, Shape shape) {
    std::vector<float> values(static_cast<std::size_t>(elements(shape)));
    const auto last = static_cast<float>(values.size() - 1);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 2.0F * static_cast<float>(i) / last - 1.0F;
    return constant(std::move(name), std::move(shape), std::move(values));
  }
  ir::TensorId add(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> inputs, Shape result,
                   std::string layer) {
    const ir::TensorId y = tensor(layer + "/result", std::move(result));
    graph().nodes.push_back(ops::make_node(op, std::move(attrs), std::move(inputs), {y}, {layer}));
    return y;
  }
  ir::TensorId dense(ir::TensorId x, ir::TensorId weights, std::string layer, ir::TensorId bias = ir::kAbsent) {
    const Shape shape = {1, graph().tensor(weights).shape[0]};
    return add("FULLY_CONNECTED", ops::FullyConnectedAttrs(), {x, weights, bias}, shape, std::move(layer));
  }
  ir::Model in(Mode mode, Policy policy = {}) {
    policy.mode = mode;
    return quantize(model, {}, policy);
  }
};

const ir::Tensor& operand(const ir::Model& model, std::size_t node, int i) {
  return model.main().tensor(model.main().nodes.at(node).input(i));
}

std::vector<std::string> op_names(const ir::Model& model) {
  std::vector<std::string> names;
  for (const ir::Node& node : model.main().nodes) names.emplace_back(node.op->name);
  return names;
}

std::string refusal(Sketch& sketch, Mode mode) {
  try {
    sketch.in(mode);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("dynamic range stores weights of 1024 elements as int8 and leaves smaller ones") {
  Sketch s;
  const auto x = s.graph().inputs.emplace_back(s.tensor("x", {1, 32}));
  const auto y = s.graph().inputs.emplace_back(s.tensor("y", {1, 31}));
  s.graph().outputs = {s.dense(x, s.ramp("large", {32, 32}), "a", s.ramp("bias", {32})),
                       s.dense(y, s.ramp("small", {33, 31}), "b")};
  const ir::Model model = s.in(Mode::dynamic_range);
  CHECK(operand(model, 0, 1).dtype == DType::int8);
  CHECK(operand(model, 0, 1).name == "large");
  CHECK(operand(model, 0, 1).quantization.scales.size() == 32);
  CHECK(operand(model, 0, 2).dtype == DType::float32);
  CHECK(operand(model, 1, 1).dtype == DType::float32);
  CHECK(model.main().nodes[0].attrs.as<ops::FullyConnectedAttrs>().asymmetric_quantize_inputs);
  CHECK_FALSE(model.main().nodes[1].attrs.as<ops::FullyConnectedAttrs>().asymmetric_quantize_inputs);
}

TEST_CASE("int8 weights follow the greatest magnitude of their channel, and zero channels get the least scale") {
  Sketch s;
  const auto x = s.graph().inputs.emplace_back(s.tensor("x", {1, 512}));
  std::vector<float> values(1024, 0.0F);
  values[512] = -2.0F;
  values[513] = 1.0F;
  values[514] = 0.6F * 2.0F / 127.0F;
  s.graph().outputs = {s.dense(x, s.constant("w", {2, 512}, values), "a")};
  const ir::Model model = s.in(Mode::dynamic_range);
  const ir::Tensor& w = operand(model, 0, 1);
  CHECK(w.quantization.scales == std::vector<float>{static_cast<float>(5e-7 / 127), 2.0F / 127.0F});
  CHECK(w.quantization.zero_points == std::vector<std::int64_t>{0, 0});
  CHECK(w.quantization.dimension == 0);
  const auto q = w.data->to_vector<std::int8_t>();
  CHECK(std::accumulate(q.begin(), q.begin() + 512, 0) == 0);
  CHECK(q[512] == -127);
  CHECK(q[513] == 64);  // 63.5, halves away from zero
  CHECK(q[514] == 1);
}

TEST_CASE("dynamic range divides by the scale before it is rounded to float32") {
  Sketch s;
  const auto x = s.graph().inputs.emplace_back(s.tensor("x", {1, 1024}));
  // From a model of TensorFlow 2.21; the float32 formula of int8 gives -39.
  const float greatest = 0x1.bbb1bep-4F, w = -0x1.0d02f2p-5F;
  CHECK(std::round(w * (1.0F / (greatest / 127.0F))) == -39.0F);
  std::vector<float> values(1024, greatest);
  values[1] = w;
  s.graph().outputs = {s.dense(x, s.constant("w", {1, 1024}, values), "a")};
  const ir::Model model = s.in(Mode::dynamic_range);
  CHECK(operand(model, 0, 1).data->to_vector<std::int8_t>()[1] == -38);
}

TEST_CASE("a policy without scales per channel gives one scale, for all operators or for dense ones") {
  Sketch s;
  const auto x = s.graph().inputs.emplace_back(s.tensor("x", {1, 32}));
  const auto image = s.graph().inputs.emplace_back(s.tensor("image", {1, 4, 4, 8}));
  s.graph().outputs = {
      s.dense(x, s.ramp("w", {32, 32}), "a"),
      s.add("CONV_2D", ops::Conv2dAttrs(), {image, s.ramp("filter", {16, 3, 3, 8}), ir::kAbsent}, {1, 4, 4, 16}, "b")};
  const auto scales = [&](const Policy& policy, std::size_t node) {
    return operand(s.in(Mode::dynamic_range, policy), node, 1).quantization.scales.size();
  };
  CHECK(scales({}, 0) == 32);
  CHECK(scales({}, 1) == 16);
  CHECK(scales({.per_channel_dense = false}, 0) == 1);
  CHECK(scales({.per_channel_dense = false}, 1) == 16);
  CHECK(scales({.per_channel = false}, 0) == 1);
  CHECK(scales({.per_channel = false}, 1) == 1);
}

TEST_CASE("constants of other operators stay float32 however large they are") {
  Sketch s;
  const auto x = s.graph().inputs.emplace_back(s.tensor("x", {1, 2048}));
  s.graph().outputs = {s.add("ADD", {}, {x, s.ramp("offset", {2048})}, {1, 2048}, "a")};
  const ir::Model model = s.in(Mode::dynamic_range);
  CHECK(operand(model, 0, 1).dtype == DType::float32);
}

TEST_CASE("a table is gathered as int8 and dequantized behind") {
  Sketch s;
  const auto ids = s.graph().inputs.emplace_back(s.tensor("ids", {1, 3}, DType::int32));
  s.graph().outputs = {s.add("GATHER", {}, {s.ramp("table", {64, 16}), ids}, {1, 3, 16}, "embedding")};
  const ir::Model model = s.in(Mode::dynamic_range);
  REQUIRE(op_names(model) == std::vector<std::string>{"GATHER", "DEQUANTIZE"});
  const ir::Tensor& table = operand(model, 0, 0);
  const ir::Tensor& rows = operand(model, 1, 0);
  CHECK(table.dtype == DType::int8);
  CHECK(table.quantization.scales.size() == 1);
  CHECK(rows.dtype == DType::int8);
  CHECK(rows.quantization == table.quantization);
  CHECK(model.main().nodes[1].output() == model.main().outputs[0]);
  CHECK(model.main().tensor(model.main().outputs[0]).name == "embedding/result");
  CHECK(model.main().nodes[1].origins == std::vector<std::string>{"embedding"});
}

TEST_CASE("a table with a scale per row is dequantized before the lookup") {
  Sketch s;
  const auto ids = s.graph().inputs.emplace_back(s.tensor("ids", {3}, DType::int32));
  s.graph().outputs = {s.add("EMBEDDING_LOOKUP", {}, {ids, s.ramp("table", {64, 16})}, {3, 16}, "embedding")};
  const ir::Model model = s.in(Mode::dynamic_range);
  REQUIRE(op_names(model) == std::vector<std::string>{"DEQUANTIZE", "EMBEDDING_LOOKUP"});
  CHECK(operand(model, 0, 0).quantization.scales.size() == 64);
  CHECK(operand(model, 1, 1).dtype == DType::float32);
}

TEST_CASE("the second factor of a matrix product gets one scale") {
  Sketch s;
  const auto x = s.graph().inputs.emplace_back(s.tensor("x", {2, 3, 16}));
  s.graph().outputs = {s.add("BATCH_MATMUL", ops::BatchMatmulAttrs(), {x, s.ramp("w", {2, 16, 32})}, {2, 3, 32}, "a")};
  const ir::Model model = s.in(Mode::dynamic_range);
  CHECK(operand(model, 0, 1).quantization.scales.size() == 1);
  CHECK(model.main().nodes[0].attrs.as<ops::BatchMatmulAttrs>().asymmetric_quantize_inputs);
}

TEST_CASE("a constant that is weights here and an addend there is stored in both forms") {
  Sketch s;
  const auto x = s.graph().inputs.emplace_back(s.tensor("x", {1, 32}));
  const auto m = s.graph().inputs.emplace_back(s.tensor("m", {32, 32}));
  const auto w = s.ramp("w", {32, 32});
  s.graph().outputs = {s.dense(x, w, "a"), s.add("ADD", {}, {m, w}, {32, 32}, "b"), s.dense(x, w, "c")};
  const ir::Model model = s.in(Mode::dynamic_range);
  CHECK(operand(model, 0, 1).dtype == DType::int8);
  CHECK(operand(model, 0, 1).name == "w1");
  CHECK(operand(model, 1, 1).dtype == DType::float32);
  CHECK(operand(model, 1, 1).name == "w");
  CHECK(model.main().nodes[2].input(1) == model.main().nodes[0].input(1));
}

TEST_CASE("weights that a table and a dense layer share are stored in two forms and no longer as float32") {
  Sketch s;
  const auto x = s.graph().inputs.emplace_back(s.tensor("x", {1, 32}));
  const auto ids = s.graph().inputs.emplace_back(s.tensor("ids", {1, 3}, DType::int32));
  const auto w = s.ramp("w", {32, 32});
  s.graph().outputs = {s.add("GATHER", {}, {w, ids}, {1, 3, 32}, "embedding"), s.dense(x, w, "logits")};
  const ir::Model model = s.in(Mode::dynamic_range);
  CHECK(operand(model, 0, 0).quantization.scales.size() == 1);
  CHECK(operand(model, 2, 1).quantization.scales.size() == 32);
  for (const ir::Tensor& tensor : model.main().tensors) CHECK((!tensor.is_constant() || tensor.dtype == DType::int8));
}

TEST_CASE("layers keep their own mode") {
  Sketch s;
  const auto x = s.graph().inputs.emplace_back(s.tensor("x", {1, 32}));
  const auto w = s.ramp("w", {32, 32});
  s.graph().outputs = {s.dense(s.dense(s.dense(x, w, "a"), w, "b"), w, "c")};
  const ir::Model model =
      s.in(Mode::dynamic_range, {.layers = {{"b", Mode::float32}, {"c", Mode::float16}, {"other", Mode::float32}}});
  REQUIRE(op_names(model) ==
          std::vector<std::string>{"DEQUANTIZE", "FULLY_CONNECTED", "FULLY_CONNECTED", "FULLY_CONNECTED"});
  CHECK(operand(model, 1, 1).dtype == DType::int8);
  CHECK(operand(model, 2, 1).dtype == DType::float32);
  CHECK(operand(model, 2, 1).is_constant());
  CHECK_FALSE(operand(model, 3, 1).is_constant());
  CHECK(operand(model, 0, 0).dtype == DType::float16);
}

TEST_CASE("one weight below the threshold keeps an operator with several in float32") {
  static constexpr int kWeights[] = {1, 2, 3};
  static const ops::OpDef kRecurrent = {
      .identity = {"RECURRENT"},
      .builtin_code = ops::op("ADD").builtin_code,
      .quantization = {.dynamic_range = {.form = ops::DynamicRangeRule::Form::hybrid, .weights = kWeights}}};
  const auto types = [](std::int32_t rows, bool with_third) {
    Sketch s;
    const auto x = s.graph().inputs.emplace_back(s.tensor("x", {1, 32}));
    const auto y = s.tensor("y", {1, 32});
    const auto third = with_third ? s.ramp("third", {32, 32}) : ir::kAbsent;
    s.graph().nodes.push_back({.op = &kRecurrent.identity,
                               .inputs = {x, s.ramp("first", {32, 32}), s.ramp("second", {rows, 32}), third},
                               .outputs = {y}});
    s.graph().outputs = {y};
    const ir::Model model = s.in(Mode::dynamic_range);
    return std::pair{operand(model, 0, 1).dtype, operand(model, 0, 2).dtype};
  };
  CHECK(types(32, true) == std::pair{DType::int8, DType::int8});
  CHECK(types(32, false) == std::pair{DType::int8, DType::int8});
  CHECK(types(31, true) == std::pair{DType::float32, DType::float32});
}

TEST_CASE("weights that are not finite are refused with layer and tensor") {
  Sketch s;
  const auto x = s.graph().inputs.emplace_back(s.tensor("x", {1, 32}));
  std::vector<float> values(1024, 1.0F);
  values[1000] = std::nanf("");
  s.graph().outputs = {s.dense(x, s.constant("kernel", {32, 32}, values), "block/dense")};
  const std::string message = refusal(s, Mode::dynamic_range);
  CHECK(message.find("'kernel'") != std::string::npos);
  CHECK(message.find("block/dense") != std::string::npos);
}

TEST_CASE("float16 stores every float32 constant and dequantizes it at the start") {
  Sketch s;
  const auto x = s.graph().inputs.emplace_back(s.tensor("x", {1, 4}));
  const auto w = s.ramp("w", {4, 4});
  const auto y = s.dense(x, w, "a", s.constant("b", {4}, {1e6F, -INFINITY, 1e-7F, 1.0F / 3.0F}));
  s.graph().outputs = {s.add("MUL", {}, {y, s.constant("two", {}, {2})}, {1, 4}, "scale"), s.dense(y, w, "again")};
  const ir::Model model = s.in(Mode::float16);
  REQUIRE(op_names(model) == std::vector<std::string>{"DEQUANTIZE", "DEQUANTIZE", "DEQUANTIZE", "FULLY_CONNECTED",
                                                      "MUL", "FULLY_CONNECTED"});
  for (std::size_t n = 0; n < 3; ++n) CHECK(operand(model, n, 0).dtype == DType::float16);
  CHECK(operand(model, 0, 0).name == "two");
  CHECK(operand(model, 1, 0).name == "b");
  CHECK(operand(model, 2, 0).name == "w");
  CHECK(operand(model, 3, 1).name == "w1");
  CHECK(model.main().nodes[3].input(1) == model.main().nodes[2].output());
  CHECK(model.main().nodes[5].input(1) == model.main().nodes[2].output());
  CHECK(model.main().nodes[0].origins == std::vector<std::string>{"scale"});
  const auto halves = operand(model, 1, 0).data->to_vector<Half>();
  CHECK(to_float(halves[0]) == 65504.0F);
  CHECK(to_float(halves[1]) == -65504.0F);
  CHECK(to_float(halves[2]) == 0x1p-23F);  // 1e-7 is 1.68 of the least half, 2^-24
  CHECK(to_float(halves[3]) == to_float(to_half(1.0F / 3.0F)));
  REQUIRE(model.metadata.size() == 1);
  CHECK(model.metadata[0].first == "reduced_precision_support");
  CHECK(model.metadata[0].second == Bytes::copy_of<char>(std::string_view("fp16accfp32")));
}

TEST_CASE("quantization leaves the float model and its own result can be asked for again") {
  Sketch s;
  const auto x = s.graph().inputs.emplace_back(s.tensor("x", {1, 32}));
  s.graph().outputs = {s.dense(x, s.ramp("w", {32, 32}), "a")};
  const ir::Model half = s.in(Mode::float16);
  const ir::Model dynamic = s.in(Mode::dynamic_range);
  CHECK(s.model.main().nodes.size() == 1);
  CHECK(operand(s.model, 0, 1).dtype == DType::float32);
  CHECK(half.main().nodes.size() == 2);
  CHECK(operand(dynamic, 0, 1).dtype == DType::int8);
  CHECK(dynamic.metadata.empty());
}

}  // namespace
}  // namespace litesmith::quantization
