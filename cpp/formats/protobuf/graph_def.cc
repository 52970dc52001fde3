#include "formats/protobuf/graph_def.h"

#include "base/error.h"
#include "formats/protobuf/attr_value.h"
#include "formats/protobuf/wire.h"

namespace litesmith::formats {
namespace {

constexpr std::size_t kMostNodes = 10'000'000;

void read_versions(Message versions, GraphRecord& graph) {
  while (versions.next())
    if (versions.field() == 1) graph.producer = versions.enumeration();
}

NodeRecord read_node(Message node) {
  NodeRecord read;
  read.message = node.whole();
  while (node.next()) switch (node.field()) {
      case 1: read.name = node.string(); break;
      case 2: read.op = node.string(); break;
      case 3: read.inputs.push_back(node.string()); break;
      case 4: read.device = node.string(); break;
      case 5: read_attr(node, read.attrs); break;
      default: break;
    }
  if (read.name.empty()) node.refuse(concat("a node of operator '", read.op, "' has no name"));
  if (read.op.empty()) node.refuse(concat("node '", read.name, "' names no operator"));
  return read;
}

void add_node(Message node, std::vector<NodeRecord>& nodes) {
  if (nodes.size() == kMostNodes) fail(ErrorKind::limit, "a graph has more than ", kMostNodes, " nodes");
  nodes.push_back(read_node(node));
}

ArgumentRecord read_argument(Message argument) {
  ArgumentRecord read;
  while (argument.next()) switch (argument.field()) {
      case 1: read.name = argument.string(); break;
      case 3: read.type = read_type(argument); break;
      case 4: read.type_attr = argument.string(); break;
      case 5: read.number_attr = argument.string(); break;
      case 6: read.type_list_attr = argument.string(); break;
      default: break;
    }
  return read;
}

void read_signature(Message signature, FunctionRecord& function) {
  while (signature.next()) switch (signature.field()) {
      case 1: function.name = signature.string(); break;
      case 2: function.inputs.push_back(read_argument(signature.message())); break;
      case 3: function.outputs.push_back(read_argument(signature.message())); break;
      default: break;
    }
}

FunctionRecord read_function(Message function) {
  FunctionRecord read;
  std::map<std::string, std::string> effects;
  while (function.next()) switch (function.field()) {
      case 1: read_signature(function.message(), read); break;
      case 3: add_node(function.message(), read.nodes); break;
      case 4: read.returns.insert(read_text_entry(function.message())); break;
      case 5: read_attr(function, read.attrs); break;
      case 6: effects.insert(read_text_entry(function.message())); break;
      default: break;
    }
  if (read.name.empty()) function.refuse("a function has no name");
  for (auto& [result, node] : effects) read.control_returns.push_back(std::move(node));
  return read;
}

void read_library(Message library, GraphRecord& graph) {
  while (library.next()) {
    if (library.field() != 1) continue;
    FunctionRecord function = read_function(library.message());
    std::string name = function.name;
    if (!graph.functions.try_emplace(name, std::move(function)).second)
      library.refuse(concat("the function '", name, "' is there twice"));
  }
}

/// A SavedModel starts with its version, a number, where a graph has a node.
void refuse_saved_model(const Message& graph, std::string_view source) {
  if (!graph.has_length())
    fail(
        ErrorKind::value, "'", source,
        "' holds no graph: it starts with a number, as saved_model.pb does. Give the folder of the SavedModel instead");
}

}  // namespace

GraphRecord read_graph(const Bytes& message, std::string_view source) {
  const WireSource file{message, std::string(source)};
  GraphRecord read;
  Message graph(file);
  while (graph.next()) switch (graph.field()) {
      case 1:
        refuse_saved_model(graph, source);
        add_node(graph.message(), read.nodes);
        break;
      case 2: read_library(graph.message(), read); break;
      case 4: read_versions(graph.message(), read); break;
      default: break;
    }
  return read;
}

}  // namespace litesmith::formats
