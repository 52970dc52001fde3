#include "importers/graphdef/table_contents.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/string_buffer.h"
#include "importers/graphdef/graph_import.h"
#include "importers/graphdef/node_context.h"

namespace litesmith::importers::graphdef {
namespace {

constexpr std::string_view kTables[] = {"HashTable", "HashTableV2", "MutableHashTable", "MutableHashTableV2"};
constexpr std::string_view kFromTensors[] = {"InitializeTable", "InitializeTableV2", "LookupTableImport",
                                             "LookupTableImportV2"};
constexpr std::string_view kFromFile[] = {"InitializeTableFromTextFile", "InitializeTableFromTextFileV2"};

template <std::size_t kCount>
bool is_one_of(const std::string_view (&names)[kCount], std::string_view op) {
  return std::find(std::begin(names), std::end(names), op) != std::end(names);
}

bool fills(std::string_view op) { return is_one_of(kFromTensors, op) || is_one_of(kFromFile, op); }

const FlowNode& node_at(const FlowGraph& graph, int node) { return graph.nodes[static_cast<std::size_t>(node)]; }

const FlowNode& behind_identities(const FlowGraph& graph, Endpoint end) {
  while (node_at(graph, end.node).op == "Identity") end = operand(node_at(graph, end.node), 0);
  return node_at(graph, end.node);
}

/// The node that holds the name of a file: through a variable, where one is set to it.
const FlowNode& file_name_node(const FlowGraph& graph, Endpoint end) {
  const FlowNode& node = behind_identities(graph, end);
  if (node.op != "ReadVariableOp") return node;
  const FlowNode& variable = behind_identities(graph, operand(node, 0));
  for (const FlowNode& other : graph.nodes)
    if (other.op == "AssignVariableOp" && other.inputs.size() == 2 &&
        behind_identities(graph, other.inputs[0]).name == variable.name)
      return behind_identities(graph, other.inputs[1]);
  return node;
}

template <class T>
T attr_or(const FlowNode& node, std::string_view name, T fallback) {
  const auto found = node.attrs.find(name);
  const T* value = found == node.attrs.end() ? nullptr : std::get_if<T>(&found->second);
  return value == nullptr ? std::move(fallback) : *value;
}

VocabularyFormat vocabulary_format(const FlowNode& node) {
  VocabularyFormat format;
  format.key_index = attr_or<std::int64_t>(node, "key_index", format.key_index);
  format.value_index = attr_or<std::int64_t>(node, "value_index", format.value_index);
  format.vocab_size = attr_or<std::int64_t>(node, "vocab_size", format.vocab_size);
  format.offset = attr_or<std::int64_t>(node, "offset", format.offset);
  const auto delimiter = attr_or<std::string>(node, "delimiter", "\t");
  if (format.key_index < VocabularyFormat::kWholeLine || format.value_index < VocabularyFormat::kWholeLine ||
      delimiter.size() != 1)
    fail(ErrorKind::value, "'", node.name, "' (", node.op, ") has key_index ", format.key_index, ", value_index ",
         format.value_index, " and a delimiter of ", delimiter.size(),
         " bytes; columns count from 0, -1 is the line's number, -2 the whole line, and the delimiter is one byte");
  format.delimiter = delimiter.front();
  return format;
}

/// Pairs whose key was there before are left out.
TableContent with_distinct_keys(const TableContent& content, const Table& table) {
  const auto keys = element_views(content.keys), values = element_views(content.values);
  if (keys.size() != values.size())
    fail(ErrorKind::value, "the table '", table.name, "' gets ", keys.size(), " keys but ", values.size(), " values");
  std::map<std::string_view, std::string_view> known;
  std::vector<std::string_view> own_keys, own_values;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto [pair, is_new] = known.emplace(keys[i], values[i]);
    if (is_new) {
      own_keys.push_back(keys[i]);
      own_values.push_back(values[i]);
    } else if (pair->second != values[i]) {
      fail(ErrorKind::value, "the table '", table.name, "' gets the key number ", i,
           " a second time with another value; keys must differ");
    }
  }
  return {vector_of(table.key_dtype, own_keys), vector_of(table.value_dtype, own_values)};
}

}  // namespace

std::string table_name(const FlowNode& node) {
  const auto shared = attr_or<std::string>(node, "shared_name", "");
  return shared.empty() ? node.name : shared;
}

bool makes_table(std::string_view op) noexcept { return is_one_of(kTables, op); }

const FlowGraph& TableContents::flow() {
  if (flow_) return *flow_;
  const Source& source = model_.source();
  std::vector<ArrayName> roots;
  for (const std::string& name : source.initializers) roots.push_back(parse_array_name(name));
  for (const formats::NodeRecord& node : source.graph.nodes)
    if (fills(node.op)) roots.push_back({node.name, 0});
  FlowGraph graph = main_graph(source.graph, {}, roots);
  graph.name = "initialization";
  for (const Endpoint& root : std::exchange(graph.results, {})) graph.effects.push_back(root.node);
  model_.library().prepare(graph);
  flow_ = std::move(graph);
  return *flow_;
}

TableContent TableContents::of(const Table& table) {
  for (const FlowNode& node : flow().nodes) {
    if (!fills(node.op) || node.inputs.empty()) continue;
    const FlowNode& maker = behind_identities(flow(), node.inputs[0]);
    if (makes_table(maker.op) && table_name(maker) == table.name)
      return with_distinct_keys(filled_by(node, table), table);
  }
  fail(ErrorKind::unsupported, "nothing in the graph fills the table '", table.name,
       "' before it is used; save the model with its table initializers (legacy_init_op or a tracked "
       "tf.lookup.StaticHashTable), so that they are part of it");
}

TableContent TableContents::filled_by(const FlowNode& node, const Table& table) {
  const std::size_t wanted = is_one_of(kFromFile, node.op) ? 2 : 3;
  if (node.inputs.size() != wanted)
    fail(ErrorKind::value, "'", node.name, "' (", node.op, ") has ", node.inputs.size(), " operands where ", wanted,
         " belong");
  return wanted == 2 ? from_file(node, table) : computed(node.inputs[1], node.inputs[2], table);
}

TableContent TableContents::computed(Endpoint keys, Endpoint values, const Table& table) {
  FlowGraph part = flow();
  part.results = {keys, values};
  part.effects.clear();
  prune_and_order(part);
  GraphImport graph(model_);
  graph.run(part, {});
  std::vector<formats::DenseTensor> tensors;
  for (const Value& value : graph.results()) {
    const ir::Tensor* tensor = value.is_tensor() ? &graph.graph().tensor(value.tensor) : nullptr;
    if (tensor == nullptr || !tensor->is_constant())
      fail(ErrorKind::unsupported, "what fills the table '", table.name,
           "' is known only when the model runs; a table converts when constants or a file fill it");
    tensors.push_back({tensor->dtype, tensor->shape, *tensor->data});
  }
  if (tensors[0].dtype != table.key_dtype || tensors[1].dtype != table.value_dtype)
    fail(ErrorKind::value, "the table '", table.name, "' leads from ", name(table.key_dtype), " to ",
         name(table.value_dtype), " but is filled with ", name(tensors[0].dtype), " and ", name(tensors[1].dtype));
  return {std::move(tensors[0]), std::move(tensors[1])};
}

TableContent TableContents::from_file(const FlowNode& node, const Table& table) {
  const FlowNode& holder = file_name_node(flow(), node.inputs[1]);
  const auto& assets = model_.source().assets;
  const auto found = assets.find(holder.name);
  if (found == assets.end())
    fail(ErrorKind::unsupported, "the table '", table.name, "' is filled from a file whose name '", holder.name,
         "' holds, and which does not belong to the model; convert a SavedModel that has the file in its folder "
         "'assets'");
  const auto bytes = found->second.view();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return read_vocabulary(text, vocabulary_format(node), table.key_dtype, table.value_dtype,
                         concat("the vocabulary file of the table '", table.name, "'"));
}

std::vector<std::string_view> element_views(const formats::DenseTensor& tensor) {
  if (tensor.dtype == DType::string) return strings_in(tensor.data.view());
  const std::size_t width = byte_width(tensor.dtype);
  std::vector<std::string_view> views;
  for (std::size_t at = 0; width > 0 && at + width <= tensor.data.size(); at += width)
    views.emplace_back(reinterpret_cast<const char*>(tensor.data.data()) + at, width);
  return views;
}

formats::DenseTensor vector_of(DType dtype, const std::vector<std::string_view>& elements) {
  std::vector<std::byte> bytes;
  if (dtype == DType::string) {
    bytes = string_buffer(elements);
  } else {
    for (const std::string_view element : elements) {
      const auto own = std::as_bytes(std::span(element));
      bytes.insert(bytes.end(), own.begin(), own.end());
    }
  }
  return {dtype, Shape{static_cast<std::int32_t>(elements.size())}, Bytes::take(std::move(bytes))};
}

}  // namespace litesmith::importers::graphdef
