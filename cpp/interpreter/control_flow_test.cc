#include "ops/control_flow/control_flow.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <type_traits>

#include "base/error.h"
#include "base/string_buffer.h"
#include "interpreter/interpreter.h"
#include "ops/concatenation/concatenation.h"
#include "ops/elementwise_binary/elementwise_binary.h"
#include "ops/hashtable/hashtable.h"
#include "ops/op_def.h"
#include "ops/variable/variable.h"

namespace litesmith::interpreter {
namespace {

using Ids = std::vector<ir::TensorId>;

/// A graph under construction.
struct Builder {
  ir::Graph& graph;

  ir::TensorId tensor(std::string name, Shape shape, DType dtype = DType::float32) {
    ir::Tensor made;
    made.name = std::move(name);
    made.dtype = dtype;
    made.shape = std::move(shape);
    return graph.add_tensor(made);
  }
  ir::TensorId input(std::string name, Shape shape, DType dtype = DType::float32) {
    graph.inputs.push_back(tensor(std::move(name), std::move(shape), dtype));
    return graph.inputs.back();
  }
  template <class T>
  ir::TensorId constant(std::string name, Shape shape, const std::vector<T>& values) {
    const auto id = tensor(std::move(name), std::move(shape), kDTypeOf<T>);
    graph.tensor(id).data = Bytes::copy_of<T>(values);
    return id;
  }
  ir::TensorId node(std::string_view op, ir::Attrs attrs, Ids inputs, Shape shape, DType dtype = DType::float32) {
    const auto id = tensor(concat(op, graph.nodes.size()), std::move(shape), dtype);
    graph.nodes.push_back(ops::make_node(op, std::move(attrs), std::move(inputs), {id}));
    return id;
  }
  void effect(std::string_view op, ir::Attrs attrs, Ids inputs) {
    graph.nodes.push_back(ops::make_node(op, std::move(attrs), std::move(inputs), {}));
  }
};

std::shared_ptr<ir::Model> model_of(int graphs) {
  auto model = std::make_shared<ir::Model>();
  for (int i = 0; i < graphs; ++i) model->graphs.emplace_back().name = concat("graph_", i);
  return model;
}

template <class T>
void set(Executor& executor, int input, const std::vector<T>& values) {
  executor.write(executor.graph().inputs.at(static_cast<std::size_t>(input)), std::as_bytes(std::span(values)));
}
template <class T>
std::vector<T> get(const Executor& executor, int output = 0) {
  const auto view = executor.view(executor.graph().outputs.at(static_cast<std::size_t>(output)));
  REQUIRE(view.has_value());
  std::vector<T> values(view->bytes / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), view->data, view->bytes);
  return values;
}
template <class Function>
Error caught(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  return {ErrorKind::value, ""};
}
bool contains(const Error& error, std::string_view part) {
  return std::string_view(error.what()).find(part) != std::string_view::npos;
}

/// Condition: input 0 < `limit`. Other inputs are not read.
void add_condition(ir::Graph& graph, const std::vector<std::pair<Shape, DType>>& inputs, std::int32_t limit) {
  Builder build{graph};
  for (const auto& [shape, dtype] : inputs) build.input("in", shape, dtype);
  const auto bound = build.constant<std::int32_t>("limit", {}, {limit});
  graph.outputs = {build.node("LESS", {}, {graph.inputs[0], bound}, {}, DType::boolean)};
}

ir::TensorId add_one(Builder& build, ir::TensorId counter) {
  const auto one = build.constant<std::int32_t>("one", {}, {1});
  return build.node("ADD", ops::ArithmeticAttrs{}, {counter, one}, {}, DType::int32);
}

/// while (i < 5) { i += 1; (a, b) = (b, a + b); } over vectors of two.
std::shared_ptr<ir::Model> fibonacci() {
  auto model = model_of(3);
  const std::vector<std::pair<Shape, DType>> carried = {
      {{}, DType::int32}, {{2}, DType::float32}, {{2}, DType::float32}};
  add_condition(model->graphs[1], carried, 5);
  Builder body{model->graphs[2]};
  for (const auto& [shape, dtype] : carried) body.input("in", shape, dtype);
  const Ids in = body.graph.inputs;
  const auto sum = body.node("ADD", ops::ArithmeticAttrs{}, {in[1], in[2]}, {2});
  body.graph.outputs = {add_one(body, in[0]), in[2], sum};
  Builder main{model->graphs[0]};
  for (const auto& [shape, dtype] : carried) main.input("in", shape, dtype);
  for (const auto& [shape, dtype] : carried) main.graph.outputs.push_back(main.tensor("out", shape, dtype));
  main.graph.nodes = {ops::make_node("WHILE", ops::WhileAttrs{1, 2}, main.graph.inputs, main.graph.outputs, {"loop"})};
  return model;
}

TEST_CASE("a loop hands on what its body gives, also when the body only exchanges its operands") {
  Interpreter interpreter(fibonacci(), {});
  Executor& run = interpreter.executor();
  run.allocate();
  for (int round = 0; round < 2; ++round) {
    set<std::int32_t>(run, 0, {0});
    set<float>(run, 1, {0, 10});
    set<float>(run, 2, {1, 20});
    run.invoke();
    CHECK(get<std::int32_t>(run, 0) == std::vector<std::int32_t>{5});
    CHECK(get<float>(run, 1) == std::vector<float>{5, 130});
    CHECK(get<float>(run, 2) == std::vector<float>{8, 210});
  }
  set<std::int32_t>(run, 0, {9});  // no turn at all
  run.invoke();
  CHECK(get<float>(run, 1) == std::vector<float>{0, 10});
  CHECK(get<float>(run, 2) == std::vector<float>{1, 20});
}

/// while (i < turns) { i += 1; x = concat(x, x); }
std::shared_ptr<ir::Model> doubling(std::int32_t turns) {
  auto model = model_of(3);
  const std::vector<std::pair<Shape, DType>> carried = {{{}, DType::int32}, {{-1}, DType::float32}};
  add_condition(model->graphs[1], carried, turns);
  Builder body{model->graphs[2]};
  for (const auto& [shape, dtype] : carried) body.input("in", shape, dtype);
  const auto x = body.graph.inputs[1];
  const auto twice = body.node("CONCATENATION", ops::ConcatenationAttrs{}, {x, x}, {-1});
  body.graph.outputs = {add_one(body, body.graph.inputs[0]), twice};
  Builder main{model->graphs[0]};
  for (const auto& [shape, dtype] : carried) main.input("in", shape, dtype);
  for (const auto& [shape, dtype] : carried) main.graph.outputs.push_back(main.tensor("out", shape, dtype));
  main.graph.nodes = {ops::make_node("WHILE", ops::WhileAttrs{1, 2}, main.graph.inputs, main.graph.outputs, {"loop"})};
  return model;
}

TEST_CASE("what a loop carries may grow from turn to turn, and the memory limit holds it") {
  Options options;
  options.memory_limit = 100000;
  for (const std::int32_t turns : {4, 30}) {
    Interpreter interpreter(doubling(turns), options);
    Executor& run = interpreter.executor();
    run.resize(1, {2});
    run.allocate();
    set<std::int32_t>(run, 0, {0});
    set<float>(run, 1, {3, 7});
    if (turns == 30) {
      const Error error = caught([&] { run.invoke(); });
      CHECK(error.kind() == ErrorKind::limit);
      CHECK(contains(error, "WHILE"));
      continue;
    }
    run.invoke();
    const std::vector<float> grown = get<float>(run, 1);
    CHECK(grown.size() == 32);
    CHECK(run.shape(run.graph().outputs[1]) == Shape{32});
    CHECK(grown[30] == 3);
    CHECK(grown[31] == 7);
  }
}

TEST_CASE("a loop without end is stopped from outside and the interpreter stays usable") {
  int turns = 0;
  Options options;
  options.keep_running = [&turns] {
    if (++turns > 1000) fail(ErrorKind::runtime, "told to stop");
  };
  Interpreter interpreter(fibonacci(), options);
  Executor& run = interpreter.executor();
  run.allocate();
  set<std::int32_t>(run, 0, {-2000000000});
  CHECK(contains(caught([&] { run.invoke(); }), "told to stop"));
  turns = 0;
  set<std::int32_t>(run, 0, {4});
  CHECK_NOTHROW(run.invoke());
  CHECK(get<std::int32_t>(run) == std::vector<std::int32_t>{5});
}

/// A graph x -> x op constant.
void add_map(ir::Graph& graph, std::string_view op, std::int32_t operand) {
  Builder build{graph};
  const auto x = build.input("x", {}, DType::int32);
  const auto c = build.constant<std::int32_t>("c", {}, {operand});
  graph.outputs = {
      build.node(op, op == "ADD" || op == "MUL" || op == "DIV" ? ir::Attrs(ops::ArithmeticAttrs{}) : ir::Attrs(),
                 {x, c}, {}, DType::int32)};
}

/// while (x < 100) x = x < `bound` ? x `op` `operand` : x + 1
std::shared_ptr<ir::Model> branch_in_loop(std::string_view op, std::int32_t operand, std::int32_t bound) {
  auto model = model_of(5);
  const std::vector<std::pair<Shape, DType>> carried = {{{}, DType::int32}};
  add_condition(model->graphs[1], carried, 100);
  Builder body{model->graphs[2]};
  const auto x = body.input("x", {}, DType::int32);
  const auto limit = body.constant<std::int32_t>("bound", {}, {bound});
  const auto is_less = body.node("LESS", {}, {x, limit}, {}, DType::boolean);
  body.graph.outputs = {body.node("IF", ops::IfAttrs{3, 4}, {is_less, x}, {}, DType::int32)};
  add_map(model->graphs[3], op, operand);
  add_map(model->graphs[4], "ADD", 1);
  Builder main{model->graphs[0]};
  const auto start = main.input("start", {}, DType::int32);
  main.graph.outputs = {main.node("WHILE", ops::WhileAttrs{1, 2}, {start}, {}, DType::int32)};
  return model;
}

TEST_CASE("a branch inside of a loop chooses anew in every turn") {
  Interpreter interpreter(branch_in_loop("MUL", 3, 50), {});
  Executor& run = interpreter.executor();
  run.allocate();
  set<std::int32_t>(run, 0, {2});
  run.invoke();  // 2 6 18 54 55 ... 100
  CHECK(get<std::int32_t>(run) == std::vector<std::int32_t>{100});
  set<std::int32_t>(run, 0, {49});
  run.invoke();
  CHECK(get<std::int32_t>(run) == std::vector<std::int32_t>{147});
}

TEST_CASE("a fault deep inside names every node on the way") {
  Interpreter interpreter(branch_in_loop("DIV", 0, 50), {});
  Executor& run = interpreter.executor();
  run.allocate();
  set<std::int32_t>(run, 0, {2});
  const Error error = caught([&] { run.invoke(); });
  CHECK(error.kind() == ErrorKind::runtime);
  for (const char* part : {"Node number 0 (DIV)", "graph 3 ('graph_3')", "Node number 1 (IF)", "graph 2 ('graph_2')",
                           "Node number 0 (WHILE)"})
    CHECK_MESSAGE(contains(error, part), part, " is not in ", error.what());
  set<std::int32_t>(run, 0, {60});
  CHECK_NOTHROW(run.invoke());
}

/// Graph 0 adds x to the variable and gives the sum; graph 1 assigns x; graph 2 sets it to 100 once, then gives it.
std::shared_ptr<ir::Model> accumulator() {
  auto model = model_of(4);
  const ops::VarHandleAttrs name{"", "sum"};
  const auto handle = [&](Builder& build) { return build.node("VAR_HANDLE", name, {}, {}, DType::resource); };
  Builder add{model->graphs[0]};
  const auto x = add.input("x", {2});
  const auto at = handle(add);
  const auto before = add.node("READ_VARIABLE", {}, {at}, {2});
  const auto sum = add.node("ADD", ops::ArithmeticAttrs{}, {before, x}, {2});
  add.effect("ASSIGN_VARIABLE", {}, {at, sum});
  add.graph.outputs = {add.node("READ_VARIABLE", {}, {at}, {2})};
  Builder assign{model->graphs[1]};
  const auto value = assign.input("value", {-1});
  assign.effect("ASSIGN_VARIABLE", {}, {handle(assign), value});
  Builder once{model->graphs[2]};
  once.effect("CALL_ONCE", ops::CallOnceAttrs{3}, {});
  once.graph.outputs = {once.node("READ_VARIABLE", {}, {handle(once)}, {2})};
  Builder init{model->graphs[3]};
  const auto hundred = init.constant<float>("hundred", {2}, {100, 100});
  init.effect("ASSIGN_VARIABLE", {}, {handle(init), hundred});
  return model;
}

TEST_CASE("variables keep their values between runs and are the same in all graphs") {
  Interpreter interpreter(accumulator(), {});
  Executor& add = interpreter.executor(0);
  Executor& assign = interpreter.executor(1);
  Executor& once = interpreter.executor(2);
  for (Executor* run : {&add, &assign, &once}) run->allocate();
  set<float>(add, 0, {1, 2});
  const Error error = caught([&] { add.invoke(); });
  CHECK(contains(error, "variable != nullptr was not true"));
  CHECK(contains(error, "'sum'"));
  CHECK(contains(error, "Node number 1 (READ_VARIABLE) failed to invoke"));
  set<float>(assign, 0, {5});
  assign.invoke();
  for (int i = 0; i < 2; ++i) add.invoke();
  CHECK(get<float>(add) == std::vector<float>{7, 9});
  for (int i = 0; i < 2; ++i) {
    once.invoke();
    CHECK(get<float>(once) == std::vector<float>(2, 100.0F));
  }
  add.invoke();
  once.invoke();
  CHECK(get<float>(once) == std::vector<float>{101, 102});
  assign.resize(assign.graph().inputs[0], {3});  // another shape
  assign.allocate();
  set<float>(assign, 0, {1, 2, 3});
  assign.invoke();
  CHECK(contains(caught([&] { add.invoke(); }), "ADD"));
}

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return string_buffer(values);
  } else {
    const auto bytes = std::as_bytes(std::span(values));
    return {bytes.begin(), bytes.end()};
  }
}

/// Graph 0: CALL_ONCE of graph 1, which fills the table, then keys -> values and the size.
template <class Key, class Value>
std::shared_ptr<ir::Model> table_model(const std::vector<Key>& keys, const std::vector<Value>& values,
                                       const std::vector<Value>& missing, bool fills) {
  constexpr auto kTypeOf = []<class T>(const std::vector<T>&) {
    return std::is_same_v<T, std::string_view> ? DType::string : DType::int64;
  };
  auto model = model_of(2);
  const ops::HashtableAttrs attrs{7, kTypeOf(keys), kTypeOf(values)};
  const auto constant = [&](Builder& build, const auto& list) {
    const auto id = build.tensor("constant", {static_cast<std::int32_t>(list.size())}, kTypeOf(list));
    const std::vector<std::byte> bytes = bytes_of(list);
    build.graph.tensor(id).data = Bytes::copy(bytes);
    return id;
  };
  Builder main{model->graphs[0]};
  const auto wanted = main.input("wanted", {3}, attrs.key_dtype);
  if (fills) main.effect("CALL_ONCE", ops::CallOnceAttrs{1}, {});
  const auto table = main.node("HASHTABLE", attrs, {}, {1}, DType::resource);
  const auto other = constant(main, missing);
  main.graph.outputs = {main.node("HASHTABLE_FIND", {}, {table, wanted, other}, {3}, attrs.value_dtype),
                        main.node("HASHTABLE_SIZE", {}, {table}, {1}, DType::int64)};
  Builder init{model->graphs[1]};
  const auto filled = init.node("HASHTABLE", attrs, {}, {1}, DType::resource);
  const auto k = constant(init, keys);
  const auto v = constant(init, values);
  init.effect("HASHTABLE_IMPORT", {}, {filled, k, v});
  return model;
}

const std::vector<std::string_view> kWords = {"one", "two", "", "two"};
const std::vector<std::int64_t> kNumbers = {1, 2, -7, 9};

TEST_CASE("a table leads from strings to numbers; the first of equal keys counts") {
  Interpreter interpreter(table_model(kWords, kNumbers, {std::int64_t{-1}}, true), {});
  Executor& run = interpreter.executor();
  run.allocate();
  for (int i = 0; i < 2; ++i) {
    run.write(run.graph().inputs[0], bytes_of<std::string_view>({"two", "absent", ""}));
    run.invoke();
    CHECK(get<std::int64_t>(run, 0) == std::vector<std::int64_t>{2, -1, -7});
    CHECK(get<std::int64_t>(run, 1) == std::vector<std::int64_t>{3});
  }
}

TEST_CASE("a table leads from numbers to strings") {
  Interpreter interpreter(table_model(kNumbers, kWords, {std::string_view("?")}, true), {});
  Executor& run = interpreter.executor();
  run.allocate();
  set<std::int64_t>(run, 0, {9, 3, -7});
  run.invoke();
  const auto view = run.view(run.graph().outputs[0]);
  REQUIRE(view.has_value());
  CHECK(strings_in({view->data, view->bytes}) == std::vector<std::string_view>{"two", "?", ""});
  CHECK(get<std::int64_t>(run, 1) == std::vector<std::int64_t>{4});
}

TEST_CASE("a table that nothing has filled says so") {
  Interpreter interpreter(table_model(kNumbers, kWords, {std::string_view("?")}, false), {});
  Executor& run = interpreter.executor();
  run.allocate();
  CHECK(contains(caught([&] { run.invoke(); }), "hashtable need to be initialized before using"));
}

}  // namespace
}  // namespace litesmith::interpreter
