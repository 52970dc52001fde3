#include "quantization/equalize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "ops/op_def.h"

namespace litesmith::quantization {
namespace {

constexpr int kMostRounds = 40;
/// No factor is further from 1 than this: settled.
constexpr double kSettled = 1.001;

constexpr std::array<std::string_view, 3> kLinear = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"};
/// f(s x) = s f(x) for s > 0, channel by channel.
constexpr std::array<std::string_view, 6> kHomogeneous = {"RELU",        "LEAKY_RELU",      "PAD",
                                                          "MAX_POOL_2D", "AVERAGE_POOL_2D", "RESHAPE"};

bool is_one_of(const ir::Node& node, std::span<const std::string_view> names) {
  return std::ranges::find(names, node.op->name) != names.end();
}

bool keeps_factors(const ir::Node& node) {
  const ops::FusedActivation& fused = ops::def(node).fused_activation;
  if (fused.get == nullptr) return true;
  const ops::Activation activation = fused.get(node.attrs);
  return activation == ops::Activation::none || activation == ops::Activation::relu;
}

/// A filter or bias in float64, while it is changed.
struct Weights {
  std::vector<double> values;
  std::size_t inner = 1;     // elements between neighbours on the channel axis
  std::size_t channels = 1;  // of the result

  std::size_t output_of(std::size_t i) const noexcept { return i / inner % channels; }
};

/// An operator and the one that reads its channels.
struct Pair {
  ir::NodeId first;
  ir::NodeId second;
  std::size_t channels;
};

class Equalizer {
 public:
  explicit Equalizer(ir::Graph& graph) : graph_(graph), uses_(graph) {}

  std::size_t run() {
    for (ir::NodeId id = 0; id < static_cast<ir::NodeId>(graph_.nodes.size()); ++id) find_pair(id);
    for (int round = 0; round < kMostRounds; ++round) {
      double furthest = 1;
      for (const Pair& pair : pairs_) furthest = std::max(furthest, balance(pair));
      if (furthest < kSettled) break;
    }
    store();
    return pairs_.size();
  }

 private:
  const ir::Node& node(ir::NodeId id) const { return graph_.nodes[static_cast<std::size_t>(id)]; }

  /// A float32 constant that one operator alone reads.
  bool is_own(ir::TensorId id) const {
    const ir::Tensor& tensor = graph_.tensor(id);
    return tensor.is_constant() && tensor.dtype == DType::float32 && tensor.quantization.empty() && !tensor.sparsity &&
           tensor.data->size() == static_cast<std::size_t>(elements(tensor.shape)) * sizeof(float) &&
           uses_.single_use(id);
  }

  bool is_changeable(const ir::Node& it) const {
    if (!is_one_of(it, kLinear)) return false;
    const ops::Linear& linear = ops::def(it).linear;
    if (!it.has_input(linear.filter) || !is_own(it.input(linear.filter))) return false;
    if (!it.has_input(linear.bias)) return true;
    const ir::TensorId bias = it.input(linear.bias);
    return is_own(bias) && static_cast<std::size_t>(elements(graph_.tensor(bias).shape)) == channels_of(it) &&
           graph_.tensor(bias).shape.rank() == 1;
  }

  std::size_t channels_of(const ir::Node& it) const {
    const ops::Linear& linear = ops::def(it).linear;
    return static_cast<std::size_t>(graph_.tensor(it.input(linear.filter)).shape[linear.channel_axis]);
  }

  void find_pair(ir::NodeId id) {
    if (!is_changeable(node(id)) || !keeps_factors(node(id))) return;
    const std::size_t channels = channels_of(node(id));
    std::vector<ir::TensorId> between;
    ir::TensorId tensor = node(id).output();
    while (is_interleaved(tensor, channels)) {
      if (!uses_.single_use(tensor)) return;
      between.push_back(tensor);
      const ir::NodeId reader = uses_.consumers(tensor).front();
      if (node(reader).input(0) != tensor) return;
      if (is_changeable(node(reader))) {
        if (!reads_channels(node(reader), channels)) return;
        pairs_.push_back({id, reader, channels});
        between_.insert(between_.end(), between.begin(), between.end());
        return;
      }
      if (!is_one_of(node(reader), kHomogeneous) || !keeps_factors(node(reader))) return;
      const std::int32_t width = graph_.tensor(tensor).shape.back();
      tensor = node(reader).output();
      if (node(reader).op->name != "RESHAPE" && graph_.tensor(tensor).shape.back() != width) return;
    }
  }

  /// Element i of the tensor belongs to channel i modulo `channels`.
  bool is_interleaved(ir::TensorId id, std::size_t channels) const {
    const Shape& shape = graph_.tensor(id).shape;
    return channels > 0 && shape.rank() > 0 && shape.back() > 0 &&
           static_cast<std::size_t>(shape.back()) % channels == 0;
  }

  /// Whether position j on the axis of the filter that meets the operand stands for channel j modulo `channels`.
  bool reads_channels(const ir::Node& it, std::size_t channels) const {
    const Shape& filter = graph_.tensor(it.input(ops::def(it).linear.filter)).shape;
    const auto depth = static_cast<std::size_t>(filter.back());
    if (it.op->name == "FULLY_CONNECTED") return depth % channels == 0;
    const Shape& operand = graph_.tensor(it.input(0)).shape;
    if (static_cast<std::size_t>(operand.back()) != channels) return false;
    return it.op->name == "CONV_2D" ? depth == channels : depth % channels == 0;
  }

  /// The channel of the operand that element i of a filter is multiplied by.
  static std::size_t input_of(const ir::Node& it, const Shape& filter, std::size_t channels, std::size_t i) {
    const auto depth = static_cast<std::size_t>(filter.back());
    return it.op->name == "DEPTHWISE_CONV_2D" ? i % depth / (depth / channels) : i % depth % channels;
  }

  Weights& weights(ir::TensorId id, int axis) {
    const auto [entry, is_new] = weights_.try_emplace(id);
    if (is_new) {
      const ir::Tensor& tensor = graph_.tensor(id);
      const auto values = tensor.data->to_vector<float>();
      entry->second = {{values.begin(), values.end()},
                       static_cast<std::size_t>(tensor.shape.count(axis + 1, tensor.shape.rank())),
                       static_cast<std::size_t>(tensor.shape[axis])};
    }
    return entry->second;
  }

  Weights& filter(const ir::Node& it) {
    const ops::Linear& linear = ops::def(it).linear;
    return weights(it.input(linear.filter), linear.channel_axis);
  }

  Weights* bias(const ir::Node& it) {
    const ops::Linear& linear = ops::def(it).linear;
    return it.has_input(linear.bias) ? &weights(it.input(linear.bias), 0) : nullptr;
  }

  /// Divides and multiplies by the factors of one pair; returns the factor that is furthest from 1, as one above it.
  double balance(const Pair& pair) {
    const ir::Node& reader = node(pair.second);
    Weights& first = filter(node(pair.first));
    Weights& second = filter(reader);
    Weights* const shift = bias(node(pair.first));
    const Shape& shape = graph_.tensor(reader.input(ops::def(reader).linear.filter)).shape;
    std::vector<double> given(pair.channels, 0.0), taken(pair.channels, 0.0);
    for (std::size_t i = 0; i < first.values.size(); ++i) {
      double& range = given[first.output_of(i)];
      range = std::max(range, std::abs(first.values[i]));
    }
    for (std::size_t i = 0; i < second.values.size(); ++i) {
      double& range = taken[input_of(reader, shape, pair.channels, i)];
      range = std::max(range, std::abs(second.values[i]));
    }
    const std::vector<double> factors = factors_of(given, taken, shift);
    for (std::size_t i = 0; i < first.values.size(); ++i) first.values[i] /= factors[first.output_of(i)];
    for (std::size_t i = 0; i < second.values.size(); ++i)
      second.values[i] *= factors[input_of(reader, shape, pair.channels, i)];
    double furthest = 1;
    for (std::size_t c = 0; c < pair.channels; ++c) {
      if (shift != nullptr) shift->values[c] /= factors[c];
      furthest = std::max({furthest, factors[c], 1 / factors[c]});
    }
    return furthest;
  }

  static std::vector<double> factors_of(const std::vector<double>& given, const std::vector<double>& taken,
                                        const Weights* shift) {
    double largest_bias = 0;
    if (shift != nullptr)
      for (const double value : shift->values) largest_bias = std::max(largest_bias, std::abs(value));
    std::vector<double> factors(given.size(), 1.0);
    for (std::size_t c = 0; c < given.size(); ++c) {
      const double factor = std::sqrt(given[c] / taken[c]);
      if (!(factor > 0) || !std::isfinite(factor)) continue;
      factors[c] = largest_bias > 0 ? std::max(factor, std::abs(shift->values[c]) / largest_bias) : factor;
    }
    return factors;
  }

  void store() {
    for (const auto& [id, changed] : weights_) {
      ir::Tensor& tensor = graph_.tensor(id);
      const std::vector<float> values(changed.values.begin(), changed.values.end());
      tensor.data = Bytes::copy_of(std::span<const float>(values));
      tensor.name += "_equalized";
      tensor.quantization = {};
    }
    for (const ir::TensorId id : between_) graph_.tensor(id).quantization = {};
  }

  ir::Graph& graph_;
  ir::Uses uses_;
  std::vector<Pair> pairs_{};
  std::vector<ir::TensorId> between_{};
  std::map<ir::TensorId, Weights> weights_{};
};

}  // namespace

std::size_t equalize(ir::Model& model) {
  std::size_t pairs = 0;
  for (ir::Graph& graph : model.graphs) pairs += Equalizer(graph).run();
  return pairs;
}

}  // namespace litesmith::quantization
