#include "interpreter/interpreter.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "base/error.h"
#include "ir/sparse_storage.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/op_def.h"

namespace litesmith::interpreter {
namespace {

ir::TensorId add(ir::Graph& graph, std::string name, Shape shape, DType dtype = DType::float32) {
  ir::Tensor tensor;
  tensor.name = std::move(name);
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  return graph.add_tensor(tensor);
}

/// x [?, 4] -> RELU -> RELU6 -> RESHAPE by the fed shape -> RELU -> y
std::shared_ptr<ir::Model> fed_shape_model() {
  auto model = std::make_shared<ir::Model>();
  ir::Graph& graph = model->graphs.emplace_back();
  graph.name = "main";
  const auto x = add(graph, "x", {-1, 4});
  const auto wished = add(graph, "wished", {2}, DType::int32);
  const auto a = add(graph, "a", {-1, 4});
  const auto b = add(graph, "b", {-1, 4});
  const auto c = add(graph, "c", {-1, -1});
  const auto y = add(graph, "y", {-1, -1});
  graph.inputs = {x, wished};
  graph.outputs = {y};
  graph.nodes = {ops::make_node("RELU", {}, {x}, {a}, {"first"}), ops::make_node("RELU6", {}, {a}, {b}),
                 ops::make_node("RESHAPE", {}, {b, wished}, {c}, {"bend"}), ops::make_node("RELU", {}, {c}, {y})};
  return model;
}

/// A chain of RELU over `length` nodes.
std::shared_ptr<ir::Model> chain_model(int length, const Shape& shape) {
  auto model = std::make_shared<ir::Model>();
  ir::Graph& graph = model->graphs.emplace_back();
  graph.name = "main";
  auto last = add(graph, "x", shape);
  graph.inputs = {last};
  for (int i = 0; i < length; ++i) {
    const auto next = add(graph, concat("t", i), shape);
    graph.nodes.push_back(ops::make_node("RELU", {}, {last}, {next}));
    last = next;
  }
  graph.outputs = {last};
  return model;
}

template <class T>
void set(Executor& executor, ir::TensorId id, const std::vector<T>& values) {
  executor.write(id, std::as_bytes(std::span(values)));
}
template <class T>
std::vector<T> get(const Executor& executor, ir::TensorId id) {
  const auto view = executor.view(id);
  REQUIRE(view.has_value());
  std::vector<T> values(view->bytes / sizeof(T));
  std::memcpy(values.data(), view->data, view->bytes);
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

TEST_CASE("a fed shape is followed at run time and what comes after is planned once per shape") {
  Interpreter interpreter(fed_shape_model(), {});
  Executor& run = interpreter.executor();
  run.resize(0, {2, 4});
  run.allocate();
  set<float>(run, 0, {-1, 2, 3, 9, 5, -6, 7, 8});
  for (const auto& wished : {std::vector<std::int32_t>{4, 2}, {8, 1}, {4, 2}, {1, -1}}) {
    set<std::int32_t>(run, 1, wished);
    run.invoke();
    CHECK(run.shape(5)[0] == wished[0]);
    CHECK(get<float>(run, 5) == std::vector<float>{0, 2, 3, 6, 5, 0, 6, 6});
  }
  CHECK(run.plan_text().find("RESHAPE 'bend'  host") != std::string::npos);
  CHECK(run.plan_text().find("RELU 'first'  activation/scalar  scalar") != std::string::npos);
}

TEST_CASE("many fed shapes in turn stay right although old plans are dropped") {
  Interpreter interpreter(fed_shape_model(), {});
  Executor& run = interpreter.executor();
  run.resize(0, {30, 4});
  run.allocate();
  std::vector<float> values(120);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 6);
  set(run, 0, values);
  for (int round = 0; round < 2; ++round)
    for (std::int32_t rows = 1; rows <= 120; ++rows) {
      if (120 % rows != 0) continue;
      set<std::int32_t>(run, 1, {rows, -1});
      run.invoke();
      CHECK(run.shape(5) == Shape{rows, 120 / rows});
      CHECK(get<float>(run, 5) == values);
    }
}

TEST_CASE("a wished shape that does not fit names the node and leaves the interpreter usable") {
  Interpreter interpreter(fed_shape_model(), {});
  Executor& run = interpreter.executor();
  run.allocate();
  set<std::int32_t>(run, 1, {3, 3});
  const Error error = caught([&] { run.invoke(); });
  CHECK(error.kind() == ErrorKind::runtime);
  CHECK(contains(error, "RESHAPE 'bend'"));
  CHECK(contains(error, "Node number 2 (RESHAPE)"));
  set<std::int32_t>(run, 1, {2, 2});
  CHECK_NOTHROW(run.invoke());
}

TEST_CASE("elementwise chains run in place unless every tensor is kept") {
  const Shape shape{1, 1024};
  std::vector<std::size_t> used;
  std::vector<std::vector<float>> results;
  for (const bool keep : {false, true}) {
    Options options;
    options.preserve_all_tensors = keep;
    Interpreter interpreter(chain_model(10, shape), options);
    Executor& run = interpreter.executor();
    run.allocate();
    set(run, 0, std::vector<float>(1024, -3.0F));
    run.invoke();
    used.push_back(interpreter.memory_in_use());
    results.push_back(get<float>(run, 10));
    CHECK(run.view(5).has_value() == keep);
    CHECK(run.is_stale(5) == !keep);
    CHECK(get<float>(run, 0).front() == -3.0F);
  }
  CHECK(results[0] == results[1]);
  CHECK(used[0] == 2 * 4096);
  CHECK(used[1] == 11 * 4096);
}

TEST_CASE("threads do not change bits") {
  std::vector<float> values(100000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) * 0.37F - 9000.0F;
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 3}) {
    Options options;
    options.threads = threads;
    Interpreter interpreter(chain_model(3, {100000}), options);
    interpreter.executor().allocate();
    set(interpreter.executor(), 0, values);
    interpreter.executor().invoke();
    results.push_back(get<float>(interpreter.executor(), 3));
  }
  CHECK(results[0] != values);
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

TEST_CASE("invoke before allocate and after resize says what to do") {
  Interpreter interpreter(chain_model(1, {-1, 4}), {});
  Executor& run = interpreter.executor();
  CHECK(contains(caught([&] { run.invoke(); }), "Invoke called on model that is not ready"));
  run.allocate();
  CHECK_NOTHROW(run.invoke());
  run.resize(0, {1, 4});
  CHECK_NOTHROW(run.invoke());
  run.resize(0, {3, 4});
  CHECK(contains(caught([&] { run.invoke(); }), "Invoke called on model that is not ready"));
  run.allocate();
  CHECK(run.shape(1) == Shape{3, 4});
}

TEST_CASE("the memory limit is kept before memory is taken") {
  Options options;
  options.memory_limit = 10000;
  Interpreter interpreter(chain_model(2, {-1, 1024}), options);
  Executor& run = interpreter.executor();
  CHECK_NOTHROW(run.allocate());
  run.resize(0, {2, 1024});
  const Error error = caught([&] { run.allocate(); });
  CHECK(error.kind() == ErrorKind::limit);
  CHECK(contains(error, "memory_limit = 10000"));
  run.resize(0, {1, 1024});
  CHECK_NOTHROW(run.allocate());
  CHECK_NOTHROW(run.invoke());
}

/// x [1, 8] -> FULLY_CONNECTED by weights [4, 8] and by the same weights behind DENSIFY -> y, z.
std::shared_ptr<ir::Model> product_model(bool is_sparse) {
  auto model = std::make_shared<ir::Model>();
  ir::Graph& graph = model->graphs.emplace_back();
  graph.name = "main";
  const auto x = add(graph, "x", {1, 8});
  const auto w = add(graph, "weights", {4, 8});
  const auto dense = add(graph, "dense", {4, 8});
  const auto y = add(graph, "y", {1, 4});
  const auto z = add(graph, "z", {1, 4});
  std::vector<float> values(32, 0.0F);
  for (std::size_t i = 0; i < 32; i += i < 12 ? 3 : 7) values[i] = static_cast<float>(i) + 0.5F;
  graph.tensor(w).data = Bytes::copy_of<float>(values);
  if (is_sparse) ir::store_sparse(graph.tensor(w));
  graph.inputs = {x};
  graph.outputs = {y, z};
  const ops::FullyConnectedAttrs attrs;
  graph.nodes = {ops::make_node("FULLY_CONNECTED", attrs, {x, w, ir::kAbsent}, {y}),
                 ops::make_node("DENSIFY", {}, {w}, {dense}),
                 ops::make_node("FULLY_CONNECTED", attrs, {x, dense, ir::kAbsent}, {z})};
  return model;
}

TEST_CASE("sparse constants are expanded for every reader and read as they are stored") {
  const std::vector<float> input = {1, -2, 3, -4, 5, -6, 7, 8};
  std::vector<std::vector<float>> results;
  for (const bool is_sparse : {false, true}) {
    Interpreter interpreter(product_model(is_sparse), {});
    Executor& run = interpreter.executor();
    CHECK(get<float>(run, 1).size() == (is_sparse ? 7 : 32));
    for (const std::int32_t rows : {1, 2}) {
      run.resize(0, {rows, 8});
      run.allocate();
      std::vector<float> fed = input;
      if (rows == 2) fed.insert(fed.end(), input.begin(), input.end());
      set(run, 0, fed);
      run.invoke();
      results.push_back(get<float>(run, 3));
      CHECK(get<float>(run, 4) == results.back());
      CHECK(get<float>(run, 1).size() == (is_sparse ? 7 : 32));
    }
  }
  CHECK(results[0][0] != 0);
  CHECK(results[0] == results[2]);
  CHECK(results[1] == results[3]);
}

TEST_CASE("a sparse constant whose values exceed the memory limit is refused") {
  auto model = chain_model(1, {2});
  const auto id = add(model->graphs[0], "huge", {1 << 10, 1 << 10});
  ir::Tensor& huge = model->graphs[0].tensor(id);
  huge.data = Bytes();
  huge.sparsity = std::make_shared<const ir::Sparsity>(ir::Sparsity{
      .traversal_order = {0, 1}, .dimensions = {{.csr = true, .segments = {0, 0}}, {.dense_size = 1 << 10}}});
  CHECK(ir::sparse_value_count(huge.shape, *huge.sparsity, "it") == 0);
  Options options;
  options.memory_limit = 1 << 20;
  Interpreter interpreter(model, options);
  const Error error = caught([&] { interpreter.executor().allocate(); });
  CHECK(error.kind() == ErrorKind::limit);
  CHECK(contains(error, "huge"));
}

TEST_CASE("shapes whose size overflows are refused") {
  Interpreter interpreter(chain_model(1, {-1, -1, -1}), {});
  constexpr std::int32_t kBig = 2147483647;
  CHECK(caught([&] { interpreter.executor().resize(0, {kBig, kBig, kBig}); }).kind() == ErrorKind::limit);
}

TEST_CASE("constants cannot be written and values that are overwritten cannot be read") {
  auto model = chain_model(2, {2});
  const auto constant = add(model->graphs[0], "c", {2});
  model->graphs[0].tensor(constant).data = Bytes::copy_of(std::span<const float>(std::vector<float>{1, 2}));
  Interpreter interpreter(model, {});
  Executor& run = interpreter.executor();
  CHECK(get<float>(run, constant) == std::vector<float>{1, 2});
  run.allocate();
  CHECK(contains(caught([&] { set<float>(run, constant, {3, 4}); }), "constant"));
  run.invoke();
  CHECK(get<float>(run, constant) == std::vector<float>{1, 2});
  CHECK_FALSE(run.view(1).has_value());
}

}  // namespace
}  // namespace litesmith::interpreter
