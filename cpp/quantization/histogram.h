#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace litesmith::quantization {

/// Counts of float values in bins that do not depend on the data: 256 for each power of two and sign. Therefore
/// histograms of two halves add up to that of the whole.
class Histogram {
 public:
  static constexpr int kBinsPerPage = 256;
  static constexpr int kPages = 512;
  using Page = std::array<std::uint64_t, kBinsPerPage>;
  struct Bin {
    double low = 0;
    double high = 0;
    std::uint64_t count = 0;
  };

  Histogram() { index_.fill(kNone); }

  /// Counts finite values; others are left out.
  void add(std::span<const float> values);
  void merge(const Histogram& other);
  bool empty() const noexcept { return pages_.empty(); }
  std::uint64_t total() const noexcept;
  /// Bins that hold values, ascending. Exact zeros are one bin of width 0.
  std::vector<Bin> bins() const;

  /// Numbers of the pages in use, ascending, and their counts: what is stored.
  std::vector<int> pages() const;
  const Page& page(int number) const;
  /// The counts of a page that may be new. `number` is in [0, kPages).
  Page& page(int number);
  bool operator==(const Histogram& other) const;

 private:
  static constexpr std::int16_t kNone = -1;
  std::array<std::int16_t, kPages> index_;
  std::vector<Page> pages_;
};

}  // namespace litesmith::quantization
