#include "testing/pass_net.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "interpreter/interpreter.h"
#include "lowering/lowering.h"
#include "ops/batch_normalization/batch_normalization.h"
#include "ops/infer.h"
#include "ops/op_def.h"
#include "passes/pass.h"

namespace litesmith::testing {

Net::Net(Shape input) {
  model.graphs.emplace_back().name = "main";
  x = tensor("x", std::move(input));
  graph().inputs = {x};
}

ir::TensorId Net::tensor(const std::string& name, Shape shape) {
  ir::Tensor made;
  made.name = name;
  made.shape = std::move(shape);
  return graph().add_tensor(std::move(made));
}

ir::TensorId Net::floats(const std::vector<float>& values, Shape shape) {
  const ir::TensorId id = tensor(concat("weights", graph().tensors.size()), std::move(shape));
  graph().tensor(id).data = Bytes::copy_of(std::span<const float>(values));
  return id;
}

ir::TensorId Net::weights(const Shape& shape, float low, float high) {
  std::vector<float> values(static_cast<std::size_t>(elements(shape)));
  std::uniform_real_distribution<float> uniform(low, high);
  for (float& value : values) value = uniform(random_);
  return floats(values, shape);
}

ir::TensorId Net::ints(const std::vector<std::int32_t>& values, const Shape& shape) {
  const ir::TensorId id = tensor(concat("ints", graph().tensors.size()), shape);
  graph().tensor(id).dtype = DType::int32;
  graph().tensor(id).data = Bytes::copy_of(std::span<const std::int32_t>(values));
  return id;
}

ir::TensorId Net::add(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> inputs) {
  return add_many(op, std::move(attrs), std::move(inputs), 1)[0];
}

std::vector<ir::TensorId> Net::add_many(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> inputs,
                                        int count) {
  std::vector<ir::TensorId> results;
  for (int i = 0; i < count; ++i) results.push_back(tensor(concat("t", graph().tensors.size()), Shape::unknown_rank()));
  graph().nodes.push_back(ops::make_node(op, std::move(attrs), std::move(inputs), results, {std::string(op)}));
  const auto infos = ops::infer_node(graph(), graph().nodes.back());
  for (std::size_t i = 0; i < infos.size(); ++i) {
    graph().tensor(results[i]).dtype = infos[i].dtype;
    graph().tensor(results[i]).shape = infos[i].shape;
  }
  return results;
}

ir::TensorId Net::batch_normalization(ir::TensorId input, std::int32_t channels, std::int32_t axis) {
  return add("BATCH_NORMALIZATION", ops::BatchNormalizationAttrs{1e-3f, axis},
             {input, weights({channels}), weights({channels}), weights({channels}), weights({channels}, 0.5, 2)});
}

std::vector<float> run(const ir::Model& model, const Shape& input, float amplitude) {
  auto shared = std::make_shared<const ir::Model>(model);
  interpreter::Interpreter interpreter(shared, {});
  auto& executor = interpreter.executor();
  executor.resize(shared->main().inputs[0], input);
  executor.allocate();
  std::vector<float> x(static_cast<std::size_t>(elements(input)));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = amplitude * std::sin(static_cast<float>(i));
  executor.write(shared->main().inputs[0], std::as_bytes(std::span<const float>(x)));
  executor.invoke();
  const auto view = executor.view(shared->main().outputs[0]);
  REQUIRE(view);
  std::vector<float> y(view->bytes / sizeof(float));
  std::memcpy(y.data(), view->data, view->bytes);
  return y;
}

ir::Model optimise_and_compare(Net& net, ir::TensorId output, const Shape& input, double tolerance) {
  net.graph().outputs = {output};
  passes::infer_shapes(net.model, "in the test");
  ir::Model plain = net.model;
  lowering::lower(plain);
  ir::Model optimised = net.model;
  passes::run(passes::float_pipeline(), optimised);
  lowering::lower(optimised);
  const auto expected = run(plain, input, net.amplitude);
  const auto got = run(optimised, input, net.amplitude);
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

Names names(const ir::Model& model) {
  Names list;
  for (const ir::Node& node : model.main().nodes) list.emplace_back(node.op->name);
  return list;
}

}  // namespace litesmith::testing
