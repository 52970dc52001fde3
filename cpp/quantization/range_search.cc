#include "quantization/range_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace litesmith::quantization {
namespace {

/// log2 by plain arithmetic, so that every machine gives the same bits. x > 0.
double log2_portable(double x) {
  constexpr double kInverseLn2 = 1.4426950408889634;
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  const double t = (m - 1) / (m + 1);
  const double square = t * t;
  double sum = 0;
  for (int k = 25; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return exponent + 2 * kInverseLn2 * t * sum;
}

/// Sums over the values below a bound.
class Moments {
 public:
  explicit Moments(const std::vector<Histogram::Bin>& bins) {
    for (const Histogram::Bin& bin : bins) {
      if (bin.low == 0 && bin.high == 0) continue;
      const double middle = (bin.low + bin.high) / 2;
      const auto count = static_cast<double>(bin.count);
      middles_.push_back(middle);
      sums_.push_back({sums_.back().count + count, sums_.back().first + count * middle,
                       sums_.back().second + count * middle * middle});
    }
  }

  double error(double low, double high, int steps) const {
    const Sums& below = sums_[index(low)];
    const Sums& until = sums_[index(high)];
    const Sums& all = sums_.back();
    const double step = (high - low) / steps;
    const double rounding = (until.count - below.count) * step * step / 12;
    const double cut_low = below.second - 2 * low * below.first + low * low * below.count;
    const double cut_high =
        (all.second - until.second) - 2 * high * (all.first - until.first) + high * high * (all.count - until.count);
    return rounding + cut_low + cut_high;
  }

 private:
  struct Sums {
    double count = 0;
    double first = 0;
    double second = 0;
  };
  std::size_t index(double bound) const {
    return static_cast<std::size_t>(std::upper_bound(middles_.begin(), middles_.end(), bound) - middles_.begin());
  }
  std::vector<double> middles_;
  std::vector<Sums> sums_{{}};
};

constexpr int kFractions = 200;

/// The fraction of a bound, in (0, 1], with the least error; the greatest of equal ones.
template <class Error>
double best_fraction(Error error) {
  int best = kFractions;
  double least = error(1.0);
  for (int i = kFractions - 1; i > 0; --i) {
    const double here = error(static_cast<double>(i) / kFractions);
    if (here < least) {
      least = here;
      best = i;
    }
  }
  return static_cast<double>(best) / kFractions;
}

constexpr int kLevels = 128;
constexpr int kFineBins = 2048;
/// Distributions with spikes (a constant background) would lose their larger values to them.
constexpr double kMostCut = 1e-3;

/// Counts of |x| in kFineBins equal bins up to the peak; a bin that spans several is spread evenly. Exact zeros are
/// left out: every range holds them, and those of a RELU would outweigh all else.
std::vector<double> even_bins(const std::vector<Histogram::Bin>& bins, double peak) {
  std::vector<double> counts(kFineBins);
  for (const Histogram::Bin& bin : bins) {
    if (bin.low == 0 && bin.high == 0) continue;
    const double low = std::min(std::fabs(bin.low), std::fabs(bin.high)) / peak * kFineBins;
    const double high =
        std::min(std::max(std::fabs(bin.low), std::fabs(bin.high)) / peak * kFineBins, double{kFineBins});
    const int first = std::clamp(static_cast<int>(low), 0, kFineBins - 1);
    const int last = std::clamp(static_cast<int>(std::ceil(high)) - 1, first, kFineBins - 1);
    if (first == last) {
      counts[static_cast<std::size_t>(first)] += static_cast<double>(bin.count);
      continue;
    }
    for (int i = first; i <= last; ++i)
      counts[static_cast<std::size_t>(i)] += static_cast<double>(bin.count) *
                                             std::max(0.0, std::min(high, i + 1.0) - std::max(low, double(i))) /
                                             (high - low);
  }
  return counts;
}

/// Divergence of counts[0, cut), with the rest in the last bin, from the same without the rest, spread over kLevels
/// levels. The rest does not count where it falls into a level that is empty without it.
double divergence(const std::vector<double>& counts, int cut, double total) {
  double inside = 0;
  for (int i = 0; i < cut; ++i) inside += counts[static_cast<std::size_t>(i)];
  const double outside = total - inside;
  double sum = 0;
  for (int level = 0; level < kLevels; ++level) {
    const int first = level * cut / kLevels;
    const int last = (level + 1) * cut / kLevels;
    double mass = 0;
    int filled = 0;
    const auto count = [&](int i) { return counts[static_cast<std::size_t>(i)] + (i == cut - 1 ? outside : 0); };
    for (int i = first; i < last; ++i) {
      mass += counts[static_cast<std::size_t>(i)];
      filled += count(i) > 0 ? 1 : 0;
    }
    if (!(mass > 0)) continue;
    for (int i = first; i < last; ++i)
      if (count(i) > 0) sum += count(i) / total * log2_portable(count(i) / total / (mass / filled / inside));
  }
  return sum;
}

}  // namespace

Range least_squared_error(const std::vector<Histogram::Bin>& bins, const Range& all, Grid grid) {
  const Moments moments(bins);
  double low = std::min(0.0, double{all.min});
  double high = std::max(0.0, double{all.max});
  if (grid.symmetric) {
    const double peak = std::max(-low, high);
    const double cut =
        peak * best_fraction([&](double part) { return moments.error(-peak * part, peak * part, grid.steps); });
    return {static_cast<float>(std::max(low, -cut)), static_cast<float>(std::min(high, cut))};
  }
  constexpr int kRounds = 2;
  const double least = low, greatest = high;
  for (int round = 0; round < kRounds; ++round) {
    high = greatest * best_fraction([&](double part) { return moments.error(low, greatest * part, grid.steps); });
    low = least * best_fraction([&](double part) { return moments.error(least * part, high, grid.steps); });
  }
  return {static_cast<float>(low), static_cast<float>(high)};
}

Range least_divergence(const std::vector<Histogram::Bin>& bins, const Range& all) {
  const double peak = std::max(std::fabs(double{all.min}), std::fabs(double{all.max}));
  if (peak == 0) return all;
  std::vector<double> counts = even_bins(bins, peak);
  double total = 0;
  for (const double count : counts) total += count;
  if (total == 0) return all;
  int best = kFineBins;
  double least = std::numeric_limits<double>::infinity();
  for (int cut = kLevels; cut <= kFineBins; cut += kLevels / 8) {
    double inside = 0;
    for (int i = 0; i < cut; ++i) inside += counts[static_cast<std::size_t>(i)];
    if (total - inside > kMostCut * total) continue;
    const double here = divergence(counts, cut, total);
    if (here <= least) {
      least = here;
      best = cut;
    }
  }
  const double cut = peak * best / kFineBins;
  return {static_cast<float>(std::max(double{all.min}, -cut)), static_cast<float>(std::min(double{all.max}, cut))};
}

}  // namespace litesmith::quantization
