#include "importers/graphdef/folding_builder.h"

#include <algorithm>
#include <utility>

#include "ops/evaluate.h"
#include "ops/op_def.h"
#include "simd/cpu.h"

namespace litesmith::importers::graphdef {
namespace {

/// A folded constant may be this much larger than what it was computed from before folding bloats the file.
constexpr std::size_t kFreeBytes = 4096;
/// Shapes have few numbers; larger tensors of integers are data.
constexpr std::size_t kMostShapeBytes = 1024;

/// Operators whose results are sums and products of their operands' numbers, or the numbers themselves.
constexpr std::string_view kPolynomial[] = {
    "ADD",   "CAST",    "CONCATENATION", "EXPAND_DIMS", "FILL",       "GATHER", "MUL",           "NEG",
    "PACK",  "PAD",     "REDUCE_PROD",   "RESHAPE",     "REVERSE_V2", "SLICE",  "STRIDED_SLICE", "SQUEEZE",
    "SPLIT", "SPLIT_V", "SUB",           "SUM",         "TILE",       "UNPACK", "TRANSPOSE"};

constexpr std::int64_t kGuesses[] = {101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179,
                                     181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239, 241, 251, 257, 263, 269};

bool is_polynomial(std::string_view op) {
  return std::find(std::begin(kPolynomial), std::end(kPolynomial), op) != std::end(kPolynomial);
}

ops::PrepareContext::Settings settings() { return {simd::active_isa(), ops::Arithmetic::litert, 1}; }

std::vector<ops::EvaluationInput> operands(const ir::Graph& graph, const ir::Node& node) {
  std::vector<ops::EvaluationInput> inputs;
  for (const ir::TensorId id : node.inputs) {
    if (id == ir::kAbsent)
      inputs.push_back({.tensor = {}, .data = {}, .constant = true, .absent = true});
    else
      inputs.push_back({.tensor = graph.tensor(id),
                        .data = graph.tensor(id).data.value_or(Bytes()),
                        .constant = true,
                        .absent = false});
  }
  return inputs;
}

std::vector<ir::Tensor> declared_outputs(const ir::Graph& graph, const ir::Node& node) {
  std::vector<ir::Tensor> declared;
  for (const ir::TensorId id : node.outputs) declared.push_back(graph.tensor(id));
  return declared;
}

bool can_run(const ops::OpDef& op) {
  return op.foldable && op.builtin_code >= 0 && (op.prepare != nullptr || op.host != nullptr);
}

std::vector<std::int64_t> ints_in(const Bytes& data, DType dtype) {
  if (dtype == DType::int64) return data.to_vector<std::int64_t>();
  const auto narrow = data.to_vector<std::int32_t>();
  return {narrow.begin(), narrow.end()};
}

Bytes bytes_of(const std::vector<std::int64_t>& values, DType dtype) {
  if (dtype == DType::int64) return Bytes::copy_of<std::int64_t>(values);
  const std::vector<std::int32_t> narrow(values.begin(), values.end());
  return Bytes::copy_of<std::int32_t>(narrow);
}

bool counts(DType dtype) { return dtype == DType::int32 || dtype == DType::int64; }

}  // namespace

std::vector<ir::TensorId> FoldingBuilder::add(const emit::Owner& owner, std::string_view op, ir::Attrs attrs,
                                              std::vector<ir::TensorId> inputs, int results, DType dtype) {
  auto ids = GraphBuilder::add(owner, op, std::move(attrs), std::move(inputs), results, dtype);
  const ir::Node node = graph().nodes.back();
  if (fold_constants(node))
    graph().nodes.pop_back();
  else
    try_shapes(node);
  return ids;
}

std::optional<PartialInts> FoldingBuilder::partial_ints(ir::TensorId id) const {
  const auto trials = trials_of(id);
  if (!trials) return std::nullopt;
  const DType dtype = this->dtype(id);
  const auto first = ints_in(trials->first, dtype), second = ints_in(trials->second, dtype);
  PartialInts values;
  for (std::size_t i = 0; i < first.size(); ++i)
    values.push_back(first[i] == second[i] ? std::optional(first[i]) : std::nullopt);
  return values;
}

/// True when the node is no longer needed.
bool FoldingBuilder::fold_constants(const ir::Node& node) {
  if (!can_run(ops::def(node)) || node.inputs.empty() || node.outputs.empty()) return false;
  std::size_t bytes = 0;
  for (const ir::TensorId id : node.inputs) {
    if (id == ir::kAbsent) continue;
    const ir::Tensor& tensor = graph().tensor(id);
    if (!tensor.is_constant() || !tensor.quantization.empty()) return false;
    bytes += tensor.data->size();
  }
  const auto results = ops::evaluate(node, operands(graph(), node), declared_outputs(graph(), node), settings());
  for (const ops::EvaluationResult& result : results)
    if (result.data.size() > 2 * bytes + kFreeBytes) return false;
  for (std::size_t i = 0; i < results.size(); ++i) {
    graph().tensor(node.outputs[i]).dtype = results[i].dtype;
    replace_by_constant(node.outputs[i], results[i].shape, Bytes::take(results[i].data));
  }
  return true;
}

void FoldingBuilder::replace_by_constant(ir::TensorId id, Shape shape, Bytes data) {
  ir::Tensor& tensor = graph().tensor(id);
  tensor.shape = std::move(shape);
  tensor.data = std::move(data);
}

std::optional<FoldingBuilder::Trials> FoldingBuilder::trials_of(ir::TensorId id) const {
  if (const auto found = trials_.find(id); found != trials_.end()) return found->second;
  const ir::Tensor& tensor = graph().tensor(id);
  if (!tensor.is_constant() || !counts(tensor.dtype) || tensor.data->size() > kMostShapeBytes) return std::nullopt;
  return Trials{*tensor.data, *tensor.data};
}

/// Result of SHAPE: known dims, and guesses for the others.
std::optional<FoldingBuilder::Trials> FoldingBuilder::trials_of_shape(const ir::Node& node) {
  const Shape& dims = shape(node.inputs.at(0));
  if (!dims.has_rank()) return std::nullopt;
  constexpr std::size_t kHalf = std::size(kGuesses) / 2;
  std::vector<std::int64_t> first, second;
  for (const std::int32_t dim : dims) {
    const std::size_t guess = dim == kUnknownDim ? next_guess_++ : 0;
    first.push_back(dim == kUnknownDim ? kGuesses[guess % kHalf] : dim);
    second.push_back(dim == kUnknownDim ? kGuesses[kHalf + (5 * guess + 3) % kHalf] : dim);
  }
  const DType dtype = this->dtype(node.outputs.at(0));
  return Trials{bytes_of(first, dtype), bytes_of(second, dtype)};
}

void FoldingBuilder::try_shapes(const ir::Node& node) {
  std::vector<std::pair<ops::EvaluationResult, ops::EvaluationResult>> results;
  if (node.op->name == "SHAPE") {
    if (const auto trials = trials_of_shape(node)) trials_.insert_or_assign(node.outputs[0], *trials);
  } else if (is_polynomial(node.op->name) && can_run(ops::def(node))) {
    auto first = operands(graph(), node), second = first;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == ir::kAbsent) continue;
      const auto trials = trials_of(node.inputs[i]);
      if (!trials) return;
      first[i].data = trials->first;
      second[i].data = trials->second;
    }
    const auto declared = declared_outputs(graph(), node);
    const auto once = ops::evaluate(node, first, declared, settings());
    const auto twice = ops::evaluate(node, second, declared, settings());
    for (std::size_t i = 0; i < once.size(); ++i) {
      if (!counts(once[i].dtype) || once[i].shape != twice[i].shape || once[i].data.size() > kMostShapeBytes) return;
      trials_.insert_or_assign(node.outputs[i], Trials{Bytes::take(once[i].data), Bytes::take(twice[i].data)});
      graph().tensor(node.outputs[i]).shape = once[i].shape;
    }
  } else {
    return;
  }
  const bool all_known = std::all_of(node.outputs.begin(), node.outputs.end(), [&](ir::TensorId id) {
    const auto trials = trials_of(id);
    return trials && trials->first == trials->second;
  });
  if (!all_known) return;
  for (const ir::TensorId id : node.outputs) replace_by_constant(id, Shape(shape(id)), trials_.at(id).first);
  graph().nodes.pop_back();
}

}  // namespace litesmith::importers::graphdef
