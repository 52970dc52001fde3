#include "formats/protobuf/graph_def.h"

#include <doctest/doctest.h>

#include <protozero/pbf_writer.hpp>

#include "base/error.h"

namespace litesmith::formats {
namespace {

using Writer = protozero::pbf_writer;

Bytes bytes_of(std::string_view text) { return Bytes::copy(std::as_bytes(std::span(text))); }

template <class Fill>
std::string message(Fill fill) {
  std::string text;
  Writer writer(text);
  fill(writer);
  return text;
}

/// The entry of a map<string, AttrValue>.
template <class Fill>
void add_attr(Writer& owner, std::uint32_t field, const std::string& name, Fill fill) {
  owner.add_message(field, message([&](Writer& entry) {
                      entry.add_string(1, name);
                      entry.add_message(2, message(fill));
                    }));
}

std::string shape_message(std::initializer_list<std::int64_t> dims) {
  return message([&](Writer& shape) {
    for (const std::int64_t size : dims) shape.add_message(2, message([&](Writer& dim) { dim.add_int64(1, size); }));
  });
}

std::string node_message(const std::string& name, const std::string& op) {
  return message([&](Writer& node) {
    node.add_string(1, name);
    node.add_string(2, op);
  });
}

void fill_lists(Writer& node) {
  add_attr(node, 5, "packed", [](Writer& value) {
    value.add_message(1, message([](Writer& list) {
                        const std::vector<std::int64_t> ints{1, -2, 3};
                        list.add_packed_int64(3, ints.begin(), ints.end());
                        const std::vector<float> floats{0.5F, -1.5F};
                        list.add_packed_float(4, floats.begin(), floats.end());
                      }));
  });
  add_attr(node, 5, "one_by_one", [](Writer& value) {
    value.add_message(1, message([](Writer& list) {
                        for (const std::int64_t number : {1, -2, 3}) list.add_int64(3, number);
                        for (const float number : {0.5F, -1.5F}) list.add_float(4, number);
                      }));
  });
  add_attr(node, 5, "types", [](Writer& value) {
    value.add_message(1, message([](Writer& list) {
                        list.add_enum(6, 101);
                        list.add_enum(6, 3);
                        list.add_bool(5, true);
                      }));
  });
}

std::string node_of_every_kind() {
  return message([](Writer& node) {
    node.add_string(1, "conv");
    node.add_string(2, "Conv2D");
    node.add_string(3, "image");
    node.add_string(3, "^ready");
    node.add_string(4, "/CPU:0");
    add_attr(node, 5, "padding", [](Writer& v) { v.add_bytes(2, "SAME"); });
    add_attr(node, 5, "N", [](Writer& v) { v.add_int64(3, -7); });
    add_attr(node, 5, "epsilon", [](Writer& v) { v.add_float(4, 0.25F); });
    add_attr(node, 5, "flag", [](Writer& v) { v.add_bool(5, true); });
    add_attr(node, 5, "T", [](Writer& v) { v.add_enum(6, 1); });
    add_attr(node, 5, "shape", [](Writer& v) { v.add_message(7, shape_message({-1, 28, 1})); });
    add_attr(node, 5, "any",
             [](Writer& v) { v.add_message(7, message([](Writer& shape) { shape.add_bool(3, true); })); });
    add_attr(node, 5, "of_function", [](Writer& v) { v.add_string(9, "Tin"); });
    add_attr(node, 5, "f", [](Writer& v) {
      v.add_message(10, message([](Writer& f) {
                      f.add_string(1, "body");
                      add_attr(f, 2, "depth", [](Writer& d) { d.add_int64(3, 4); });
                    }));
    });
    add_attr(node, 5, "nothing", [](Writer&) {});
    fill_lists(node);
    node.add_string(77, "a field of a later version");
  });
}

std::string signature_message() {
  return message([](Writer& signature) {
    signature.add_string(1, "body");
    signature.add_message(2, message([](Writer& argument) {
                            argument.add_string(1, "x");
                            argument.add_enum(3, 101);
                          }));
    signature.add_message(3, message([](Writer& argument) {
                            argument.add_string(1, "y");
                            argument.add_string(4, "T");
                            argument.add_string(5, "N");
                            argument.add_string(6, "Tout");
                          }));
  });
}

std::string text_entry(const std::string& key, const std::string& value) {
  return message([&](Writer& entry) {
    entry.add_string(1, key);
    entry.add_string(2, value);
  });
}

std::string small_graph() {
  const std::string function = message([](Writer& f) {
    f.add_message(1, signature_message());
    f.add_message(3, node_message("twice", "Add"));
    f.add_message(4, text_entry("y", "twice:z:0"));
    f.add_message(6, text_entry("print", "shown"));
    add_attr(f, 5, "_noinline", [](Writer& v) { v.add_bool(5, true); });
  });
  return message([&](Writer& graph) {
    graph.add_message(1, node_of_every_kind());
    graph.add_message(2, message([&](Writer& library) { library.add_message(1, function); }));
    graph.add_message(4, message([](Writer& versions) { versions.add_int32(1, 1087); }));
  });
}

template <class T>
T attr(const NodeRecord& node, const char* name) {
  const auto found = node.attrs.find(name);
  REQUIRE(found != node.attrs.end());
  REQUIRE(std::holds_alternative<T>(found->second));
  return std::get<T>(found->second);
}

std::string refusal(const std::string& graph) {
  try {
    read_graph(bytes_of(graph), "model.pb");
  } catch (const Error& error) {
    return error.what();
  }
  return "read";
}

TEST_CASE("a node of a GraphDef has its name, operator, inputs and attributes of every kind") {
  const GraphRecord graph = read_graph(bytes_of(small_graph()), "model.pb");
  REQUIRE(graph.nodes.size() == 1);
  const NodeRecord& node = graph.nodes[0];
  CHECK(node.name == "conv");
  CHECK(node.op == "Conv2D");
  CHECK(node.device == "/CPU:0");
  CHECK(node.inputs == std::vector<std::string>{"image", "^ready"});
  CHECK(attr<std::string>(node, "padding") == "SAME");
  CHECK(attr<std::int64_t>(node, "N") == -7);
  CHECK(attr<float>(node, "epsilon") == 0.25F);
  CHECK(attr<bool>(node, "flag"));
  CHECK(attr<TypeCode>(node, "T") == TypeCode{1});
  CHECK(attr<Shape>(node, "shape") == Shape{-1, 28, 1});
  CHECK(attr<Shape>(node, "any") == Shape::unknown_rank());
  CHECK(attr<Placeholder>(node, "of_function").name == "Tin");
  CHECK(attr<FunctionReference>(node, "f").name == "body");
  CHECK(attr<FunctionReference>(node, "f").attrs.at("depth") == AttrValue(std::int64_t{4}));
  CHECK(std::holds_alternative<std::monostate>(node.attrs.at("nothing")));
  CHECK(graph.producer == 1087);
}

TEST_CASE("packed lists and lists written one by one are the same list") {
  const GraphRecord graph = read_graph(bytes_of(small_graph()), "model.pb");
  const auto packed = attr<AttrList>(graph.nodes[0], "packed");
  CHECK(packed.ints == std::vector<std::int64_t>{1, -2, 3});
  CHECK(packed.floats == std::vector<float>{0.5F, -1.5F});
  CHECK(packed == attr<AttrList>(graph.nodes[0], "one_by_one"));
  const auto types = attr<AttrList>(graph.nodes[0], "types");
  CHECK(types.types == std::vector<TypeCode>{{1}, {3}});
  CHECK(types.bools == std::vector<bool>{true});
}

TEST_CASE("a function has arguments, nodes, results and effects") {
  const GraphRecord graph = read_graph(bytes_of(small_graph()), "model.pb");
  const FunctionRecord& function = graph.functions.at("body");
  REQUIRE(function.inputs.size() == 1);
  CHECK(function.inputs[0].name == "x");
  CHECK(function.inputs[0].type == TypeCode{1});
  REQUIRE(function.outputs.size() == 1);
  CHECK(function.outputs[0].type_attr == "T");
  CHECK(function.outputs[0].number_attr == "N");
  CHECK(function.outputs[0].type_list_attr == "Tout");
  CHECK(function.nodes.at(0).op == "Add");
  CHECK(function.returns.at("y") == "twice:z:0");
  CHECK(function.control_returns == std::vector<std::string>{"shown"});
  CHECK(function.attrs.at("_noinline") == AttrValue(true));
}

TEST_CASE("the bytes of a node are a view into the file") {
  const Bytes file = bytes_of(small_graph());
  const GraphRecord graph = read_graph(file, "model.pb");
  CHECK(graph.nodes[0].message.data() >= file.data());
  CHECK(graph.nodes[0].message.data() + graph.nodes[0].message.size() <= file.data() + file.size());
}

TEST_CASE("every truncation of a graph is a graph or an error with source and byte") {
  const std::string whole = small_graph();
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string text = refusal(whole.substr(0, size));
    if (text == "read") continue;
    ++refused;
    CHECK_MESSAGE(text.find("'model.pb' is damaged at byte ") == 0, text);
  }
  CHECK(refused > whole.size() * 9 / 10);
}

TEST_CASE("every change of a byte of a graph is a graph or an error") {
  const std::string whole = small_graph();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (int value = 0; value < 256; ++value) {
      std::string changed = whole;
      changed[i] = static_cast<char>(value);
      if (refusal(changed) != "read") ++refused;
    }
  CHECK(refused > whole.size());
}

TEST_CASE("what no graph holds is refused with a reason") {
  const auto with_node = [](const std::string& node) {
    return message([&](Writer& graph) { graph.add_message(1, node); });
  };
  CHECK(refusal(with_node(node_message("a", ""))).find("node 'a' names no operator") != std::string::npos);
  CHECK(refusal(with_node(node_message("", "Add"))).find("has no name") != std::string::npos);
  CHECK(refusal(message([](Writer& saved_model) { saved_model.add_int64(1, 1); })).find("SavedModel") !=
        std::string::npos);
  const auto twice = message([](Writer& node) {
    node.add_string(1, "a");
    node.add_string(2, "Add");
    for (int i = 0; i < 2; ++i) add_attr(node, 5, "T", [](Writer& v) { v.add_enum(6, 1); });
  });
  CHECK(refusal(with_node(twice)).find("'T' is there twice") != std::string::npos);
}

TEST_CASE("attributes nested without end are refused") {
  std::string value;
  for (int depth = 0; depth < 5000; ++depth)
    value = message([&](Writer& outer) {
      outer.add_message(10, message([&](Writer& f) {
                          f.add_message(2, message([&](Writer& entry) {
                                          entry.add_string(1, "f");
                                          entry.add_message(2, value);
                                        }));
                        }));
    });
  const auto graph = message([&](Writer& g) {
    g.add_message(1, message([&](Writer& node) {
                    node.add_message(5, message([&](Writer& entry) { entry.add_message(2, value); }));
                  }));
  });
  CHECK(refusal(graph).find("nested more than 100 deep") != std::string::npos);
}

}  // namespace
}  // namespace litesmith::formats
