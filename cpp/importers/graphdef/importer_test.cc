#include "importers/graphdef/importer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>

#include "base/error.h"
#include "ops/control_flow/control_flow.h"
#include "ops/reshape/reshape.h"

namespace litesmith::importers::graphdef {
namespace {

using formats::AttrMap;
using formats::NodeRecord;
using formats::TypeCode;

constexpr TypeCode kFloat{1}, kInt{3}, kBool{10};

NodeRecord node(std::string name, std::string op, std::vector<std::string> inputs, AttrMap attrs = {}) {
  NodeRecord record;
  record.name = std::move(name);
  record.op = std::move(op);
  record.inputs = std::move(inputs);
  record.attrs = std::move(attrs);
  return record;
}

NodeRecord placeholder(std::string name, Shape shape, TypeCode type = kFloat) {
  return node(std::move(name), "Placeholder", {}, {{"dtype", type}, {"shape", std::move(shape)}});
}

/// A Const of one int32 number or bool: dtype, an empty shape, the number.
NodeRecord constant(std::string name, TypeCode type, unsigned char value) {
  const auto field = static_cast<unsigned char>(type == kBool ? 0x58 : 0x38);  // bool_val or int_val
  const unsigned char bytes[] = {0x08, static_cast<unsigned char>(type.code), 0x12, 0x00, field, value};
  const formats::EncodedTensor tensor{Bytes::copy(std::as_bytes(std::span(bytes)))};
  return node(std::move(name), "Const", {}, {{"dtype", type}, {"value", tensor}});
}

/// A function with one float argument "x" and one result "y".
formats::FunctionRecord function(std::string name, std::vector<NodeRecord> nodes, std::string result) {
  formats::FunctionRecord record;
  record.name = std::move(name);
  record.inputs = {{"x", kFloat, "", "", ""}};
  record.outputs = {{"y", kFloat, "", "", ""}};
  record.nodes = std::move(nodes);
  record.returns = {{"y", std::move(result)}};
  return record;
}

NodeRecord call(std::string name, std::string callee, std::string operand) {
  return node(std::move(name), "PartitionedCall", {std::move(operand)},
              {{"f", formats::FunctionReference{std::move(callee), {}}}});
}

Source graph_of(std::vector<NodeRecord> nodes, std::vector<formats::FunctionRecord> functions = {}) {
  Source source;
  source.graph.producer = 1000;
  source.graph.nodes = std::move(nodes);
  for (formats::FunctionRecord& one : functions) source.graph.functions.emplace(one.name, one);
  return source;
}

ir::Model import(const Source& source, std::initializer_list<std::string> inputs, const std::string& output) {
  Interface interface;
  for (const std::string& input : inputs) interface.inputs.push_back({"", input, "", {}, {}});
  interface.outputs.push_back({"", output, "", {}, {}});
  return import_graph(source, std::span(&interface, 1), {}).model;
}

std::string error_of(const Source& source, std::initializer_list<std::string> inputs, const std::string& output) {
  try {
    import(source, inputs, output);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::vector<std::string_view> names(const ir::Graph& graph) {
  std::vector<std::string_view> list;
  for (const ir::Node& one : graph.nodes) list.push_back(one.op->name);
  return list;
}

using Names = std::vector<std::string_view>;

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_CASE("calls of functions become the functions' nodes") {
  const auto source = graph_of({placeholder("in", {1, 4}), call("outer_call", "outer", "in")},
                               {function("outer", {call("inner_call", "inner", "x")}, "inner_call:output:0"),
                                function("inner", {node("act", "Relu", {"x"})}, "act:activations:0")});
  CHECK(names(import(source, {"in"}, "outer_call").main()) == Names{"RELU"});
}

TEST_CASE("functions that call each other in a cycle are refused with the way round") {
  const auto source = graph_of({placeholder("in", {1, 4}), call("start", "f", "in")},
                               {function("f", {call("to_g", "g", "x")}, "to_g:output:0"),
                                function("g", {call("to_f", "f", "x")}, "to_f:output:0")});
  CHECK(has(error_of(source, {"in"}, "start"), "f -> g -> f"));
}

TEST_CASE("a graph that computes a node from itself is refused, naming the nodes") {
  const auto source = graph_of({placeholder("in", {4}), node("a", "AddV2", {"in", "b"}), node("b", "Relu", {"a"})});
  const std::string text = error_of(source, {"in"}, "b");
  CHECK(has(text, "computes a node from itself"));
  CHECK(has(text, "'a'"));
}

TEST_CASE("arrays that do not exist are refused with those that are spelt alike") {
  const auto source = graph_of({placeholder("images", {4}), node("scores", "Relu", {"images"})});
  CHECK(has(error_of(source, {"images"}, "score"), "did you mean 'scores'?"));
  CHECK(has(error_of(source, {"image"}, "scores"), "did you mean 'images'?"));
}

TEST_CASE("every node without a conversion is listed") {
  const auto source = graph_of({placeholder("in", {4}), node("odd", "Oddity", {"in"}), node("rare", "Rarity", {"in"}),
                                node("sum", "AddV2", {"odd", "rare"})});
  const std::string text = error_of(source, {"in"}, "sum");
  CHECK(has(text, "odd (Oddity)"));
  CHECK(has(text, "rare (Rarity)"));
}

TEST_CASE("the dims of an unknown batch stay unknown, the others are computed while importing") {
  const auto source = graph_of({placeholder("in", {-1, 3, 4}), node("dims", "Shape", {"in"}), constant("zero", kInt, 0),
                                node("batch", "GatherV2", {"dims", "zero", "zero"}), constant("twelve", kInt, 12),
                                node("wanted", "Pack", {"batch", "twelve"}, {{"N", std::int64_t{2}}}),
                                node("flat", "Reshape", {"in", "wanted"})});
  const ir::Model model = import(source, {"in"}, "flat");
  CHECK(names(model.main()) == Names{"RESHAPE"});
  CHECK(model.main().tensor(model.main().outputs[0]).shape == Shape{-1, 12});
}

std::vector<NodeRecord> conditional(NodeRecord condition) {
  return {placeholder("in", {4}),
          std::move(condition),
          node("cond/Switch", "Switch", {"in", "p"}),
          node("cond/negative", "Neg", {"cond/Switch:0"}),
          node("cond/positive", "Relu", {"cond/Switch:1"}),
          node("cond/Merge", "Merge", {"cond/negative", "cond/positive"})};
}

TEST_CASE("a constant condition leaves the nodes of one branch") {
  CHECK(names(import(graph_of(conditional(constant("p", kBool, 1))), {"in"}, "cond/Merge").main()) == Names{"RELU"});
  CHECK(names(import(graph_of(conditional(constant("p", kBool, 0))), {"in"}, "cond/Merge").main()) == Names{"NEG"});
}

TEST_CASE("a fed condition makes IF with a graph per branch") {
  const ir::Model model = import(graph_of(conditional(placeholder("p", {}, kBool))), {"in", "p"}, "cond/Merge");
  CHECK(names(model.main()) == Names{"IF"});
  const auto& attrs = model.main().nodes[0].attrs.as<ops::IfAttrs>();
  CHECK(names(model.graphs.at(static_cast<std::size_t>(attrs.then_graph))) == Names{"RELU"});
  CHECK(names(model.graphs.at(static_cast<std::size_t>(attrs.else_graph))) == Names{"NEG"});
}

TEST_CASE("a loop of TensorFlow 1 becomes WHILE with two graphs") {
  const AttrMap frame{{"frame_name", std::string("loop")}};
  const auto source = graph_of(
      {placeholder("in", {}, kInt), placeholder("limit", {}, kInt), constant("step", kInt, 2),
       node("loop/Enter", "Enter", {"in"}, frame), node("loop/Bound", "Enter", {"limit"}, frame),
       node("loop/Step", "Enter", {"step"}, frame), node("loop/Merge", "Merge", {"loop/Enter", "loop/Next"}),
       node("loop/Less", "Less", {"loop/Merge", "loop/Bound"}), node("loop/LoopCond", "LoopCond", {"loop/Less"}),
       node("loop/Switch", "Switch", {"loop/Merge", "loop/LoopCond"}),
       node("loop/Add", "AddV2", {"loop/Switch:1", "loop/Step"}), node("loop/Next", "NextIteration", {"loop/Add"}),
       node("loop/Exit", "Exit", {"loop/Switch"})});
  const ir::Model model = import(source, {"in", "limit"}, "loop/Exit");
  CHECK(names(model.main()) == Names{"WHILE"});
  const auto& attrs = model.main().nodes[0].attrs.as<ops::WhileAttrs>();
  CHECK(names(model.graphs.at(static_cast<std::size_t>(attrs.cond_graph))) == Names{"LESS"});
  CHECK(names(model.graphs.at(static_cast<std::size_t>(attrs.body_graph))) == Names{"ADD"});
  CHECK(model.main().nodes[0].inputs.size() == 2);  // the step is a constant of the body
}

}  // namespace
}  // namespace litesmith::importers::graphdef
