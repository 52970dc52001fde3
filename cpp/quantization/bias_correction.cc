#include "quantization/bias_correction.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "ops/op_def.h"
#include "quantization/number_format.h"

namespace litesmith::quantization {
namespace {

bool is_linear(const ir::Node& node) { return ops::def(node).linear.filter >= 0; }

/// The linear node at or after `next` that a quantized one was made of; `next` moves behind it.
const ir::Node& source_of(const ir::Node& quantized, const ir::Graph& graph, std::size_t& next) {
  while (next < graph.nodes.size()) {
    const ir::Node& node = graph.nodes[next++];
    if (node.op == quantized.op && node.origins == quantized.origins) return node;
  }
  fail(ErrorKind::value, ir::describe(quantized), " of the quantized model is not in the float model");
}

/// The values that an int8 constant stands for; nullopt for other constants.
std::optional<std::vector<float>> dequantized(const ir::Tensor& constant) {
  const ir::Quantization& steps = constant.quantization;
  if (!constant.is_constant() || constant.dtype != DType::int8 || steps.scales.empty()) return std::nullopt;
  const auto stored = constant.data->to_vector<std::int8_t>();
  const int axis = steps.dimension;
  const bool has_one = steps.scales.size() == 1;
  const auto inner = has_one ? 1 : static_cast<std::size_t>(constant.shape.count(axis + 1, constant.shape.rank()));
  std::vector<float> values(stored.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t channel = has_one ? 0 : i / inner % steps.scales.size();
    values[i] = static_cast<float>(stored[i]) * steps.scales[channel];
  }
  return values;
}

/// The operand that the filter is applied to.
int data_of(const ir::Graph& graph, const ir::Node& node) {
  const ops::Linear& linear = ops::def(node).linear;
  for (int i = 0; i < static_cast<int>(node.inputs.size()); ++i)
    if (i != linear.filter && i != linear.bias && node.has_input(i) &&
        graph.tensor(node.input(i)).dtype == DType::float32)
      return i;
  return -1;
}

ir::TensorId add_constant(ir::Graph& graph, ir::TensorId like, const std::vector<float>& values) {
  ir::Tensor made = graph.tensor(like);
  made.data = Bytes::copy_of(std::span<const float>(values));
  made.quantization = {};
  return graph.add_tensor(std::move(made));
}

/// A tensor of the same shape, computed.
ir::TensorId add_result(ir::Graph& graph, ir::TensorId like, DType dtype, ir::Quantization quantization = {}) {
  ir::Tensor made = graph.tensor(like);
  made.dtype = dtype;
  made.quantization = std::move(quantization);
  made.data.reset();
  return graph.add_tensor(std::move(made));
}

/// The operand with the values that the integers of `as` can hold; itself where that is float32.
ir::TensorId add_rounded(ir::Graph& graph, std::vector<ir::Node>& nodes, ir::TensorId id, const ir::Tensor& as) {
  if (as.dtype == DType::float32 || !NumberFormat::is_known(as)) return id;
  const ir::TensorId integers = add_result(graph, id, as.dtype, as.quantization);
  const ir::TensorId rounded = add_result(graph, id, DType::float32);
  nodes.push_back(ops::make_node("QUANTIZE", {}, {id}, {integers}));
  nodes.push_back(ops::make_node("DEQUANTIZE", {}, {integers}, {rounded}));
  return rounded;
}

/// The operator without bias and activation, on other operands.
ir::TensorId add_product(ir::Graph& graph, std::vector<ir::Node>& nodes, const ir::Node& source, int data,
                         ir::TensorId operand, ir::TensorId filter) {
  const ops::OpDef& def = ops::def(source);
  ir::Node product = source;
  const ir::TensorId result = add_result(graph, source.output(), DType::float32);
  product.outputs = {result};
  product.inputs[static_cast<std::size_t>(data)] = operand;
  product.inputs[static_cast<std::size_t>(def.linear.filter)] = filter;
  if (source.has_input(def.linear.bias)) {
    const ir::TensorId bias = source.input(def.linear.bias);
    const std::vector<float> zeros(static_cast<std::size_t>(elements(graph.tensor(bias).shape)), 0.0F);
    product.inputs[static_cast<std::size_t>(def.linear.bias)] = add_constant(graph, bias, zeros);
  }
  if (def.fused_activation.with != nullptr)
    product.attrs = def.fused_activation.with(source.attrs, ops::Activation::none);
  nodes.push_back(std::move(product));
  return result;
}

}  // namespace

BiasCorrection::BiasCorrection(const ir::Model& model, const ir::Model& quantized, const Policy& policy,
                               const Options& options) {
  auto probes = std::make_shared<ir::Model>(model);
  if (quantized.graphs.size() != model.graphs.size())
    fail(ErrorKind::value, "the quantized model has ", quantized.graphs.size(), " graphs and the float model ",
         model.graphs.size(), ": it was not made of it");
  for (std::size_t g = 0; g < model.graphs.size(); ++g)
    add_probes(static_cast<std::int32_t>(g), probes->graphs[g], quantized.graphs[g], policy);
  probes_ = std::move(probes);
  const interpreter::Options settings{.threads = options.threads, .isa = options.isa, .observer = this};
  interpreter_ = std::make_unique<interpreter::Interpreter>(probes_, settings);
}

void BiasCorrection::add_probes(std::int32_t index, ir::Graph& probes, const ir::Graph& quantized,
                                const Policy& policy) {
  std::map<const ir::Node*, const ir::Node*> quantized_of;
  std::size_t next = 0;
  for (const ir::Node& node : quantized.nodes)
    if (is_linear(node)) quantized_of.emplace(&source_of(node, probes, next), &node);
  std::vector<ir::Node> nodes;
  for (const ir::Node& source : probes.nodes) {
    nodes.push_back(source);
    const auto found = quantized_of.find(&source);
    const int data = data_of(probes, source);
    if (found == quantized_of.end() || data < 0) continue;
    const int filter = ops::def(source).linear.filter;
    const auto values = dequantized(quantized.tensor(found->second->input(filter)));
    const ir::Tensor& exact_filter = probes.tensor(source.input(filter));
    if (!values || !exact_filter.is_constant() || exact_filter.dtype != DType::float32) continue;
    const ir::Tensor& stored_operand = quantized.tensor(found->second->input(data));
    const ir::TensorId operand = add_rounded(probes, nodes, source.input(data), stored_operand);
    const ir::TensorId stored_filter = add_constant(probes, source.input(filter), *values);
    const auto exact = add_product(probes, nodes, source, data, source.input(data), source.input(filter));
    const auto stored = add_product(probes, nodes, source, data, operand, stored_filter);
    watched_[{index, exact}] = {measured_.size(), false};
    watched_[{index, stored}] = {measured_.size(), true};
    measured_.push_back({{index, source.output()}, mode_of(source, policy), {}, {}, 0});
  }
  probes.nodes = std::move(nodes);
}

void BiasCorrection::add(int graph, std::span<const Feed> feeds) {
  interpreter::Executor& executor = interpreter_->executor(graph);
  for (const Feed& feed : feeds) executor.resize(feed.tensor, feed.shape);
  executor.allocate();
  executor.reset_variables();
  for (const Feed& feed : feeds) executor.write(feed.tensor, feed.values);
  executor.invoke();
}

void BiasCorrection::computed(const Values& values, ThreadPool& /*pool*/) {
  const auto graph = static_cast<std::int32_t>(&values.graph - probes_->graphs.data());
  const auto found = watched_.find({graph, values.tensor});
  if (found == watched_.end() || values.shape.rank() == 0) return;
  Measured& measured = measured_[found->second.measured];
  const std::span<const float> x = float_values(values.bytes);
  const auto channels = static_cast<std::size_t>(values.shape.back());
  std::vector<double>& sums = found->second.is_stored ? measured.stored : measured.exact;
  sums.resize(channels);
  if (found->second.is_stored) measured.rows += x.size() / channels;
  for (std::size_t row = 0; row + channels <= x.size(); row += channels)
    for (std::size_t c = 0; c < channels; ++c) sums[c] += double{x[row + c]};
}

void BiasCorrection::shown(const ir::Graph& /*graph*/, ir::TensorId /*tensor*/, ir::TensorId /*source*/) {}

BiasErrors BiasCorrection::errors() const {
  BiasErrors errors;
  for (const Measured& measured : measured_) {
    if (measured.rows == 0) continue;
    BiasError& error = errors[measured.result];
    error.mode = measured.mode;
    for (std::size_t c = 0; c < measured.stored.size(); ++c)
      error.mean.push_back((measured.stored[c] - measured.exact[c]) / static_cast<double>(measured.rows));
  }
  return errors;
}

void correct_biases(ir::Model& model, const BiasErrors& errors, const Policy& policy) {
  for (std::size_t g = 0; g < model.graphs.size(); ++g) {
    ir::Graph& graph = model.graphs[g];
    for (ir::Node& node : graph.nodes) {
      if (!is_linear(node)) continue;
      const auto found = errors.find({static_cast<std::int32_t>(g), node.output()});
      if (found == errors.end() || mode_of(node, policy) != found->second.mode) continue;
      const std::vector<double>& mean = found->second.mean;
      const auto place = static_cast<std::size_t>(ops::def(node).linear.bias);
      const ir::TensorId old = node.input(static_cast<int>(place));
      ir::Tensor bias;
      if (old != ir::kAbsent) bias = graph.tensor(old);
      if (old != ir::kAbsent && (!bias.is_constant() || bias.dtype != DType::float32)) continue;
      std::vector<float> values = old == ir::kAbsent ? std::vector<float>(mean.size()) : bias.data->to_vector<float>();
      if (values.size() != mean.size()) continue;
      for (std::size_t c = 0; c < mean.size(); ++c) values[c] = static_cast<float>(double{values[c]} - mean[c]);
      if (old == ir::kAbsent) {
        bias.name = graph.tensor(node.output()).name + "_bias";
        bias.shape = Shape{static_cast<std::int32_t>(mean.size())};
      }
      bias.data = Bytes::copy_of(std::span<const float>(values));
      if (node.inputs.size() <= place) node.inputs.resize(place + 1, ir::kAbsent);
      node.inputs[place] = graph.add_tensor(std::move(bias));
    }
  }
}

}  // namespace litesmith::quantization
