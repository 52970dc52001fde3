#pragma once

#include <protozero/pbf_writer.hpp>
#include <string>
#include <utility>
#include <vector>

#include "formats/bundle/written_bundle.h"

/// SavedModels for tests, message by message.
namespace litesmith::importers::saved_model::written {

using Writer = protozero::pbf_writer;
using formats::written::BundleWriter;
using formats::written::shape_message;
using Attrs = std::vector<std::pair<std::string, std::string>>;

template <class Fill>
std::string message(Fill fill) {
  std::string bytes;
  Writer writer(bytes);
  fill(writer);
  return bytes;
}

inline std::string entry(const std::string& key, const std::string& value) {
  return message([&](Writer& w) {
    w.add_string(1, key);
    w.add_message(2, value);
  });
}

inline std::string function_attr(const std::string& name) {
  return message([&](Writer& w) { w.add_message(10, message([&](Writer& f) { f.add_string(1, name); })); });
}
inline std::string type_attr(int type) {
  return message([&](Writer& w) { w.add_enum(6, type); });
}
inline std::string shape_attr(const Shape& shape) {
  return message([&](Writer& w) { w.add_message(7, shape_message(shape)); });
}
inline std::string strings_attr(const std::vector<std::string>& strings) {
  return message([&](Writer& w) {
    w.add_message(8, message([&](Writer& t) {
                    t.add_enum(1, 7);
                    t.add_message(2, shape_message({static_cast<std::int32_t>(strings.size())}));
                    for (const std::string& text : strings) t.add_bytes(8, text);
                  }));
  });
}

inline std::string node(const std::string& name, const std::string& op, const std::vector<std::string>& inputs = {},
                        const Attrs& attrs = {}) {
  return message([&](Writer& w) {
    w.add_string(1, name);
    w.add_string(2, op);
    for (const std::string& input : inputs) w.add_string(3, input);
    for (const auto& [key, value] : attrs) w.add_message(5, entry(key, value));
  });
}

inline std::string variable(const std::string& name, const Shape& shape, const std::string& op = "VarHandleOp") {
  return node(name, op, {}, {{"dtype", type_attr(1)}, {"shape", shape_attr(shape)}});
}

struct Function {
  std::string name;
  std::vector<std::string> inputs, outputs, nodes;
  std::vector<std::pair<std::string, std::string>> returns;
};

inline std::string graph(const std::vector<std::string>& nodes, const std::vector<Function>& functions = {}) {
  const auto arguments = [](Writer& w, std::uint32_t field, const std::vector<std::string>& names) {
    for (const std::string& name : names)
      w.add_message(field, message([&](Writer& argument) { argument.add_string(1, name); }));
  };
  const auto function_message = [&](const Function& function) {
    return message([&](Writer& w) {
      w.add_message(1, message([&](Writer& signature) {
                      signature.add_string(1, function.name);
                      arguments(signature, 2, function.inputs);
                      arguments(signature, 3, function.outputs);
                    }));
      for (const std::string& own : function.nodes) w.add_message(3, own);
      for (const auto& [result, value] : function.returns)
        w.add_message(4, message([&](Writer& pair) {
                        pair.add_string(1, result);
                        pair.add_string(2, value);
                      }));
    });
  };
  return message([&](Writer& w) {
    for (const std::string& own : nodes) w.add_message(1, own);
    w.add_message(2, message([&](Writer& library) {
                    for (const Function& function : functions) library.add_message(1, function_message(function));
                  }));
  });
}

using Ports = std::vector<std::pair<std::string, std::string>>;

inline std::string signature(const Ports& inputs, const Ports& outputs) {
  return message([&](Writer& w) {
    for (const auto& [field, ports] : {std::pair(1, inputs), std::pair(2, outputs)})
      for (const auto& [name, array] : ports)
        w.add_message(static_cast<std::uint32_t>(field), entry(name, message([&, &to = array](Writer& info) {
                                                                 info.add_string(1, to);
                                                                 info.add_enum(2, 1);
                                                                 info.add_message(3, shape_message({1}));
                                                               })));
  });
}

struct Object {
  std::vector<std::pair<std::string, int>> children;
  std::string variable{}, checkpoint_key{};
};

inline void add_children(Writer& w, const Object& object) {
  for (const auto& [name, number] : object.children)
    w.add_message(1, message([&, &to = name, at = number](Writer& child) {
                    child.add_int32(1, at);
                    child.add_string(2, to);
                  }));
}

inline std::string saved_object_graph(const std::vector<Object>& objects, const std::string& function,
                                      const std::vector<int>& captures) {
  return message([&](Writer& w) {
    for (const Object& object : objects)
      w.add_message(1, message([&](Writer& own) {
                      add_children(own, object);
                      if (object.variable.empty()) return;
                      own.add_message(7, message([&](Writer& variable) { variable.add_string(6, object.variable); }));
                    }));
    w.add_message(
        2, entry(function, message([&](Writer& own) { own.add_packed_int32(2, captures.begin(), captures.end()); })));
  });
}

inline std::string trackable_object_graph(const std::vector<Object>& objects) {
  return message([&](Writer& w) {
    for (const Object& object : objects)
      w.add_message(1, message([&](Writer& own) {
                      add_children(own, object);
                      if (object.checkpoint_key.empty()) return;
                      own.add_message(2, message([&](Writer& attribute) {
                                        attribute.add_string(1, "VARIABLE_VALUE");
                                        attribute.add_string(2, object.variable);
                                        attribute.add_string(3, object.checkpoint_key);
                                      }));
                    }));
  });
}

struct MetaGraph {
  std::vector<std::string> tags{"serve"};
  std::string graph{};
  std::string restore_op{};
  std::vector<std::pair<std::string, std::string>> signatures{};
  std::vector<std::pair<std::string, std::string>> assets{};
  std::string object_graph{};
};

inline std::string meta_graph(const MetaGraph& meta) {
  return message([&](Writer& w) {
    w.add_message(1, message([&](Writer& info) {
                    for (const std::string& tag : meta.tags) info.add_string(4, tag);
                  }));
    w.add_message(2, meta.graph);
    if (!meta.restore_op.empty())
      w.add_message(3, message([&](Writer& saver) { saver.add_string(3, meta.restore_op); }));
    for (const auto& [key, own] : meta.signatures) w.add_message(5, entry(key, own));
    for (const auto& [tensor, file] : meta.assets)
      w.add_message(6, message([&, &name = tensor, &path = file](Writer& asset) {
                      asset.add_message(1, message([&](Writer& info) { info.add_string(1, name); }));
                      asset.add_string(2, path);
                    }));
    if (!meta.object_graph.empty()) w.add_message(7, meta.object_graph);
  });
}

inline std::string saved_model(const std::vector<MetaGraph>& graphs) {
  return message([&](Writer& w) {
    w.add_int64(1, 1);
    for (const MetaGraph& meta : graphs) w.add_message(2, meta_graph(meta));
  });
}

}  // namespace litesmith::importers::saved_model::written
