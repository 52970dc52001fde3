#include "tflite/verifier.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "ir/sparse_storage.h"
#include "ir/verify.h"
#include "ops/infer.h"
#include "ops/opaque.h"

namespace litesmith::tflite {
namespace {

constexpr std::size_t kMostThings = 10'000'000;

class TensorCheck {
 public:
  TensorCheck(const ir::Graph& graph, std::size_t g, const ir::Tensor& tensor)
      : graph_(graph), tensor_(tensor), where_(concat("the tensor '", tensor.name, "' of graph ", g)) {}

  void run() const {
    size();
    if (tensor_.is_variable && tensor_.is_constant() && !tensor_.data->empty())
      stop("is a variable but also has constant data");
    quantization();
    if (tensor_.quantization.blockwise) blockwise(*tensor_.quantization.blockwise);
    if (tensor_.is_constant() && tensor_.dtype == DType::string) strings();
    if (tensor_.sparsity != nullptr) sparse();
  }

 private:
  template <class... Parts>
  [[noreturn]] void stop(const Parts&... parts) const {
    fail(ErrorKind::value, where_, " ", parts...);
  }

  /// Overflow of the element count or of the bytes ends in Error(limit).
  void size() const {
    if (const auto count = tensor_.shape.element_count()) packed_bytes(tensor_.dtype, *count);
  }

  void quantization() const {
    const ir::Quantization& q = tensor_.quantization;
    if (q.scales.empty() && q.zero_points.empty()) return;
    if (q.zero_points.size() > 1 && q.zero_points.size() != q.scales.size())
      stop("has ", q.scales.size(), " scales but ", q.zero_points.size(), " zero points");
    if (q.scales.size() > 1) channels(q);
    const bool is_stored_quantized = bit_width(tensor_.dtype) <= 16 && is_integer(tensor_.dtype);
    for (const float scale : q.scales)
      if (!std::isfinite(scale) || scale < 0 || (scale == 0 && is_stored_quantized))
        stop("has the scale ", scale, "; a scale is a positive number");
    if (!is_stored_quantized) return;
    const auto [low, high] = range();
    for (const std::int64_t zero : q.zero_points)
      if (zero < low || zero > high) stop("has the zero point ", zero, ", which ", name(tensor_.dtype), " cannot hold");
  }

  void channels(const ir::Quantization& q) const {
    if (!tensor_.shape.has_rank()) return;
    if (q.dimension < 0 || q.dimension >= tensor_.shape.rank())
      stop("is quantized along dimension ", q.dimension, " but has shape ", tensor_.shape);
    const std::int32_t channels = tensor_.shape[q.dimension];
    if (channels >= 0 && static_cast<std::size_t>(channels) != q.scales.size())
      stop("has ", q.scales.size(), " scales for the ", channels, " indices of dimension ", q.dimension);
  }

  std::pair<std::int64_t, std::int64_t> range() const {
    const int bits = bit_width(tensor_.dtype);
    const bool is_unsigned =
        tensor_.dtype == DType::uint8 || tensor_.dtype == DType::uint16 || tensor_.dtype == DType::uint4;
    const std::int64_t span = std::int64_t{1} << bits;
    return is_unsigned ? std::pair{std::int64_t{0}, span - 1} : std::pair{-span / 2, span / 2 - 1};
  }

  void blockwise(const ir::Quantization::Blockwise& blocks) const {
    const auto check = [&](ir::TensorId id, const char* what) {
      if (id < ir::kAbsent || (id != ir::kAbsent && static_cast<std::size_t>(id) >= graph_.tensors.size()))
        stop("takes its ", what, " from tensor ", id, ", but the graph has ", graph_.tensors.size(), " tensors");
    };
    check(blocks.scales, "scales");
    check(blocks.zero_points, "zero points");
    if (blocks.block_size < 0) stop("is quantized in blocks of ", blocks.block_size, " elements");
  }

  void strings() const {
    const Bytes& data = *tensor_.data;
    if (data.empty()) return;
    const std::vector<std::int32_t> numbers = data.to_vector<std::int32_t>();
    const std::int64_t count = numbers.empty() ? -1 : numbers[0];
    if (count < 0 || static_cast<std::uint64_t>(count) + 2 > numbers.size())
      stop("holds strings, but its ", data.size(), " bytes are too few for ", count, " of them");
    const std::int64_t begin = (count + 2) * 4;
    std::int64_t last = begin;
    for (std::int64_t i = 1; i < count + 2; ++i) {
      const std::int64_t offset = numbers[static_cast<std::size_t>(i)];
      if (offset < last || offset > static_cast<std::int64_t>(data.size()))
        stop("holds strings, but string ", i - 1, " is said to begin at byte ", offset, " of ", data.size());
      last = offset;
    }
    if (const auto elements = tensor_.shape.element_count(); elements && *elements != count)
      stop("has shape ", tensor_.shape, " but holds ", count, " strings");
  }

  void sparse() const {
    if (!tensor_.is_constant()) stop("is stored sparsely but is no constant");
    const std::int64_t values = ir::sparse_value_count(tensor_.shape, *tensor_.sparsity, where_);
    const std::size_t bytes = packed_bytes(tensor_.dtype, values);
    if (bytes != tensor_.data->size())
      stop("keeps ", values, " values, which take ", bytes, " bytes, but has ", tensor_.data->size());
  }

  const ir::Graph& graph_;
  const ir::Tensor& tensor_;
  const std::string where_;
};

/// `last_reader` holds the last node before this one that reads a tensor.
void check_node(const ir::Graph& graph, std::size_t g, std::size_t n, std::vector<std::size_t>& last_reader) {
  const ir::Node& node = graph.nodes[n];
  const std::string where = concat(ir::describe(node), " (node ", n, " of graph ", g, ")");
  for (const ir::TensorId id : node.intermediates)
    if (id < ir::kAbsent || (id != ir::kAbsent && static_cast<std::size_t>(id) >= graph.tensors.size()))
      fail(ErrorKind::value, where, " has the intermediate tensor ", id, ", but the graph has ", graph.tensors.size(),
           " tensors");
  for (const ir::TensorId id : node.inputs)
    if (id != ir::kAbsent) last_reader[static_cast<std::size_t>(id)] = n;
  for (const ir::TensorId id : node.outputs)
    if (last_reader[static_cast<std::size_t>(id)] == n)
      fail(ErrorKind::value, where, " has '", graph.tensor(id).name, "' both as operand and as result");
  if (ops::is_opaque(ops::def(node))) return;
  static const ops::TensorInfo kPresent;
  std::vector<const ops::TensorInfo*> operands;
  for (const ir::TensorId id : node.inputs) operands.push_back(id == ir::kAbsent ? nullptr : &kPresent);
  try {
    ops::check_operands(ops::NodeView(node, operands));
  } catch (Error& error) {
    throw error.add_context(concat("in node ", n, " of graph ", g));
  }
}

void check_counts(const ir::Model& model) {
  std::size_t tensors = 0, nodes = 0;
  for (const ir::Graph& graph : model.graphs) {
    tensors += graph.tensors.size();
    nodes += graph.nodes.size();
  }
  if (tensors > kMostThings || nodes > kMostThings)
    fail(ErrorKind::value, "the model has ", tensors, " tensors and ", nodes, " nodes; ", kMostThings,
         " of each is the most");
}

}  // namespace

void verify(const ir::Model& model, const std::vector<GraphCall>& calls) {
  check_counts(model);
  for (std::size_t g = 0; g < model.graphs.size(); ++g)
    for (const ir::Tensor& tensor : model.graphs[g].tensors) TensorCheck(model.graphs[g], g, tensor).run();
  ir::verify(model, "");
  for (std::size_t g = 0; g < model.graphs.size(); ++g) {
    const ir::Graph& graph = model.graphs[g];
    std::vector<std::size_t> last_reader(graph.tensors.size(), graph.nodes.size());
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) check_node(graph, g, n, last_reader);
  }
  verify_calls(model, calls);
}

}  // namespace litesmith::tflite
