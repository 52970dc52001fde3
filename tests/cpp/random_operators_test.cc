#include <doctest/doctest.h>

#include <cstring>

#include "interpreter/interpreter.h"
#include "ops/op_def.h"
#include "ops/random/philox.h"
#include "ops/random/random.h"

namespace litesmith::ops::random {
namespace {

TEST_CASE("the cipher of key and counter 0 is the published one") {
  Philox generator(0, 0);
  CHECK(generator.next() == Philox::Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(generator.next() != Philox(0, 0).next());
}

/// Eight numbers of each of two invocations.
std::vector<float> two_invocations(RandomAttrs attrs) {
  ir::Model model;
  ir::Graph& graph = model.graphs.emplace_back();
  ir::Tensor shape;
  shape.name = "shape";
  shape.dtype = DType::int32;
  shape.shape = {1};
  const std::int32_t count = 8;
  shape.data = Bytes::copy_of(std::span<const std::int32_t>(&count, 1));
  ir::Tensor numbers;
  numbers.name = "numbers";
  numbers.shape = {count};
  graph.outputs = {1};
  graph.nodes = {make_node("RANDOM_UNIFORM", attrs, {graph.add_tensor(shape)}, {1})};
  graph.add_tensor(numbers);
  interpreter::Interpreter interpreter(std::make_shared<const ir::Model>(model), {});
  auto& executor = interpreter.executor();
  executor.allocate();
  std::vector<float> values;
  for (int i = 0; i < 2; ++i) {
    executor.invoke();
    const auto view = executor.view(1);
    REQUIRE(view);
    values.resize(values.size() + 8);
    std::memcpy(&values[values.size() - 8], view->data, view->bytes);
  }
  return values;
}

TEST_CASE("numbers go on from invocation to invocation, equally for equal seeds and unforeseeably without") {
  const auto values = two_invocations({3, 4});
  Philox generator(3, 4);
  for (std::size_t i = 0; i < values.size(); i += 4) {
    const auto block = generator.next();
    for (std::size_t k = 0; k < 4; ++k) CHECK(values[i + k] == unit_float(block[k]));
  }
  CHECK(two_invocations({3, 4}) == values);
  CHECK(two_invocations({3, 5}) != values);
  CHECK(two_invocations({}) != two_invocations({}));
}

}  // namespace
}  // namespace litesmith::ops::random
