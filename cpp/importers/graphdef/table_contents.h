#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importers/graphdef/flow_graph.h"
#include "importers/graphdef/vocabulary_file.h"

namespace litesmith::importers::graphdef {

class ModelImport;

/// A table of the source: all nodes that make a handle of this name.
struct Table {
  std::string name;
  DType key_dtype = DType::string, value_dtype = DType::int64;
  /// What the source's initializers put into it, once that was asked for; keys differ.
  std::optional<TableContent> content{};
  /// What the model's HASHTABLE is filled with, where some graph has it: string to int64 or int64 to string.
  std::optional<TableContent> filling{};
};

/// The name of the table whose handle the node makes: the shared name, else the node's.
std::string table_name(const FlowNode& node);
bool makes_table(std::string_view op) noexcept;

/// Computes what tables hold before the model runs for the first time, from the nodes that the source names as
/// initializers and all nodes of the main graph that fill tables.
class TableContents {
 public:
  explicit TableContents(ModelImport& model) : model_(model) {}
  /// Throws Error(unsupported) where nothing fills the table or its content is not known before the model runs,
  /// Error(value) for a key with two values and for damaged files.
  TableContent of(const Table& table);

 private:
  const FlowGraph& flow();
  TableContent filled_by(const FlowNode& node, const Table& table);
  TableContent computed(Endpoint keys, Endpoint values, const Table& table);
  TableContent from_file(const FlowNode& node, const Table& table);

  ModelImport& model_;
  std::optional<FlowGraph> flow_;
};

/// The elements as bytes, strings as their text; views into the tensor.
std::vector<std::string_view> element_views(const formats::DenseTensor& tensor);
/// A vector of such elements.
formats::DenseTensor vector_of(DType dtype, const std::vector<std::string_view>& elements);

}  // namespace litesmith::importers::graphdef
