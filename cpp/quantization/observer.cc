#include "quantization/observer.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace litesmith::quantization {
namespace {

interpreter::Options settings(const Observer::Options& options, interpreter::TensorObserver* observer) {
  return {.threads = options.threads, .isa = options.isa, .observer = observer};
}

std::span<const float> floats(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

/// The node that computes a tensor, as errors speak of it; empty for inputs.
std::string producer(const ir::Graph& graph, ir::TensorId id) {
  for (const ir::Node& node : graph.nodes)
    if (std::find(node.outputs.begin(), node.outputs.end(), id) != node.outputs.end()) return ir::describe(node);
  return {};
}

}  // namespace

Observer::Observer(std::shared_ptr<const ir::Model> model, const Options& options)
    : model_(std::move(model)),
      isa_(options.isa),
      interpreter_(model_, settings(options, this)),
      observations_(*model_, options.detail) {
  for (const ir::Graph& graph : model_->graphs) current_.emplace_back(graph.tensors.size());
}

void Observer::observe(int graph, std::span<const Feed> feeds, std::uint64_t sample) {
  interpreter::Executor& executor = interpreter_.executor(graph);
  start_sample();
  notes_channels_ = observations_.detail().channels && is_channel_sample(sample);
  for (const Feed& feed : feeds) executor.resize(feed.tensor, feed.shape);
  executor.allocate();
  executor.reset_variables();
  for (const Feed& feed : feeds) executor.write(feed.tensor, feed.values);
  executor.invoke();
  check_numbers(sample);
  commit(sample);
}

int Observer::index_of(const ir::Graph& graph) const { return static_cast<int>(&graph - model_->graphs.data()); }

Observer::Current& Observer::current(TensorKey key) {
  return current_.at(static_cast<std::size_t>(key.first)).at(static_cast<std::size_t>(key.second));
}

void Observer::start_sample() {
  for (const TensorKey& key : seen_) current(key) = {};
  seen_.clear();
}

void Observer::computed(const Values& values, ThreadPool& pool) {
  if (values.dtype != DType::float32 || values.bytes.empty()) return;
  const TensorKey key{index_of(values.graph), values.tensor};
  Current& it = current(key);
  if (!it.seen) seen_.push_back(key);
  it.seen = true;
  const std::span<const float> x = floats(values.bytes);
  it.extent.join(scan(x.data(), static_cast<std::int64_t>(x.size()), isa_, pool));
  it.values += x.size();
  const Detail detail = observations_.detail();
  if (!detail.histogram && !notes_channels_) return;
  TensorStatistics& kept = observations_.tensor(key, values.graph.tensor(values.tensor).name);
  if (detail.histogram) kept.histogram.add(x);
  if (notes_channels_) note_channels(key, values, pool);
}

void Observer::note_channels(TensorKey key, const Values& values, ThreadPool& pool) {
  if (values.shape.rank() < 2) return;
  const auto channels = static_cast<std::size_t>(values.shape.back());
  std::vector<float>& peaks = observations_.tensor(key, {}).channel_peaks;
  if (peaks.size() < channels) peaks.resize(channels);
  note_peaks(floats(values.bytes), std::span(peaks).first(channels), isa_, pool);
}

std::optional<interpreter::TensorView> Observer::result(int graph, ir::TensorId tensor) {
  return interpreter_.executor(graph).view(tensor);
}

void Observer::shown(const ir::Graph& graph, ir::TensorId tensor, ir::TensorId source) {
  const TensorKey from{index_of(graph), source};
  const TensorKey to{from.first, tensor};
  if (!current(from).seen) return;
  if (!current(to).seen) seen_.push_back(to);
  current(to) = current(from);
}

void Observer::check_numbers(std::uint64_t sample) const {
  for (const TensorKey& key : seen_) {
    const auto& [extent, values, seen] =
        current_[static_cast<std::size_t>(key.first)][static_cast<std::size_t>(key.second)];
    if (extent.is_finite()) continue;
    const ir::Graph& graph = model_->graphs[static_cast<std::size_t>(key.first)];
    const std::string node = producer(graph, key.second);
    const std::string_view what = extent.has_nan ? "NaN" : extent.max > 0 && std::isinf(extent.max) ? "inf" : "-inf";
    fail(
        ErrorKind::value, "sample ", sample, " of the calibration data makes the tensor '",
        graph.tensor(key.second).name, "' ", what, node.empty() ? "" : concat(" (", node, ")"),
        ": no range can be taken from it; ",
        node.empty() ? "remove or repair the sample" : "check the sample, and the layer for overflow or division by 0");
  }
}

void Observer::commit(std::uint64_t sample) {
  const Detail detail = observations_.detail();
  for (const TensorKey& key : seen_) {
    const Current& it = current(key);
    const std::string& name = model_->graphs[static_cast<std::size_t>(key.first)].tensor(key.second).name;
    observations_.tensor(key, name).add({sample, {it.extent.min, it.extent.max}}, it.values, detail);
  }
  observations_.count_sample();
}

}  // namespace litesmith::quantization
