#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "importers/graphdef/folding_builder.h"
#include "importers/graphdef/function_library.h"
#include "importers/graphdef/importer.h"
#include "importers/graphdef/table_contents.h"
#include "importers/graphdef/value.h"

namespace litesmith::importers::graphdef {

/// A variable of the source.
struct Variable {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;
  /// Initial value; null where the source has none.
  const formats::DenseTensor* value = nullptr;
  /// Something assigns it: it stays a variable. The others are constants.
  bool is_assigned = false;
};

/// A node without a conversion, and why.
struct Unsupported {
  std::string node, op, reason;
};

/// A list of tensors that nothing was written to so far: what its elements look like may be known only then.
struct PendingList {
  DType dtype = DType::float32;
  /// Of the elements; dims and rank may be unknown.
  Shape element;
  /// How many there are: an int32 scalar of the graph that made the list.
  ir::TensorId count = ir::kAbsent;
};

class GraphImport;

/// What the graphs of one model under construction share.
class ModelImport {
 public:
  ModelImport(const Source& source, const Options& options)
      : source_(source), options_(options), library_(source.graph), table_contents_(*this) {}

  const Source& source() const noexcept { return source_; }
  const Options& options() const noexcept { return options_; }
  FunctionLibrary& library() noexcept { return library_; }
  ir::Model& model() noexcept { return model_; }
  std::vector<std::string>& warnings() noexcept { return warnings_; }

  /// The variable whose handle the node of this name makes; made known when it is new.
  int variable(const std::string& handle, DType dtype, Shape shape);
  Variable& variable(int number) { return variables_.at(static_cast<std::size_t>(number)); }
  const std::vector<Variable>& variables() const noexcept { return variables_; }
  /// Handles that some node of the graphs to import assigns (variables.cc).
  void find_assigned(const std::vector<FlowGraph>& graphs);

  /// The table of this name; made known when it is new. Throws Error(value) when it is known with other types.
  int table(Table table);
  const std::deque<Table>& tables() const noexcept { return tables_; }
  /// Throws as TableContents does.
  const TableContent& table_content(int number);
  /// Makes HASHTABLE's content known, which must be the same for all graphs that have the table.
  void fill_table(int number, TableContent filling);

  int add_list(PendingList list);
  const PendingList& list(int number) const { return lists_.at(static_cast<std::size_t>(number)); }

  void note(Unsupported unsupported);
  bool has_unsupported() const noexcept { return !unsupported_.empty(); }
  /// An operator that is written for TensorFlow's delegate: "node (Operator)".
  void note_flex(std::string node) { flex_.push_back(std::move(node)); }
  /// Adds one warning that lists those operators, where there are any.
  void warn_of_flex();
  /// Throws one Error(unsupported) that lists what was noted; returns when there is nothing.
  void refuse_unsupported() const;

  /// Imports the body of a function into a graph of its own, which is not part of the model yet. An argument is a
  /// handle, or a tensor or list: known by its `data`, or by type and shape alone.
  struct Argument {
    Value value;  // `tensor` has no meaning here
    ir::Tensor tensor;
  };
  std::unique_ptr<GraphImport> import_function(const formats::FunctionReference& function,
                                               std::span<const Argument> arguments);
  /// Makes it part of the model; returns its number.
  int add_graph(GraphImport& graph, std::vector<ir::TensorId> inputs, std::vector<ir::TensorId> outputs);

 private:
  static constexpr int kDeepestFunctions = 64;

  const Source& source_;
  const Options& options_;
  FunctionLibrary library_;
  ir::Model model_;
  std::vector<Variable> variables_;
  std::set<std::string, std::less<>> assigned_;
  TableContents table_contents_;
  std::deque<Table> tables_;
  std::vector<PendingList> lists_;
  std::vector<Unsupported> unsupported_;
  std::set<std::string> noted_;
  std::vector<std::string> flex_;
  std::vector<std::string> warnings_;
  int depth_ = 0;
};

/// One graph under construction.
class GraphImport {
 public:
  explicit GraphImport(ModelImport& model) : model_(model) {}

  ModelImport& model() noexcept { return model_; }
  FoldingBuilder& builder() noexcept { return builder_; }
  ir::Graph& graph() noexcept { return builder_.graph(); }

  /// Imports the nodes of a prepared graph in order; `arguments` are what its argument nodes give.
  void run(const FlowGraph& flow, std::span<const Value> arguments);
  /// The results of a function whose nodes become part of this graph.
  std::vector<Value> inline_function(const formats::FunctionReference& function, std::span<const Value> arguments);
  /// What the arguments of `run` are.
  const std::vector<Value>& arguments() const noexcept { return arguments_; }
  /// What the flow graph's results are; kind none where a node before has no conversion.
  const std::vector<Value>& results() const noexcept { return results_; }

  /// The value of a variable: a constant, made once, or READ_VARIABLE.
  ir::TensorId read_variable(const emit::Owner& owner, int variable);
  void assign_variable(const emit::Owner& owner, int variable, ir::TensorId value);
  /// VAR_HANDLE, made once.
  ir::TensorId handle(const emit::Owner& owner, int variable);
  /// HASHTABLE, made once.
  ir::TensorId table_handle(const emit::Owner& owner, int table);

 private:
  void import_node(const FlowGraph& flow, const FlowNode& node, int read_results, std::vector<Value>& results);
  bool import_unknown(const FlowNode& node, const std::vector<Value>& inputs, const emit::Owner& owner,
                      int read_results, std::vector<Value>& results);

  ModelImport& model_;
  FoldingBuilder builder_;
  std::vector<std::vector<Value>> values_;
  std::vector<Value> arguments_, results_;
  std::map<int, ir::TensorId> constants_, handles_;  // by variable
  std::map<int, ir::TensorId> table_handles_;        // by table
};

}  // namespace litesmith::importers::graphdef
