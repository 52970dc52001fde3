#include "quantization/range_methods.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "quantization/overwritten_operands.h"
#include "quantization/range_search.h"

namespace litesmith::quantization {
namespace {

constexpr double kAverageStep = 0.05;
constexpr double kCutFraction = 1e-4;

struct MethodName {
  std::string_view name;
  RangeMethod method;
  Detail detail;
};
constexpr std::array<MethodName, 6> kMethods = {{
    {"min_max", RangeMethod::min_max, {}},
    {"exact_min_max", RangeMethod::exact_min_max, {}},
    {"moving_average", RangeMethod::moving_average, {.samples = true}},
    {"percentile", RangeMethod::percentile, {.histogram = true}},
    {"mse", RangeMethod::mse, {.histogram = true}},
    {"entropy", RangeMethod::entropy, {.histogram = true}},
}};

Range moving_average(const std::vector<SampleRange>& samples) {
  double min = samples.front().range.min;
  double max = samples.front().range.max;
  for (const SampleRange& one : samples) {
    min += kAverageStep * (one.range.min - min);
    max += kAverageStep * (one.range.max - max);
  }
  return {static_cast<float>(min), static_cast<float>(max)};
}

/// The value that `rank` of all values lie below; inside a bin values are taken to lie evenly.
double value_at(const std::vector<Histogram::Bin>& bins, double rank) {
  double before = 0;
  for (const Histogram::Bin& bin : bins) {
    const auto count = static_cast<double>(bin.count);
    if (before + count >= rank) return bin.low + (bin.high - bin.low) * std::clamp((rank - before) / count, 0.0, 1.0);
    before += count;
  }
  return bins.back().high;
}

Range percentile(const std::vector<Histogram::Bin>& bins) {
  const double total = std::accumulate(bins.begin(), bins.end(), 0.0, [](double sum, const Histogram::Bin& bin) {
    return sum + static_cast<double>(bin.count);
  });
  return {static_cast<float>(value_at(bins, total * kCutFraction)),
          static_cast<float>(value_at(bins, total * (1 - kCutFraction)))};
}

Range narrowed(const Range& range, const Range& limit) {
  const Range result{std::max(range.min, limit.min), std::min(range.max, limit.max)};
  return result.min <= result.max ? result : limit;
}

Range range_of(const TensorStatistics& it, RangeMethod method, Grid grid) {
  const Range all{it.lowest[0].value, it.highest[0].value};
  if (method == RangeMethod::min_max || method == RangeMethod::exact_min_max) return all;
  if (method == RangeMethod::moving_average) return it.ranges.empty() ? all : moving_average(it.ranges);
  const std::vector<Histogram::Bin> bins = it.histogram.bins();
  if (bins.empty()) return all;
  if (method == RangeMethod::percentile) return narrowed(percentile(bins), all);
  if (method == RangeMethod::mse) return narrowed(least_squared_error(bins, all, grid), all);
  return narrowed(least_divergence(bins, all), all);
}

}  // namespace

std::optional<RangeMethod> range_method(std::string_view name) {
  const auto row =
      std::find_if(kMethods.begin(), kMethods.end(), [&](const MethodName& it) { return it.name == name; });
  return row == kMethods.end() ? std::nullopt : std::optional(row->method);
}

Detail needed_detail(RangeMethod method) {
  return std::find_if(kMethods.begin(), kMethods.end(), [&](const MethodName& it) { return it.method == method; })
      ->detail;
}

Ranges ranges_of(const ir::Model& model, const Observations& observations, RangeMethod method, Grid grid) {
  observations.require_model(model);
  const Detail needed = needed_detail(method);
  const Detail kept = observations.detail();
  if ((needed.samples && !kept.samples) || (needed.histogram && !kept.histogram))
    fail(ErrorKind::value, "these observations were made for another calibration method; they lack ",
         needed.samples ? "the range of each sample" : "histograms", "; observe the samples again with this method");
  Ranges ranges;
  for (const auto& [key, statistics] : observations.tensors())
    if (statistics.samples > 0) ranges[key] = range_of(statistics, method, grid);
  return method == RangeMethod::min_max ? with_overwritten_operands(model, ranges) : ranges;
}

Range recorded_by_tensorflow(const Range& range) noexcept {
  return {range.min, std::max(range.max, std::numeric_limits<float>::min())};
}

}  // namespace litesmith::quantization
