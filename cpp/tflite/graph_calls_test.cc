#include "tflite/graph_calls.h"

#include <doctest/doctest.h>

#include "testing/changed_files.h"

namespace litesmith::tflite {
namespace {

using testing::check;
using testing::FileModel;
using ::tflite::objects::BuiltinOperator;
using ::tflite::objects::TensorType;

template <class Options>
void add_call(FileModel& f, std::size_t g, BuiltinOperator code, Options options, std::vector<int> inputs,
              std::vector<int> outputs) {
  f.add_node(g, code, std::move(inputs), std::move(outputs)).builtin_options.Set(std::move(options));
}

void call_once(FileModel& f, std::size_t from, int to) {
  ::tflite::objects::CallOnceOptionsT options;
  options.init_subgraph_index = to;
  add_call(f, from, BuiltinOperator::CALL_ONCE, options, {}, {});
}

/// A loop over tensor 0 of a new graph, with `condition` and `body`.
void add_loop(FileModel& f, int condition, int body) {
  ::tflite::objects::WhileOptionsT options;
  options.cond_subgraph_index = condition;
  options.body_subgraph_index = body;
  const std::size_t g = f.add_graph();
  const int result = f.add_tensor(g, {1});
  add_call(f, g, BuiltinOperator::WHILE, options, {0}, {result});
}

void chain_of_calls(FileModel& f, int length) {
  for (int i = 0; i < length; ++i) f.graph(f.add_graph()).inputs.clear();
  for (std::size_t g = 1; g < f.model.subgraphs.size(); ++g) {
    f.add_constant(g, {1}, TensorType::FLOAT32, {0, 0, 0, 0});
    f.graph(g).outputs.clear();
    if (g > 1) call_once(f, g - 1, static_cast<int>(g));
  }
}

TEST_CASE("loops and calls between graphs are checked") {
  check({
      {"a loop that forwards its input",
       [](FileModel& f) {
         const int condition = static_cast<int>(f.add_graph());
         f.tensor(0, 1).type = TensorType::FLOAT32;
         const int body = static_cast<int>(f.add_graph());
         add_loop(f, condition, body);
       }},
      {"condition and body are one",
       [](FileModel& f) {
         f.add_graph();
         f.add_graph();
         add_loop(f, 1, 1);
       },
       "both as condition and as body"},
      {"body outside",
       [](FileModel& f) {
         f.add_graph();
         add_loop(f, 1, 9);
       },
       "runs graph 9"},
      {"negative body",
       [](FileModel& f) {
         f.add_graph();
         add_loop(f, 1, -1);
       },
       "runs graph -1"},
      {"a graph calls itself", [](FileModel& f) { call_once(f, 0, 0); }, "part of a cycle"},
      {"two graphs call each other",
       [](FileModel& f) {
         f.add_graph();
         call_once(f, 0, 1);
         call_once(f, 1, 0);
       },
       "part of a cycle"},
      {"no options", [](FileModel& f) { f.add_node(0, BuiltinOperator::CALL_ONCE, {}, {}); }, "no options"},
      {"64 graphs deep", [](FileModel& f) { chain_of_calls(f, 64); }},
      {"65 graphs deep", [](FileModel& f) { chain_of_calls(f, 65); }, "more than 64 nested calls"},
  });
}

TEST_CASE("the graphs of a branch are checked") {
  check({
      {"a branch is the enclosing graph",
       [](FileModel& f) {
         const int selector = f.add_constant(0, {1}, TensorType::BOOL, {1});
         ::tflite::objects::IfOptionsT options;
         options.else_subgraph_index = static_cast<int>(f.add_graph());
         add_call(f, 0, BuiltinOperator::IF, options, {selector, 0}, {f.add_tensor(0, {1})});
       },
       "part of a cycle"},
      {"branch without enough operands",
       [](FileModel& f) {
         const int selector = f.add_constant(0, {1}, TensorType::BOOL, {1});
         ::tflite::objects::IfOptionsT options;
         options.then_subgraph_index = options.else_subgraph_index = static_cast<int>(f.add_graph());
         add_call(f, 0, BuiltinOperator::IF, options, {selector}, {f.add_tensor(0, {1})});
       },
       "which has 1 operands where 0 belong"},
      {"types",
       [](FileModel& f) {
         const int selector = f.add_constant(0, {1}, TensorType::BOOL, {1});
         ::tflite::objects::IfOptionsT options;
         options.then_subgraph_index = options.else_subgraph_index = static_cast<int>(f.add_graph());
         add_call(f, 0, BuiltinOperator::IF, options, {selector, 1}, {f.add_tensor(0, {1})});
       },
       "(int32) as"},
  });
}

}  // namespace
}  // namespace litesmith::tflite
