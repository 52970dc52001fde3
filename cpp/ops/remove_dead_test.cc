#include "ops/remove_dead.h"

#include <doctest/doctest.h>

#include "ops/control_flow/control_flow.h"
#include "ops/op_def.h"
#include "ops/variable/variable.h"

namespace litesmith::ops {
namespace {

ir::TensorId add(ir::Graph& graph, DType dtype, Shape shape = {}) {
  ir::Tensor tensor;
  tensor.name = concat("t", graph.tensors.size());
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  return graph.add_tensor(tensor);
}

/// Graph 0: IF of graphs 2 and 3, its result unread; graph 1 is reached by nothing. `assigns`: graph 3 writes a
/// variable.
ir::Model model_with_branch(bool assigns) {
  ir::Model model;
  model.graphs.resize(4);
  for (std::size_t g = 1; g < 4; ++g) {
    ir::Graph& graph = model.graphs[g];
    graph.inputs = {add(graph, DType::float32)};
    graph.outputs = graph.inputs;
  }
  if (assigns) {
    ir::Graph& graph = model.graphs[3];
    const auto handle = add(graph, DType::resource);
    graph.nodes = {ops::make_node("VAR_HANDLE", ops::VarHandleAttrs{"", "v"}, {}, {handle}),
                   ops::make_node("ASSIGN_VARIABLE", {}, {handle, graph.inputs[0]}, {})};
  }
  ir::Graph& main = model.graphs[0];
  main.inputs = {add(main, DType::boolean), add(main, DType::float32)};
  const auto unread = add(main, DType::float32);
  const auto y = add(main, DType::float32);
  main.nodes = {ops::make_node("IF", ops::IfAttrs{2, 3}, main.inputs, {unread}),
                ops::make_node("RELU", {}, {main.inputs[1]}, {y})};
  main.outputs = {y};
  return model;
}

TEST_CASE("a node stays for the effect of a graph that it runs, and goes without one") {
  for (const bool assigns : {false, true}) {
    ir::Model model = model_with_branch(assigns);
    CHECK(remove_dead(model) == (assigns ? 0 : 1));
    CHECK(model.main().nodes.front().op->name == (assigns ? "IF" : "RELU"));
    CHECK(model.graphs[3].nodes.size() == (assigns ? 2 : 0));
  }
}

TEST_CASE("graphs that nothing reaches are dropped and the others keep their callers") {
  ir::Model model = model_with_branch(true);
  model.signatures.push_back({.key = "other", .graph = 2});
  CHECK(remove_unreached_graphs(model) == 1);
  CHECK(model.graphs.size() == 3);
  CHECK(model.main().nodes.front().attrs.as<ops::IfAttrs>() == ops::IfAttrs{1, 2});
  CHECK(model.signatures.front().graph == 1);
  CHECK(model.graphs[2].nodes.size() == 2);
  CHECK(remove_unreached_graphs(model) == 0);
}

}  // namespace
}  // namespace litesmith::ops
