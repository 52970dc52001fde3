#include "tflite/reader.h"

#include <algorithm>

#include "base/error.h"
#include "ops/opaque.h"
#include "tflite/alignment.h"
#include "tflite/allowance.h"
#include "tflite/opened_file.h"
#include "tflite/origins.h"
#include "tflite/tensor_reader.h"
#include "tflite/verifier.h"

namespace litesmith::tflite {
namespace {

/// Marks files whose buffers lie behind the flatbuffer; the writer adds it where needed.
constexpr std::string_view kLayoutEntry = "buffer_location";

using Ids = flatbuffers::Vector<std::int32_t>;

std::vector<ir::TensorId> to_ids(const Ids* ids, Allowance& allowance) {
  if (ids == nullptr) return {};
  allowance.spend(ids->size() * sizeof(ir::TensorId));
  return {ids->begin(), ids->end()};
}

template <class Table>
std::size_t size_of(const flatbuffers::Vector<flatbuffers::Offset<Table>>* tables) {
  return tables == nullptr ? 0 : tables->size();
}

std::string text(const flatbuffers::String* string, Allowance& allowance) {
  if (string == nullptr) return {};
  allowance.spend(string->size());
  return string->str();
}

/// An entry of the file's operator codes.
struct CodeEntry {
  const ops::OpDef* op;
  std::string custom_code;
  int version;
};

CodeEntry read_code(const ::tflite::OperatorCode& source, std::size_t index, Allowance& allowance) {
  allowance.spend(sizeof(CodeEntry));
  const int code =
      std::max(static_cast<int>(source.builtin_code()), static_cast<int>(source.deprecated_builtin_code()));
  const ops::OpDef* op = ops::find_builtin(code);
  if (op == nullptr)
    fail(ErrorKind::value, "Op builtin_code out of range: ", code,
         ". Are you using old TFLite binary with newer model? (operator code ", index, ")");
  CodeEntry entry{op, text(source.custom_code(), allowance), source.version()};
  if (op == &ops::custom()) {
    if (entry.custom_code.empty())
      fail(ErrorKind::value, "Operator with CUSTOM builtin_code has no custom_code. (operator code ", index, ")");
    const ops::OpDef* known = ops::find(entry.custom_code);
    if (known != nullptr && known->builtin_code == ops::kCustomCode) entry.op = known;
  }
  if (entry.version < 1 || entry.version > entry.op->newest_version)
    fail(ErrorKind::value, "Didn't find op for builtin opcode '", op->identity.name, "' version '", entry.version,
         "'. An older version of this builtin might be supported: this release knows versions 1 to ",
         entry.op->newest_version, ". Use a newer release, or convert the model for an older runtime");
  return entry;
}

class Reader {
 public:
  explicit Reader(const OpenedFile& file) : file_(file), source_(*file.model), allowance_(file.bytes.size()) {}

  ir::Model read() {
    if (size_of(source_.subgraphs()) == 0) fail(ErrorKind::value, "No subgraph in the model.");
    if (source_.operator_codes() != nullptr)
      for (const auto* code : *source_.operator_codes()) codes_.push_back(read_code(*code, codes_.size(), allowance_));
    for (const auto* graph : *source_.subgraphs())
      if (graph->tensors() != nullptr)
        for (const auto* tensor : *graph->tensors()) knows_ranks_ = knows_ranks_ || tensor->has_rank();
    for (const auto* graph : *source_.subgraphs()) read_graph(*graph);
    read_signatures();
    model_.description = text(source_.description(), allowance_);
    name_origins();
    verify(model_, graph_calls(model_));
    read_metadata();
    return std::move(model_);
  }

 private:
  void read_graph(const ::tflite::SubGraph& source) {
    ir::Graph graph;
    allowance_.spend(sizeof(ir::Graph));
    graph.name = text(source.name(), allowance_);
    graph.inputs = to_ids(source.inputs(), allowance_);
    graph.outputs = to_ids(source.outputs(), allowance_);
    const std::string where = concat("graph ", model_.graphs.size(), graph.name.empty() ? "" : " ('", graph.name,
                                     graph.name.empty() ? "" : "')");
    std::vector<TensorUse> uses(size_of(source.tensors()));
    mark_uses(source, graph, uses);
    graph.tensors.reserve(uses.size());
    for (const TensorUse& use : uses)
      graph.tensors.push_back(
          read_tensor(file_, *source.tensors()->Get(static_cast<flatbuffers::uoffset_t>(graph.tensors.size())), use,
                      where, allowance_));
    graph.nodes.reserve(size_of(source.operators()));
    if (source.operators() != nullptr)
      for (const auto* node : *source.operators()) graph.nodes.push_back(read_node(*node, graph.nodes.size(), where));
    model_.graphs.push_back(std::move(graph));
  }

  void mark_uses(const ::tflite::SubGraph& source, const ir::Graph& graph, std::vector<TensorUse>& uses) const {
    const auto mark = [&](ir::TensorId id, bool TensorUse::* what) {
      if (id >= 0 && static_cast<std::size_t>(id) < uses.size()) uses[static_cast<std::size_t>(id)].*what = true;
    };
    for (TensorUse& use : uses) use.file_knows_ranks = knows_ranks_;
    for (const ir::TensorId id : graph.inputs) mark(id, &TensorUse::is_input);
    if (source.operators() == nullptr) return;
    for (const auto* node : *source.operators())
      if (node->outputs() != nullptr)
        for (const ir::TensorId id : *node->outputs()) mark(id, &TensorUse::is_written);
  }

  ir::Node read_node(const ::tflite::Operator& source, std::size_t index, const std::string& where) {
    if (!options_are_aligned(source))
      fail(ErrorKind::value, "the options of node ", index, " of ", where,
           " hold 64-bit numbers at an address that is no multiple of 8; the file is damaged");
    allowance_.spend(sizeof(ir::Node) + ops::options_bytes(source));
    if (source.opcode_index() >= codes_.size())
      fail(ErrorKind::value, "node ", index, " of ", where, " uses operator code ", source.opcode_index(),
           ", but the file has ", codes_.size());
    const CodeEntry& code = codes_[source.opcode_index()];
    ir::Node node;
    node.op = &code.op->identity;
    node.inputs = to_ids(source.inputs(), allowance_);
    node.outputs = to_ids(source.outputs(), allowance_);
    node.intermediates = to_ids(source.intermediates(), allowance_);
    try {
      node.attrs = read_attrs(source, code);
    } catch (Error& error) {
      throw error.add_context(concat("in ", code.op->identity.name, ", node ", index, " of ", where));
    }
    return node;
  }

  static void refuse_foreign_options(const ops::OpDef& op, int type, int type_2) {
    const bool is_second = op.builtin_code >= ops::kFirstCodeOfSecondUnion;
    const int given = is_second ? type_2 : type;
    if (op.options_type == 0 || given == 0 || given == op.options_type) return;
    const auto name = [&](int member) {
      return is_second ? ::tflite::EnumNameBuiltinOptions2(static_cast<::tflite::BuiltinOptions2>(member))
                       : ::tflite::EnumNameBuiltinOptions(static_cast<::tflite::BuiltinOptions>(member));
    };
    fail(ErrorKind::value, "the options are those of another operator (", name(given), " instead of ",
         name(op.options_type), ")");
  }

  ir::Attrs read_attrs(const ::tflite::Operator& source, const CodeEntry& code) const {
    const auto type = static_cast<int>(source.builtin_options_type());
    const auto type_2 = static_cast<int>(source.builtin_options_2_type());
    if (type > static_cast<int>(::tflite::BuiltinOptions::MAX) ||
        type_2 > static_cast<int>(::tflite::BuiltinOptions2::MAX))
      fail(ErrorKind::value, "the options are of the unknown kind ", type, " or ", type_2,
           "; the file needs a newer release or is damaged");
    if (code.op->builtin_code == ops::kCustomCode) return read_custom(source, code);
    refuse_foreign_options(*code.op, type, type_2);
    if (code.op->read == nullptr) return {};
    ir::Attrs attrs = code.op->read(source);
    if (!ops::is_opaque(*code.op)) return attrs;
    ops::OpaqueAttrs versioned = attrs.as<ops::OpaqueAttrs>();
    versioned.version = code.version;
    return versioned;
  }

  ir::Attrs read_custom(const ::tflite::Operator& source, const CodeEntry& code) const {
    ops::CustomAttrs attrs{code.custom_code, {}, code.version};
    if (const auto* options = source.custom_options(); options != nullptr && options->size() > 0) {
      const auto* first = reinterpret_cast<const std::byte*>(options->data());
      attrs.options = file_.bytes.slice(static_cast<std::size_t>(first - file_.bytes.data()), options->size());
    } else if (source.large_custom_options_offset() > 1) {
      attrs.options = file_range(file_, source.large_custom_options_offset(), source.large_custom_options_size(),
                                 "the custom options");
    }
    return attrs;
  }

  void read_signatures() {
    if (source_.signature_defs() == nullptr) return;
    for (const auto* source : *source_.signature_defs()) {
      ir::Signature signature;
      signature.key = text(source->signature_key(), allowance_);
      if (source->subgraph_index() >= model_.graphs.size())
        fail(ErrorKind::value, "the signature '", signature.key, "' is for graph ", source->subgraph_index(),
             ", but the model has ", model_.graphs.size(), " graphs");
      signature.graph = static_cast<std::int32_t>(source->subgraph_index());
      const auto entries = [&](const auto* maps) {
        std::vector<ir::Signature::Entry> list;
        for (std::size_t i = 0; i < size_of(maps); ++i) {
          const auto* map = maps->Get(static_cast<flatbuffers::uoffset_t>(i));
          list.push_back({text(map->name(), allowance_),
                          static_cast<ir::TensorId>(std::min<std::uint32_t>(map->tensor_index(), INT32_MAX))});
        }
        return list;
      };
      signature.inputs = entries(source->inputs());
      signature.outputs = entries(source->outputs());
      model_.signatures.push_back(std::move(signature));
    }
  }

  void read_metadata() {
    if (source_.metadata() == nullptr) return;
    for (const auto* entry : *source_.metadata()) {
      allowance_.spend(sizeof(model_.metadata.front()));
      std::string entry_name = text(entry->name(), allowance_);
      const Bytes bytes =
          buffer_data(file_, entry->buffer(), "the metadata entry '" + entry_name + "'").value_or(Bytes());
      if (entry_name == kOriginsEntry)
        decode_origins(bytes.view(), model_);
      else if (entry_name != kLayoutEntry)
        model_.metadata.emplace_back(std::move(entry_name), bytes);
    }
  }

  void name_origins() {
    for (ir::Graph& graph : model_.graphs)
      for (ir::Node& node : graph.nodes) {
        const ir::TensorId id = node.outputs.empty() ? ir::kAbsent : node.outputs.front();
        if (id >= 0 && static_cast<std::size_t>(id) < graph.tensors.size())
          node.origins = origins_from_name(graph.tensor(id).name);
      }
  }

  const OpenedFile& file_;
  const ::tflite::Model& source_;
  Allowance allowance_;
  std::vector<CodeEntry> codes_;
  bool knows_ranks_ = false;
  ir::Model model_;
};

}  // namespace

ir::Model read(Bytes file, std::string_view source_name) {
  try {
    const OpenedFile opened = open(std::move(file));
    return Reader(opened).read();
  } catch (Error& error) {
    throw error.set_kind(ErrorKind::value).add_context(concat("in ", source_name));
  }
}

}  // namespace litesmith::tflite
