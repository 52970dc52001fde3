#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "ir/model.h"
#include "quantization/histogram.h"
#include "quantization/ranges.h"

namespace litesmith::quantization {

/// What is kept of each tensor beside its extremes.
struct Detail {
  bool samples = false;    // least and greatest value of every sample
  bool histogram = false;  // counts of values
  bool channels = false;   // greatest |x| for each index of the last axis, over is_channel_sample()
  bool operator==(const Detail&) const = default;
};

/// The samples whose channels are looked at: the first eight and every sixteenth of the rest, because a second look at
/// all values costs much.
constexpr bool is_channel_sample(std::uint64_t sample) noexcept { return sample < 8 || sample % 16 == 0; }

/// A value, and the sample that it comes from.
struct Extreme {
  float value = 0;
  std::uint64_t sample = 0;
  bool operator==(const Extreme&) const = default;
};

struct SampleRange {
  std::uint64_t sample = 0;
  Range range;
  bool operator==(const SampleRange&) const = default;
};

/// What was seen of one tensor.
struct TensorStatistics {
  std::string name;
  /// Samples in which it was computed, and its values in all of them.
  std::uint64_t samples = 0;
  std::uint64_t values = 0;
  /// The two lowest (highest) values of different samples, most extreme first; of equal ones the earlier sample. The
  /// second equals the first while there is one sample.
  std::array<Extreme, 2> lowest{}, highest{};
  std::vector<SampleRange> ranges;  // ascending by sample
  Histogram histogram;
  std::vector<float> channel_peaks;

  /// Counts a sample whose `count` values lie in the range.
  void add(const SampleRange& sample, std::uint64_t count, Detail detail);
  void merge(const TensorStatistics& other);
  bool operator==(const TensorStatistics&) const = default;
};

/// Statistics of a model's float tensors over samples. Samples have numbers; it does not matter in which order or in
/// how many parts they are seen, if every part numbers its samples as the whole does: merged parts equal one pass, byte
/// for byte.
class Observations {
 public:
  Observations(const ir::Model& model, Detail detail);

  /// Adds the samples of another part. Throws Error(value) when it is of another model or keeps other details.
  void merge(const Observations& other);
  /// Throws Error(value) unless they are of this model.
  void require_model(const ir::Model& model) const;

  Detail detail() const noexcept { return detail_; }
  std::uint64_t samples() const noexcept { return samples_; }
  void count_sample() noexcept { ++samples_; }
  const std::map<TensorKey, TensorStatistics>& tensors() const noexcept { return tensors_; }
  /// The entry of a tensor, which may be new.
  TensorStatistics& tensor(TensorKey key, const std::string& name);

  /// The same bytes for equal observations on every machine.
  std::vector<std::byte> to_bytes() const;
  /// Throws Error(value) for bytes that to_bytes() has not made.
  static Observations from_bytes(std::span<const std::byte> bytes);
  bool operator==(const Observations&) const = default;

 private:
  Observations() = default;

  std::uint64_t fingerprint_ = 0;
  Detail detail_;
  std::uint64_t samples_ = 0;
  std::map<TensorKey, TensorStatistics> tensors_;
};

}  // namespace litesmith::quantization
