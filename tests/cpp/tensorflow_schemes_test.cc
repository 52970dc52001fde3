#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/mapped_file.h"
#include "quantization/quantize.h"
#include "tflite/reader.h"
#include "tflite/writer.h"

namespace litesmith {
namespace {

using quantization::Mode;
using quantization::Policy;

/// The folder of test material; the tests that need it are skipped while LITESMITH_SHARED does not name it.
const char* shared() { return std::getenv("LITESMITH_SHARED"); }

/// Whether the node widens a stored constant. Where such nodes stand among each other follows from the order of
/// constants, which differs between releases.
bool widens_constant(const ir::Graph& graph, const ir::Node& node) {
  return node.op->name == "DEQUANTIZE" && graph.tensor(node.input(0)).is_constant();
}

/// Two graphs node by node; tensors belong together by their places as operands and results, not by number or name.
class Comparison {
 public:
  Comparison(const ir::Graph& a, const ir::Graph& b) : a_(a), b_(b), a_uses_(a), b_uses_(b) {}

  std::string difference() {
    const auto nodes_a = computing(a_), nodes_b = computing(b_);
    if (a_.nodes.size() != b_.nodes.size() || nodes_a.size() != nodes_b.size())
      return concat(nodes_a.size(), " of ", a_.nodes.size(), " and ", nodes_b.size(), " of ", b_.nodes.size(),
                    " nodes");
    if (!match_all(a_.inputs, b_.inputs)) return "graph inputs";
    for (std::size_t n = 0; n < nodes_a.size(); ++n) {
      const ir::Node& a = *nodes_a[n];
      const ir::Node& b = *nodes_b[n];
      const std::string where = concat("node ", n, ": ", ir::describe(a), " and ", ir::describe(b), ": ");
      if (a.op != b.op || a.attrs != b.attrs) return where + "operator or attributes";
      if (a.inputs.size() != b.inputs.size()) return where + "operand count";
      for (std::size_t i = 0; i < a.inputs.size(); ++i)
        if (!same_operand(a.inputs[i], b.inputs[i])) return concat(where, "operand ", i);
      if (!match_all(a.outputs, b.outputs)) return where + "results";
    }
    for (std::size_t i = 0; i < a_.outputs.size(); ++i)
      if (!same_operand(a_.outputs[i], b_.outputs.at(i))) return concat("graph output ", i);
    return "";
  }

 private:
  /// The nodes without those that widen constants, which must stand first.
  static std::vector<const ir::Node*> computing(const ir::Graph& graph) {
    std::vector<const ir::Node*> nodes;
    for (const ir::Node& node : graph.nodes) {
      const bool widens = widens_constant(graph, node);
      if (widens && !nodes.empty()) return {};
      if (!widens) nodes.push_back(&node);
    }
    return nodes;
  }

  static bool same_tensor(const ir::Tensor& a, const ir::Tensor& b) {
    const ir::Quantization& p = a.quantization;
    const ir::Quantization& q = b.quantization;
    return a.dtype == b.dtype && a.shape == b.shape && a.data == b.data && p.scales == q.scales &&
           p.zero_points == q.zero_points && (p.scales.size() < 2 || p.dimension == q.dimension);
  }

  static const ir::Tensor* widened(const ir::Graph& graph, const ir::Uses& uses, ir::TensorId id) {
    const ir::NodeId producer = uses.producer(id);
    if (producer < 0) return nullptr;
    const ir::Node& node = graph.nodes[static_cast<std::size_t>(producer)];
    return widens_constant(graph, node) ? &graph.tensor(node.input(0)) : nullptr;
  }

  bool same_operand(ir::TensorId a, ir::TensorId b) const {
    if (a == ir::kAbsent || b == ir::kAbsent) return a == b;
    if (!same_tensor(a_.tensor(a), b_.tensor(b))) return false;
    const ir::Tensor* constant_a = widened(a_, a_uses_, a);
    const ir::Tensor* constant_b = widened(b_, b_uses_, b);
    if (constant_a != nullptr && constant_b != nullptr) return same_tensor(*constant_a, *constant_b);
    if (constant_a != nullptr || constant_b != nullptr) return false;
    return a_.tensor(a).is_constant() || a_.tensor(a).is_variable || b_of_a_.at(a) == b;
  }

  bool match_all(const std::vector<ir::TensorId>& a, const std::vector<ir::TensorId>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!same_tensor(a_.tensor(a[i]), b_.tensor(b[i]))) return false;
      b_of_a_[a[i]] = b[i];
    }
    return true;
  }

  const ir::Graph& a_;
  const ir::Graph& b_;
  ir::Uses a_uses_, b_uses_;
  std::map<ir::TensorId, ir::TensorId> b_of_a_;
};

std::string difference(const ir::Model& a, const ir::Model& b) {
  if (a.graphs.size() != b.graphs.size()) return "number of graphs";
  for (std::size_t g = 0; g < a.graphs.size(); ++g)
    if (const std::string found = Comparison(a.graphs[g], b.graphs[g]).difference(); !found.empty())
      return concat("graph ", g, ", ", found);
  return "";
}

/// The entries that follow from the mode and from the operators' versions.
std::vector<std::optional<Bytes>> metadata(const ir::Model& model) {
  std::vector<std::optional<Bytes>> entries(2);
  for (const auto& [name, bytes] : model.metadata) {
    if (name == "min_runtime_version") entries[0] = bytes;
    if (name == "reduced_precision_support") entries[1] = bytes;
  }
  return entries;
}

/// A float model that TensorFlow wrote and what it made of the same model.
struct Pair {
  const char* floats;
  const char* quantized;
  Policy policy;
};

const Policy kDynamic{.mode = Mode::dynamic_range};
const Policy kHalf{.mode = Mode::float16};
/// TensorFlow 2.15 gives dense layers one scale.
const Policy kOldDynamic{.mode = Mode::dynamic_range, .per_channel_dense = false};

const Pair kPairs[] = {
    {"01_keras_mnist_cnn/tflite/k3_small_from_keras_model", "01_keras_mnist_cnn/tflite/k3_small_dynamic", kDynamic},
    {"01_keras_mnist_cnn/tflite/k3_small_from_keras_model", "01_keras_mnist_cnn/tflite/k3_small_float16", kHalf},
    {"01_keras_mnist_cnn/tflite/k2_small_from_keras_model", "01_keras_mnist_cnn/tflite/k2_small_dynamic", kOldDynamic},
    {"01_keras_mnist_cnn/tflite/k2_small_from_keras_model", "01_keras_mnist_cnn/tflite/k2_small_float16", kHalf},
    {"02_savedmodel_optimizations/tflite/k2_float", "02_savedmodel_optimizations/tflite/k2_default", kOldDynamic},
    {"02_savedmodel_optimizations/tflite/k2_float", "02_savedmodel_optimizations/tflite/k2_float16", kHalf},
    {"03_full_integer/tflite/k2_cnn_float", "03_full_integer/tflite/k2_cnn_dynamic", kOldDynamic},
    {"03_full_integer/tflite/k3_cnn_float", "03_full_integer/tflite/k3_cnn_dynamic", kDynamic},
    {"03_full_integer/tflite/k2_lstm_float", "03_full_integer/tflite/k2_lstm_dynamic", kOldDynamic},
    {"03_full_integer/tflite/k3_lstm_float", "03_full_integer/tflite/k3_lstm_dynamic", kDynamic},
    {"07_ssd_detector/tflite/tf215_float_fast", "07_ssd_detector/tflite/tf215_float_fast_dynamic", kOldDynamic},
    {"07_ssd_detector/tflite/tf221_float_fast", "07_ssd_detector/tflite/tf221_float_fast_dynamic", kDynamic},
};

TEST_CASE("float16 and dynamic range of TensorFlow's float files are what TensorFlow makes of them" *
          doctest::skip(shared() == nullptr)) {
  const auto path = [](const char* name) {
    return std::filesystem::path(shared()) / "scenarios" / (name + std::string(".tflite"));
  };
  for (const Pair& pair : kPairs) {
    INFO(pair.quantized);
    const Bytes float_file = map_file(path(pair.floats)), wanted_file = map_file(path(pair.quantized));
    const ir::Model floats = tflite::read(float_file, pair.floats);
    const ir::Model wanted = tflite::read(wanted_file, pair.quantized);
    CHECK(difference(floats, wanted) != "");
    const ir::Model made = quantization::quantize(floats, {}, pair.policy);
    CHECK(difference(made, wanted) == "");
    // Without the layer paths, an entry of its own that TensorFlow's files do not have.
    const Bytes file = tflite::write(made, {.origins = false});
    const ir::Model written = tflite::read(file, "written");
    CHECK(difference(written, wanted) == "");
    CHECK(metadata(written) == metadata(wanted));
    if (pair.policy.mode == Mode::float16)
      CHECK(static_cast<double>(file.size()) <= 0.51 * static_cast<double>(float_file.size()));
    else
      CHECK(static_cast<double>(file.size()) <= 1.01 * static_cast<double>(wanted_file.size()));
  }
}

/// A folder with files that TensorFlow has just made: <name>.float.tflite and <name>.<key of kLivePolicies>.tflite.
const char* live() { return std::getenv("LITESMITH_TENSORFLOW_FILES"); }

const std::map<std::string, Policy> kLivePolicies = {
    {".float16", kHalf},
    {".dynamic_range", kDynamic},
    {".dynamic_range_dense_per_tensor", kOldDynamic},
    {".dynamic_range_per_tensor", {.mode = Mode::dynamic_range, .per_channel = false}},
};

TEST_CASE("float16 and dynamic range of single operators are what a live TensorFlow makes of them" *
          doctest::skip(live() == nullptr)) {
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(live())) {
    const std::filesystem::path mode = entry.path().stem();  // name.mode
    const auto policy = kLivePolicies.find(mode.extension().string());
    if (policy == kLivePolicies.end()) continue;
    const std::string name = entry.path().string();
    INFO(name);
    const std::string floats = (entry.path().parent_path() / mode.stem()).string() + ".float.tflite";
    const ir::Model before = tflite::read(map_file(floats), floats), wanted = tflite::read(map_file(name), name);
    if (policy->second.mode == Mode::float16) CHECK(difference(before, wanted) != "");
    const Bytes file = tflite::write(quantization::quantize(before, {}, policy->second));
    const ir::Model written = tflite::read(file, "written");
    CHECK(difference(written, wanted) == "");
    CHECK(metadata(written) == metadata(wanted));
    ++compared;
  }
  MESSAGE(compared << " files compared");
  CHECK(compared > 0);
}

}  // namespace
}  // namespace litesmith
