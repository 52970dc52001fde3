#include "quantization/histogram.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace litesmith::quantization {
namespace {

// A float's sign and exponent are the page, the leading eight bits of its mantissa the bin.
constexpr int kPageShift = 23;
constexpr int kBinShift = 15;
constexpr std::uint32_t kInfinite = 255;
constexpr int kNegative = 256;

double edge(int page, int bin) {
  const auto bits = (static_cast<std::uint32_t>(page) << kPageShift) + (static_cast<std::uint32_t>(bin) << kBinShift);
  constexpr double kBeyondLargest = 0x1p128;
  return bits >> kPageShift == kInfinite ? kBeyondLargest : static_cast<double>(std::bit_cast<float>(bits));
}

}  // namespace

void Histogram::add(std::span<const float> values) {
  std::uint64_t zeros = 0;
  for (const float x : values) {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    const std::uint32_t number = bits >> kPageShift;
    if (x == 0) {
      ++zeros;
    } else if ((number & kInfinite) != kInfinite) {
      if (index_[number] == kNone) page(static_cast<int>(number));
      ++pages_[static_cast<std::size_t>(index_[number])][(bits >> kBinShift) % kBinsPerPage];
    }
  }
  // Page 0 holds the subnormal numbers; the smallest of them share their bin with zero.
  if (zeros > 0) page(0)[0] += zeros;
}

void Histogram::merge(const Histogram& other) {
  for (const int number : other.pages()) {
    Page& mine = page(number);
    const Page& theirs = other.page(number);
    for (std::size_t i = 0; i < mine.size(); ++i) mine[i] += theirs[i];
  }
}

std::uint64_t Histogram::total() const noexcept {
  std::uint64_t sum = 0;
  for (const Page& page : pages_) sum = std::accumulate(page.begin(), page.end(), sum);
  return sum;
}

std::vector<Histogram::Bin> Histogram::bins() const {
  std::vector<Bin> list;
  std::vector<int> numbers = pages();
  const auto first_negative = std::lower_bound(numbers.begin(), numbers.end(), kNegative);
  std::reverse(first_negative, numbers.end());
  std::rotate(numbers.begin(), first_negative, numbers.end());
  for (const int number : numbers) {
    const bool is_negative = number >= kNegative;
    for (int i = 0; i < kBinsPerPage; ++i) {
      const int bin = is_negative ? kBinsPerPage - 1 - i : i;
      const std::uint64_t count = page(number)[static_cast<std::size_t>(bin)];
      if (count == 0) continue;
      const double near = edge(number % kNegative, bin);
      const double far = number == 0 && bin == 0 ? 0 : edge(number % kNegative, bin + 1);
      list.push_back(is_negative ? Bin{-far, -near, count} : Bin{near, far, count});
    }
  }
  return list;
}

std::vector<int> Histogram::pages() const {
  std::vector<int> numbers;
  for (int number = 0; number < kPages; ++number)
    if (index_[static_cast<std::size_t>(number)] != kNone) numbers.push_back(number);
  return numbers;
}

const Histogram::Page& Histogram::page(int number) const {
  return pages_.at(static_cast<std::size_t>(index_.at(static_cast<std::size_t>(number))));
}

Histogram::Page& Histogram::page(int number) {
  std::int16_t& index = index_.at(static_cast<std::size_t>(number));
  if (index == kNone) {
    index = static_cast<std::int16_t>(pages_.size());
    pages_.emplace_back();
  }
  return pages_[static_cast<std::size_t>(index)];
}

bool Histogram::operator==(const Histogram& other) const {
  const std::vector<int> numbers = pages();
  return numbers == other.pages() &&
         std::all_of(numbers.begin(), numbers.end(), [&](int number) { return page(number) == other.page(number); });
}

}  // namespace litesmith::quantization
