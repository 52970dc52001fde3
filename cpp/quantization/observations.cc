#include "quantization/observations.h"

#include <algorithm>
#include <tuple>

#include "base/error.h"

namespace litesmith::quantization {
namespace {

/// FNV-1a.
class Fingerprint {
 public:
  void add(std::string_view text) {
    for (const char c : text) step(static_cast<unsigned char>(c));
    step(0);
  }
  void add(std::size_t number) {
    for (int shift = 0; shift < 64; shift += 8) step(static_cast<unsigned char>(std::uint64_t{number} >> shift));
  }
  std::uint64_t value() const noexcept { return value_; }

 private:
  void step(unsigned char byte) noexcept { value_ = (value_ ^ byte) * 0x100000001b3U; }
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

/// Of operators and tensors, not of weights.
std::uint64_t fingerprint(const ir::Model& model) {
  Fingerprint print;
  for (const ir::Graph& graph : model.graphs) {
    print.add(graph.tensors.size());
    for (const ir::Tensor& tensor : graph.tensors) {
      print.add(tensor.name);
      print.add(name(tensor.dtype));
    }
    print.add(graph.nodes.size());
    for (const ir::Node& node : graph.nodes) {
      print.add(node.op->name);
      for (const ir::TensorId id : node.outputs) print.add(static_cast<std::size_t>(id));
    }
  }
  return print.value();
}

/// The two best of both; `better` is a strict order of values.
template <class Better>
void join(std::array<Extreme, 2>& mine, const std::array<Extreme, 2>& theirs, std::uint64_t my_samples,
          std::uint64_t their_samples, Better better) {
  std::vector<Extreme> all(mine.begin(),
                           mine.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(my_samples, 2)));
  all.insert(all.end(), theirs.begin(),
             theirs.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(their_samples, 2)));
  if (all.empty()) return;
  std::sort(all.begin(), all.end(), [&](const Extreme& a, const Extreme& b) {
    return better(a.value, b.value) || (a.value == b.value && a.sample < b.sample);
  });
  mine = {all.front(), all.size() > 1 ? all[1] : all.front()};
}

bool earlier(const SampleRange& a, const SampleRange& b) {
  return std::tie(a.sample, a.range.min, a.range.max) < std::tie(b.sample, b.range.min, b.range.max);
}

}  // namespace

void TensorStatistics::add(const SampleRange& sample, std::uint64_t count, Detail detail) {
  const Extreme low{sample.range.min, sample.sample}, high{sample.range.max, sample.sample};
  join(lowest, {low, low}, samples, 1, std::less<>());
  join(highest, {high, high}, samples, 1, std::greater<>());
  ++samples;
  values += count;
  if (detail.samples) ranges.insert(std::upper_bound(ranges.begin(), ranges.end(), sample, earlier), sample);
}

void TensorStatistics::merge(const TensorStatistics& other) {
  join(lowest, other.lowest, samples, other.samples, std::less<>());
  join(highest, other.highest, samples, other.samples, std::greater<>());
  samples += other.samples;
  values += other.values;
  const auto middle = ranges.insert(ranges.end(), other.ranges.begin(), other.ranges.end());
  std::inplace_merge(ranges.begin(), middle, ranges.end(), earlier);
  histogram.merge(other.histogram);
  if (channel_peaks.size() < other.channel_peaks.size()) channel_peaks.resize(other.channel_peaks.size());
  for (std::size_t i = 0; i < other.channel_peaks.size(); ++i)
    channel_peaks[i] = std::max(channel_peaks[i], other.channel_peaks[i]);
}

Observations::Observations(const ir::Model& model, Detail detail) : fingerprint_(fingerprint(model)), detail_(detail) {}

void Observations::merge(const Observations& other) {
  if (fingerprint_ != other.fingerprint_)
    fail(ErrorKind::value, "observations of different models cannot be merged: the first has tensors such as ",
         tensors_.empty() ? "none" : concat("'", tensors_.begin()->second.name, "'"), ", the other ",
         other.tensors_.empty() ? "none" : concat("'", other.tensors_.begin()->second.name, "'"),
         "; observe every part with the same model");
  if (!(detail_ == other.detail_))
    fail(ErrorKind::value, "observations made for different calibration methods cannot be merged; ",
         "observe every part with the same method");
  samples_ += other.samples_;
  for (const auto& [key, statistics] : other.tensors_) tensor(key, statistics.name).merge(statistics);
}

void Observations::require_model(const ir::Model& model) const {
  if (fingerprint_ != fingerprint(model))
    fail(ErrorKind::value, "these observations are of another model: their tensors and operators differ from those of ",
         "the model that is to be quantized; observe this model");
}

TensorStatistics& Observations::tensor(TensorKey key, const std::string& name) {
  TensorStatistics& entry = tensors_[key];
  if (entry.name.empty()) entry.name = name;
  return entry;
}

}  // namespace litesmith::quantization
