#include "kernels/depthwise_int/depthwise_int.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/conv_oracle.h"

namespace litesmith::kernels {
namespace {

using oracle::Aligned;
using oracle::pick;

struct IntegerCase {
  IntegerDepthwise form = IntegerDepthwise::int8;
  Conv2dShape shape{};
  std::int64_t multiplier = 1;
  std::int32_t x_zero_point = 0;
  OutputRange range{};
};

struct IntegerData {
  std::vector<std::int16_t> x, w;  // whatever their type in memory
  std::vector<std::int64_t> bias{};
  std::vector<Multiplier> multipliers{};
  std::vector<float> scales{};
};

std::int64_t channels(const IntegerCase& c) { return c.shape.in_c * c.multiplier; }
bool is_short(IntegerDepthwise form) { return form == IntegerDepthwise::int16 || form == IntegerDepthwise::int16_wide; }

std::vector<simd::Isa> isas() {
  return oracle::supported({simd::Isa::scalar, simd::Isa::avx2, simd::Isa::avx512, simd::Isa::avx512vnni});
}

std::vector<std::int16_t> drawn(std::mt19937& random, std::int64_t count, std::int64_t low, std::int64_t high) {
  std::vector<std::int16_t> values(static_cast<std::size_t>(count));
  for (std::int16_t& v : values)
    v = static_cast<std::int16_t>(pick(random, 0, 9) == 0 ? (pick(random, 0, 1) == 0 ? low : high)
                                                          : pick(random, low, high));
  return values;
}

IntegerData random_data(const IntegerCase& c, std::mt19937& random) {
  const Conv2dShape& s = c.shape;
  const bool is_uint8 = c.form == IntegerDepthwise::uint8;
  const std::int64_t low = is_short(c.form) ? -32768 : (is_uint8 ? 0 : -128);
  const std::int64_t high = is_short(c.form) ? 32767 : (is_uint8 ? 255 : 127);
  IntegerData data;
  data.x = drawn(random, s.batch * s.in_h * s.in_w * s.in_c, low, high);
  data.w = is_uint8 ? drawn(random, s.kernel_h * s.kernel_w * channels(c), -255, 255)
                    : drawn(random, s.kernel_h * s.kernel_w * channels(c), -128, 127);
  const auto largest_exponent = static_cast<double>(pick(random, -8, 0));
  for (std::int64_t i = 0; i < (channels(c) + 15) / 16 * 16; ++i) {
    data.bias.push_back(pick(random, -100'000, 100'000));
    const double factor = std::exp2(largest_exponent) * std::exp2(static_cast<double>(pick(random, -10, 0))) *
                          (pick(random, 0, 2) == 0 ? 1.0 : 1.37);
    data.multipliers.push_back(multiplier_of(is_short(c.form) ? factor / 256 : factor));
    data.scales.push_back(static_cast<float>(factor));
  }
  return data;
}

/// The exact sum of one output, bias excluded.
std::int64_t naive_sum(const IntegerCase& c, const IntegerData& data, std::int64_t b, std::int64_t oy, std::int64_t ox,
                       std::int64_t n) {
  std::int64_t sum = 0;
  oracle::for_each_tap(c.shape, oy, ox, [&](std::int64_t tap, std::int64_t iy, std::int64_t ix, bool inside) {
    if (!inside) return;
    const std::int64_t at = ((b * c.shape.in_h + iy) * c.shape.in_w + ix) * c.shape.in_c + n / c.multiplier;
    sum += std::int64_t{data.x[static_cast<std::size_t>(at)] - c.x_zero_point} *
           data.w[static_cast<std::size_t>(tap * channels(c) + n)];
  });
  return sum;
}

template <class T>
void append(std::vector<std::byte>& bytes, T value) {
  const auto* first = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), first, first + sizeof(T));
}

std::vector<std::byte> expected(const IntegerCase& c, const IntegerData& data) {
  std::vector<std::byte> y;
  oracle::for_each_pixel(c.shape, [&](std::int64_t b, std::int64_t oy, std::int64_t ox) {
    for (std::int64_t n = 0; n < channels(c); ++n) {
      const auto at = static_cast<std::size_t>(n);
      const std::int64_t sum = naive_sum(c, data, b, oy, ox, n);
      if (c.form == IntegerDepthwise::hybrid) {
        append(y, static_cast<float>(sum) * data.scales[at] + static_cast<float>(data.bias[at]));
        continue;
      }
      const std::int64_t with_bias = sum + data.bias[at];
      const std::int32_t result = c.form == IntegerDepthwise::int16_wide
                                      ? requantize(with_bias, data.multipliers[at], c.range)
                                      : requantize(static_cast<std::int32_t>(with_bias), data.multipliers[at], c.range);
      is_short(c.form) ? append(y, static_cast<std::int16_t>(result)) : append(y, static_cast<std::int8_t>(result));
    }
  });
  return y;
}

std::vector<std::byte> stored(const IntegerCase& c, const std::vector<std::int16_t>& x) {
  std::vector<std::byte> bytes;
  for (const std::int16_t v : x) is_short(c.form) ? append(bytes, v) : append(bytes, static_cast<std::int8_t>(v));
  return bytes;
}

std::int64_t largest_filter(const IntegerCase& c, const IntegerData& data) {
  std::int64_t largest = 0;
  for (std::int64_t n = 0; n < channels(c); ++n) {
    std::int64_t sum = 0;
    for (std::int64_t at = n; at < std::ssize(data.w); at += channels(c))
      sum += std::abs(data.w[static_cast<std::size_t>(at)]);
    largest = std::max(largest, sum);
  }
  return largest;
}

std::vector<std::byte> computed(const IntegerCase& c, const IntegerData& data, simd::Isa isa, std::int64_t calls) {
  const IntegerDepthwiseLayout layout =
      integer_depthwise_layout(isa, c.form, channels(c), c.shape.kernel_h, c.shape.kernel_w, largest_filter(c, data));
  Aligned<std::byte> packed(packed_bytes(layout));
  pack_integer_depthwise(layout, data.w.data(), packed.data());
  const auto padded = static_cast<std::size_t>(padded_channels(layout));
  std::vector<std::int32_t> sums(padded), bias(data.bias.begin(), data.bias.end()), starts(padded);
  for (std::int64_t at = 0; at < std::ssize(data.w); ++at)
    sums[static_cast<std::size_t>(at % channels(c))] += data.w[static_cast<std::size_t>(at)];
  const bool in_starts = c.form != IntegerDepthwise::int16_wide && c.form != IntegerDepthwise::hybrid;
  depthwise_starts(layout, sums.data(), in_starts ? bias.data() : nullptr, c.x_zero_point, starts.data());
  const std::vector<float> real_bias(data.bias.begin(), data.bias.end());
  IntegerDepthwiseResult result{
      .channels = {starts.data(), data.multipliers.data(), data.bias.data(), data.scales.data(), real_bias.data(), {}},
      .x_zero_point = c.x_zero_point,
      .range = c.range};
  const std::int64_t most = 255 * largest_filter(c, data) + 100'000;
  std::vector<float> factors, above, below;
  for (const Multiplier& m : data.multipliers) {
    factors.push_back(near_scale(m).factor);
    above.push_back(near_scale(m).above);
    below.push_back(near_scale(m).below);
  }
  if (std::all_of(data.multipliers.begin(), data.multipliers.end(),
                  [&](const Multiplier& m) { return is_small_sum(most, m); }))
    result.channels.near = {factors.data(), above.data(), below.data()};
  const IntegerDepthwisePlan plan = plan_integer_depthwise(layout, c.shape, c.multiplier);
  Aligned<std::byte> scratch(plan.scratch_bytes);
  const std::int64_t width = c.form == IntegerDepthwise::hybrid ? 4 : (is_short(c.form) ? 2 : 1);
  const std::int64_t count = c.shape.batch * c.shape.out_h * c.shape.out_w * channels(c);
  std::vector<std::byte> y(static_cast<std::size_t>(count * width)), x = stored(c, data.x);
  oracle::run_in_ranges(plan.base.tiles, calls, [&](std::int64_t begin, std::int64_t end) {
    run_integer_depthwise(plan, x.data(), packed.data(), y.data(), result, begin, end, scratch.data());
  });
  return y;
}

void check_all_isas(const IntegerCase& c, const IntegerData& data) {
  CAPTURE(oracle::describe(c.shape));
  CAPTURE(c.multiplier);
  CAPTURE(static_cast<int>(c.form));
  const std::vector<std::byte> truth = expected(c, data);
  for (const simd::Isa isa : isas()) {
    CAPTURE(simd::isa_name(isa));
    CHECK(computed(c, data, isa, 1) == truth);
    CHECK(computed(c, data, isa, 3) == truth);
  }
}

IntegerCase random_case(std::mt19937& random, IntegerDepthwise form) {
  IntegerCase c{.form = form};
  c.shape = oracle::random_depthwise_shape(random);
  c.multiplier = pick(random, 0, 3) == 0 ? pick(random, 2, 9) : 1;
  const bool is_uint8 = form == IntegerDepthwise::uint8;
  if (!is_short(form)) c.x_zero_point = static_cast<std::int32_t>(pick(random, 0, 255)) - (is_uint8 ? 0 : 128);
  c.range = {.zero_point = is_short(form) ? 0 : static_cast<std::int32_t>(pick(random, 0, 90)),
             .low = is_short(form) ? -32768 : (is_uint8 ? 0 : -128),
             .high = is_short(form) ? 32767 : (is_uint8 ? 255 : 127)};
  return c;
}

constexpr IntegerDepthwise kForms[] = {IntegerDepthwise::int8, IntegerDepthwise::uint8, IntegerDepthwise::int16,
                                       IntegerDepthwise::int16_wide, IntegerDepthwise::hybrid};

TEST_CASE("the oracle of integer depthwise convolutions tells two inputs apart") {
  std::mt19937 random{1};
  const IntegerCase c = random_case(random, IntegerDepthwise::int8);
  CHECK(expected(c, random_data(c, random)) != expected(c, random_data(c, random)));
}

TEST_CASE("random integer depthwise convolutions give the integers of the naive loop on every instruction set") {
  for (const IntegerDepthwise form : kForms)
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
      CAPTURE(seed);
      std::mt19937 random{seed};
      const IntegerCase c = random_case(random, form);
      check_all_isas(c, random_data(c, random));
    }
}

TEST_CASE("integer depthwise convolutions of many channels are cut into blocks") {
  for (const IntegerDepthwise form : kForms)
    for (const std::int64_t count : {1003, 2048}) {
      std::mt19937 random{7};
      IntegerCase c = random_case(random, form);
      c.shape.in_c = count;
      c.shape.in_h = c.shape.in_w = c.shape.out_h = c.shape.out_w = 5;
      c.shape.kernel_h = c.shape.kernel_w = 3;
      c.multiplier = 1;
      check_all_isas(c, random_data(c, random));
    }
}

TEST_CASE("int8 results of all small sums, halves among them, are those of the integer form") {
  constexpr std::int64_t kSums = 40'000;
  for (const double factor : {0.25, 0x1p-7, 0x1p-8, 0x1p-13, 0.00390624, 0.0039, 0.3}) {
    CAPTURE(factor);
    const IntegerCase c{.shape = {.in_c = kSums}, .range = {-3, -128, 127}};
    IntegerData data{.x = std::vector<std::int16_t>(kSums, 0), .w = std::vector<std::int16_t>(kSums, 1)};
    for (std::int64_t n = 0; n < kSums; ++n) data.bias.push_back(n - kSums / 2);
    data.multipliers.assign(kSums, multiplier_of(factor));
    data.scales.assign(kSums, 1);
    check_all_isas(c, data);
  }
}

TEST_CASE("sums of 16-bit values that leave 32 bits are exact") {
  IntegerCase c{.form = IntegerDepthwise::int16_wide, .range = {0, -32768, 32767}};
  c.shape = {.in_h = 1, .in_w = 700, .in_c = 19, .out_h = 1, .out_w = 3, .kernel_h = 1, .kernel_w = 640};
  std::mt19937 random{3};
  IntegerData data = random_data(c, random);
  std::fill(data.x.begin(), data.x.end(), std::int16_t{32767});
  for (std::int16_t& w : data.w) w = static_cast<std::int16_t>(w < 0 ? 127 : w);
  std::fill(data.multipliers.begin(), data.multipliers.end(), multiplier_of(1e-6));
  CHECK(naive_sum(c, data, 0, 0, 0, 0) > std::int64_t{1} << 30);
  check_all_isas(c, data);
}

TEST_CASE("an integer depthwise layout names the instruction set of its sums") {
  if (simd::supported(simd::Isa::avx512vnni)) {
    CHECK(integer_depthwise_layout(simd::Isa::avx512vnni, IntegerDepthwise::int8, 8, 3, 3, 0).base.isa ==
          simd::Isa::avx512vnni);
  }
  if (simd::supported(simd::Isa::avx2)) {
    CHECK(integer_depthwise_layout(simd::Isa::avx2, IntegerDepthwise::int16, 8, 3, 3, 0).base.isa == simd::Isa::avx2);
    CHECK(integer_depthwise_layout(simd::Isa::avx2, IntegerDepthwise::int16_wide, 8, 3, 3, 65'536).base.isa ==
          simd::Isa::scalar);
  }
  CHECK(integer_depthwise_layout(simd::Isa::scalar, IntegerDepthwise::int8, 8, 3, 3, 0).base.isa == simd::Isa::scalar);
}

}  // namespace
}  // namespace litesmith::kernels
