#include "passes/learnt_steps.h"

#include <doctest/doctest.h>

#include "ops/op_def.h"
#include "testing/pass_net.h"

namespace litesmith {
namespace {

using testing::Names;
using testing::names;
using testing::Net;
using testing::optimise_and_compare;

/// uint8 integers as a constant, and the float32 tensor that DEQUANTIZE makes of them.
ir::TensorId dequantized(Net& net, const Shape& shape, const ir::Quantization& quantization) {
  std::vector<std::uint8_t> values(static_cast<std::size_t>(elements(shape)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(37 * i % 251);
  const ir::TensorId integers = net.tensor("integers", shape);
  net.graph().tensor(integers).dtype = DType::uint8;
  net.graph().tensor(integers).quantization = quantization;
  net.graph().tensor(integers).data = Bytes::copy_of(std::span<const std::uint8_t>(values));
  return net.add("DEQUANTIZE", {}, {integers});
}

const ir::Quantization& filter_steps(const ir::Model& model) {
  const ir::Graph& graph = model.main();
  return graph.tensor(graph.nodes.at(0).input(1)).quantization;
}

TEST_CASE("a filter that training has put on a grid keeps it when the filter is folded and transposed") {
  Net net({-1, 6});
  const auto filter = net.add("TRANSPOSE", {}, {dequantized(net, {6, 4}, {{0.25F}, {128}}), net.ints({1, 0}, {2})});
  const auto model = optimise_and_compare(net, net.add("FULLY_CONNECTED", {}, {net.x, filter, ir::kAbsent}), {3, 6});
  CHECK(names(model) == Names{"FULLY_CONNECTED"});
  CHECK(filter_steps(model).scales == std::vector<float>{0.25F});
  CHECK(filter_steps(model).zero_points == std::vector<std::int64_t>{0});
}

TEST_CASE("steps of channels move with their axis") {
  Net net({-1, 6});
  const ir::Quantization channels{{1, 2, 3, 4}, {128, 128, 128, 128}, 2};
  const auto flat = net.add("RESHAPE", {}, {dequantized(net, {2, 3, 4}, channels), net.ints({6, 4}, {2})});
  const auto filter = net.add("TRANSPOSE", {}, {flat, net.ints({1, 0}, {2})});
  const auto model = optimise_and_compare(net, net.add("FULLY_CONNECTED", {}, {net.x, filter, ir::kAbsent}), {3, 6});
  CHECK(filter_steps(model).scales == std::vector<float>{1, 2, 3, 4});
  CHECK(filter_steps(model).dimension == 0);
}

TEST_CASE("steps that a result does not have are not kept") {
  Net net({-1, 6});
  const auto sum = net.add("ADD", {}, {dequantized(net, {4, 6}, {{0.25F}, {128}}), net.weights({4, 6})});
  const auto model = optimise_and_compare(net, net.add("FULLY_CONNECTED", {}, {net.x, sum, ir::kAbsent}), {3, 6});
  CHECK(filter_steps(model).scales.empty());
}

}  // namespace
}  // namespace litesmith
