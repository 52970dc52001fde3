#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "interpreter/interpreter.h"
#include "quantization/observations.h"
#include "quantization/value_scan/value_scan.h"

namespace litesmith::quantization {

/// A value for an input of a graph.
struct Feed {
  ir::TensorId tensor = ir::kAbsent;
  Shape shape;
  std::span<const std::byte> values;
};

/// Runs a float model over samples with its float kernels and keeps statistics of every float tensor that is fed or
/// computed. Results are the same on every instruction set and for any number of threads. Not thread safe.
class Observer final : private interpreter::TensorObserver {
 public:
  struct Options {
    int threads = 1;
    simd::Isa isa = simd::Isa::scalar;
    Detail detail{};
  };
  Observer(std::shared_ptr<const ir::Model> model, const Options& options);
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  /// Runs one sample; variables start from zero. Throws Error(value) naming sample, tensor and layer when a tensor
  /// becomes infinite or no number, and what the interpreter throws; the sample then does not count, but histograms may
  /// hold some of it.
  void observe(int graph, std::span<const Feed> feeds, std::uint64_t sample);

  const Observations& observations() const noexcept { return observations_; }
  /// An input or output of the graph as the last sample left it, valid until the next; nullopt where there is none.
  std::optional<interpreter::TensorView> result(int graph, ir::TensorId tensor);

 private:
  /// A tensor in the sample that runs.
  struct Current {
    Extent extent;
    std::uint64_t values = 0;
    bool seen = false;
  };
  void computed(const Values& values, ThreadPool& pool) override;
  void shown(const ir::Graph& graph, ir::TensorId tensor, ir::TensorId source) override;
  int index_of(const ir::Graph& graph) const;
  Current& current(TensorKey key);
  void start_sample();
  void note_channels(TensorKey key, const Values& values, ThreadPool& pool);
  void check_numbers(std::uint64_t sample) const;
  void commit(std::uint64_t sample);

  std::shared_ptr<const ir::Model> model_;
  simd::Isa isa_;
  interpreter::Interpreter interpreter_;
  Observations observations_;
  std::vector<std::vector<Current>> current_;  // by graph and tensor
  std::vector<TensorKey> seen_;                // in the order of execution
  bool notes_channels_ = false;                // in the sample that runs
};

}  // namespace litesmith::quantization
