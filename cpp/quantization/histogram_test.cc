#include "quantization/histogram.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace litesmith::quantization {

TEST_CASE("every finite value lies in one of the bins, which ascend and do not overlap") {
  constexpr float kLargest = std::numeric_limits<float>::max();
  constexpr float kSmallest = std::numeric_limits<float>::denorm_min();
  const std::vector<float> values = {-kLargest, -3.5F, -1.0F, -1e-40F, -kSmallest, kSmallest,
                                     1e-30F,    0.5F,  1.0F,  1.001F,  3.5F,       kLargest};
  Histogram histogram;
  histogram.add(values);
  const std::vector<Histogram::Bin> bins = histogram.bins();
  for (std::size_t i = 1; i < bins.size(); ++i) CHECK(bins[i - 1].high <= bins[i].low);
  for (const float value : values) {
    int holders = 0;
    for (const Histogram::Bin& bin : bins) {
      const double x = value;
      const bool inside = x > 0 ? bin.low <= x && x < bin.high : bin.low < x && x <= bin.high;
      const bool beside_zero = bin.low == 0 && bin.high == 0 && (value == kSmallest || value == -kSmallest);
      holders += inside || beside_zero ? 1 : 0;
    }
    CHECK_MESSAGE(holders >= 1, value);
  }
  CHECK(histogram.total() == values.size());
}

TEST_CASE("what is not finite is left out; zeros of both signs are one bin of width 0") {
  Histogram histogram;
  histogram.add(std::vector<float>{std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()});
  CHECK(histogram.empty());
  histogram.add(std::vector<float>{0.0F, -0.0F, 0.0F});
  REQUIRE(histogram.bins().size() == 1);
  CHECK(histogram.bins()[0].low == 0);
  CHECK(histogram.bins()[0].high == 0);
  CHECK(histogram.bins()[0].count == 3);
}

TEST_CASE("histograms of two halves add up to that of the whole") {
  std::vector<float> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = (static_cast<float>(i) - 300) * 0.37F;
  Histogram whole, first, second;
  whole.add(values);
  first.add(std::span(values).first(400));
  second.add(std::span(values).subspan(400));
  CHECK_FALSE(first == whole);
  second.merge(first);
  CHECK(second == whole);
}

}  // namespace litesmith::quantization
