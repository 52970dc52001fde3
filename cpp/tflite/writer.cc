#include "tflite/writer.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>

#include "base/error.h"
#include "ir/verify.h"
#include "ops/opaque.h"
#include "tflite/constant_pool.h"
#include "tflite/metadata.h"
#include "tflite/origins.h"
#include "tflite/tensor_writer.h"

namespace litesmith::tflite {
namespace {

constexpr std::string_view kDescription = "Converted by litesmith.";
constexpr std::size_t kAlignment = 16;
constexpr int kSchemaVersion = 3;
/// Readers know buffers behind the flatbuffer by an offset and a size above 1.
constexpr std::uint64_t kUnknownOffset = 2;
constexpr int kLargestDeprecatedCode = 127;

template <class Table>
using Offset = flatbuffers::Offset<Table>;

std::size_t aligned(std::size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

/// An entry of the operator codes, shared by all nodes of one operator.
struct CodeEntry {
  const ops::OpDef* op;
  std::string custom_code;
  int version;
};

class Writer {
 public:
  Writer(const ir::Model& model, const WriteOptions& options) : model_(model), options_(options) {}

  Bytes run() {
    ir::verify(model_, "before writing");
    for (const ir::Graph& graph : model_.graphs)
      for (const ir::Node& node : graph.nodes) code_of_node_.push_back(add_code(graph, node));
    for (const ir::Graph& graph : model_.graphs)
      for (const ir::Tensor& tensor : graph.tensors)
        buffer_of_tensor_.push_back(tensor.is_constant() ? pool_.add(*tensor.data) : 0);
    collect_metadata();
    outside_ = pool_.total_bytes() + custom_bytes_ > options_.largest_flatbuffer;
    if (outside_)
      metadata_.emplace_back("buffer_location",
                             pool_.add_private(Bytes::copy_of<char>(std::string_view("outside flatbuffers"))));
    return build();
  }

 private:
  std::uint32_t add_code(const ir::Graph& graph, const ir::Node& node) {
    const ops::OpDef& op = ops::def(node);
    if (op.builtin_code < 0)
      fail(ErrorKind::value, ir::describe(node), " has no form in a .tflite file; lower the model before writing it");
    std::string custom_code;
    if (op.builtin_code == ops::kCustomCode) {
      custom_code = &op == &ops::custom() ? node.attrs.as<ops::CustomAttrs>().code : std::string(op.identity.name);
      custom_bytes_ += node.attrs.as<ops::CustomAttrs>().options.size();
    }
    const int version = op.version == nullptr ? 1 : op.version(ops::VersionQuery{graph, node});
    const auto known = std::find_if(codes_.begin(), codes_.end(), [&](const CodeEntry& entry) {
      return entry.op->builtin_code == op.builtin_code && entry.custom_code == custom_code;
    });
    if (known == codes_.end()) {
      codes_.push_back({&op, std::move(custom_code), version});
      return static_cast<std::uint32_t>(codes_.size() - 1);
    }
    known->version = std::max(known->version, version);
    return static_cast<std::uint32_t>(known - codes_.begin());
  }

  void add_metadata(std::string_view name, const Bytes& bytes) {
    metadata_.emplace_back(name, pool_.add_private(bytes));
  }

  void collect_metadata() {
    std::vector<OperatorVersion> versions;
    for (const CodeEntry& entry : codes_)
      if (entry.op->builtin_code != ops::kCustomCode) versions.push_back({entry.op->identity.name, entry.version});
    add_metadata(kMinRuntimeVersionEntry, min_runtime_version(versions));
    for (const auto& [name, bytes] : model_.metadata) {
      const bool is_replaced =
          name == kConversionEntry && (options_.conversion || options_.exclude_conversion_metadata);
      if (name != kMinRuntimeVersionEntry && !is_replaced) add_metadata(name, bytes);
    }
    if (options_.conversion && !options_.exclude_conversion_metadata)
      add_metadata(kConversionEntry, conversion_metadata(*options_.conversion));
    if (!options_.origins) return;
    if (std::vector<std::byte> origins = encode_origins(model_); !origins.empty())
      add_metadata(kOriginsEntry, Bytes::take(std::move(origins)));
  }

  bool is_outside(std::uint64_t size) const { return outside_ && size > 1; }

  Offset<::tflite::Buffer> build_buffer(std::size_t index) {
    const Bytes& bytes = pool_.buffers()[index];
    if (index == 0) return ::tflite::CreateBuffer(builder_);
    if (is_outside(bytes.size())) return ::tflite::CreateBuffer(builder_, 0, kUnknownOffset, bytes.size());
    builder_.ForceVectorAlignment(bytes.size(), 1, kAlignment);
    const auto data = builder_.CreateVector(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    return ::tflite::CreateBuffer(builder_, data);
  }

  ops::OpaqueTables build_options(const ir::Node& node) {
    const ops::OpDef& op = ops::def(node);
    if (ops::is_opaque(op)) return ops::write_opaque(node.attrs.as<ops::OpaqueAttrs>(), builder_);
    if (op.write == nullptr) return {};
    if (op.builtin_code >= ops::kFirstCodeOfSecondUnion)
      return {0, {}, op.options_type, op.write(node.attrs, builder_)};
    return {op.options_type, op.write(node.attrs, builder_), 0, {}};
  }

  Offset<::tflite::Operator> build_node(const ir::Node& node, std::uint32_t code) {
    const auto inputs = schema::vector_unless_empty(builder_, node.inputs);
    const auto outputs = schema::vector_unless_empty(builder_, node.outputs);
    const bool is_custom = ops::def(node).builtin_code == ops::kCustomCode;
    const Bytes custom = is_custom ? node.attrs.as<ops::CustomAttrs>().options : Bytes();
    const bool is_behind = is_outside(custom.size());
    const ops::OpaqueTables options = is_custom ? ops::OpaqueTables() : build_options(node);
    Offset<flatbuffers::Vector<std::uint8_t>> custom_options;
    if (custom.size() > 0 && !is_behind)
      custom_options = builder_.CreateVector(reinterpret_cast<const std::uint8_t*>(custom.data()), custom.size());
    const auto intermediates = schema::vector_unless_empty(builder_, node.intermediates);
    return ::tflite::CreateOperator(builder_, code, inputs, outputs,
                                    static_cast<::tflite::BuiltinOptions>(options.options_type), options.options,
                                    custom_options, ::tflite::CustomOptionsFormat::FLEXBUFFERS, 0, intermediates,
                                    is_behind ? kUnknownOffset : 0, is_behind ? custom.size() : 0,
                                    static_cast<::tflite::BuiltinOptions2>(options.options_2_type), options.options_2);
  }

  Offset<::tflite::SubGraph> build_graph(const ir::Graph& graph, std::size_t first_tensor, std::size_t first_node) {
    std::vector<Offset<::tflite::Tensor>> tensors;
    for (const ir::Tensor& tensor : graph.tensors)
      tensors.push_back(build_tensor(tensor, buffer_of_tensor_[first_tensor++], builder_));
    std::vector<Offset<::tflite::Operator>> nodes;
    for (const ir::Node& node : graph.nodes) nodes.push_back(build_node(node, code_of_node_[first_node++]));
    return ::tflite::CreateSubGraphDirect(builder_, &tensors, &graph.inputs, &graph.outputs, &nodes,
                                          graph.name.c_str());
  }

  Offset<::tflite::OperatorCode> build_code(const CodeEntry& entry) {
    const int code = entry.op->builtin_code;
    return ::tflite::CreateOperatorCodeDirect(builder_,
                                              static_cast<std::int8_t>(std::min(code, kLargestDeprecatedCode)),
                                              entry.custom_code.empty() ? nullptr : entry.custom_code.c_str(),
                                              entry.version, static_cast<::tflite::BuiltinOperator>(code));
  }

  Offset<::tflite::SignatureDef> build_signature(const ir::Signature& signature) {
    const auto maps = [&](const std::vector<ir::Signature::Entry>& entries) {
      std::vector<Offset<::tflite::TensorMap>> result;
      for (const auto& entry : entries)
        result.push_back(
            ::tflite::CreateTensorMapDirect(builder_, entry.name.c_str(), static_cast<std::uint32_t>(entry.tensor)));
      return result;
    };
    const auto inputs = maps(signature.inputs);
    const auto outputs = maps(signature.outputs);
    return ::tflite::CreateSignatureDefDirect(builder_, &inputs, &outputs, signature.key.c_str(),
                                              static_cast<std::uint32_t>(signature.graph));
  }

  template <class Item, class Build>
  auto build_all(const std::vector<Item>& items, Build build) {
    std::vector<decltype(build(items.front()))> offsets;
    for (const Item& item : items) offsets.push_back(build(item));
    return offsets;
  }

  Bytes build() {
    builder_ = schema::Builder(expected_size());
    // A flatbuffer grows from its end: the last buffer is made first so that the file has them in order.
    std::vector<Offset<::tflite::Buffer>> buffers(pool_.buffers().size());
    for (std::size_t i = buffers.size(); i-- > 0;) buffers[i] = build_buffer(i);
    const auto codes = build_all(codes_, [&](const CodeEntry& entry) { return build_code(entry); });
    std::size_t tensor = 0, node = 0;
    const auto graphs = build_all(model_.graphs, [&](const ir::Graph& graph) {
      const auto offset = build_graph(graph, tensor, node);
      tensor += graph.tensors.size();
      node += graph.nodes.size();
      return offset;
    });
    const auto metadata = build_all(metadata_, [&](const auto& entry) {
      return ::tflite::CreateMetadataDirect(builder_, entry.first.c_str(), entry.second);
    });
    const auto signatures =
        build_all(model_.signatures, [&](const ir::Signature& signature) { return build_signature(signature); });
    const std::string description(model_.description.empty() ? kDescription : std::string_view(model_.description));
    ::tflite::FinishModelBuffer(
        builder_, ::tflite::CreateModelDirect(builder_, kSchemaVersion, &codes, &graphs, description.c_str(), &buffers,
                                              nullptr, &metadata, signatures.empty() ? nullptr : &signatures));
    if (outside_) return Bytes::take(with_data_behind());
    const auto file = std::make_shared<flatbuffers::DetachedBuffer>(builder_.Release());
    return Bytes(file, std::as_bytes(std::span<const std::uint8_t>(file->data(), file->size())));
  }

  /// Enough that the flatbuffer, which is copied whenever it grows, hardly ever does.
  std::size_t expected_size() const {
    constexpr std::size_t kPerEntry = 256;
    const std::size_t entries = pool_.buffers().size() + buffer_of_tensor_.size() + code_of_node_.size();
    return (outside_ ? 0 : static_cast<std::size_t>(pool_.total_bytes())) + kPerEntry * (entries + 16);
  }

  std::vector<std::byte> copy_of_flatbuffer(std::size_t size) const {
    std::vector<std::byte> file(size);
    std::memcpy(file.data(), builder_.GetBufferPointer(), builder_.GetSize());
    return file;
  }

  /// The flatbuffer, the larger buffers and custom options, each at a multiple of 16, and 16 zero bytes.
  std::vector<std::byte> with_data_behind() {
    std::size_t size = aligned(builder_.GetSize());
    const auto place = [&](const Bytes& bytes) {
      const std::size_t offset = size;
      size += aligned(bytes.size());
      placed_.emplace_back(offset, bytes);
      return offset;
    };
    auto* root = ::tflite::GetMutableModel(builder_.GetBufferPointer());
    for (std::size_t i = 1; i < pool_.buffers().size(); ++i)
      if (is_outside(pool_.buffers()[i].size()))
        root->mutable_buffers()
            ->GetMutableObject(static_cast<flatbuffers::uoffset_t>(i))
            ->mutate_offset(place(pool_.buffers()[i]));
    for (std::size_t g = 0; g < model_.graphs.size(); ++g) {
      auto* graph = root->mutable_subgraphs()->GetMutableObject(static_cast<flatbuffers::uoffset_t>(g));
      for (std::size_t n = 0; n < model_.graphs[g].nodes.size(); ++n) {
        auto* node = graph->mutable_operators()->GetMutableObject(static_cast<flatbuffers::uoffset_t>(n));
        if (node->large_custom_options_offset() == kUnknownOffset)
          node->mutate_large_custom_options_offset(
              place(model_.graphs[g].nodes[n].attrs.as<ops::CustomAttrs>().options));
      }
    }
    std::vector<std::byte> file = copy_of_flatbuffer(size + kAlignment);
    for (const auto& [offset, bytes] : placed_) std::memcpy(file.data() + offset, bytes.data(), bytes.size());
    return file;
  }

  const ir::Model& model_;
  const WriteOptions& options_;
  std::vector<CodeEntry> codes_;
  std::vector<std::uint32_t> code_of_node_, buffer_of_tensor_;
  ConstantPool pool_;
  std::uint64_t custom_bytes_ = 0;
  std::vector<std::pair<std::string, std::uint32_t>> metadata_;
  bool outside_ = false;
  schema::Builder builder_;
  std::vector<std::pair<std::size_t, Bytes>> placed_;
};

}  // namespace

Bytes write(const ir::Model& model, const WriteOptions& options) { return Writer(model, options).run(); }

}  // namespace litesmith::tflite
