#include "kernels/depthwise/depthwise.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/conv_oracle.h"
#include "simd/cpu.h"

namespace litesmith::kernels {
namespace {

using oracle::Aligned;
using oracle::first_difference;
using oracle::float_isas;
using oracle::pick;
using oracle::random_floats;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct DepthwiseCase {
  Conv2dShape shape;
  std::int64_t multiplier = 1;
  std::int64_t x_pixel_pad = 0;  ///< elements between the channels of one pixel and the next
  std::int64_t y_pixel_pad = 0;
  Clamp clamp{};
  bool with_bias = true;
};

struct DepthwiseData {
  std::vector<float> x, w, bias;
};

std::int64_t channels(const DepthwiseCase& c) { return c.shape.in_c * c.multiplier; }
std::int64_t taps(const DepthwiseCase& c) { return c.shape.kernel_h * c.shape.kernel_w; }
ImageStrides x_strides(const DepthwiseCase& c) {
  return dense_image(c.shape.in_h, c.shape.in_w, c.shape.in_c + c.x_pixel_pad);
}
ImageStrides y_strides(const DepthwiseCase& c) {
  return dense_image(c.shape.out_h, c.shape.out_w, channels(c) + c.y_pixel_pad);
}

DepthwiseData random_data(const DepthwiseCase& c, std::mt19937& random) {
  DepthwiseData data;
  data.x = random_floats(random, c.shape.batch * x_strides(c).batch - c.x_pixel_pad);
  data.w = random_floats(random, taps(c) * channels(c));
  data.bias = random_floats(random, channels(c));
  return data;
}

std::vector<float> untouched(const DepthwiseCase& c) {
  return std::vector<float>(static_cast<std::size_t>(c.shape.batch * y_strides(c).batch), -7.0F);
}

std::vector<float> expected(const DepthwiseCase& c, const DepthwiseData& data) {
  std::vector<float> y = untouched(c);
  const ImageStrides xs = x_strides(c), ys = y_strides(c);
  oracle::for_each_pixel(c.shape, [&](std::int64_t b, std::int64_t oy, std::int64_t ox) {
    for (std::int64_t n = 0; n < channels(c); ++n) {
      float sum = c.with_bias ? data.bias[static_cast<std::size_t>(n)] : 0.0F;
      oracle::for_each_tap(c.shape, oy, ox, [&](std::int64_t tap, std::int64_t iy, std::int64_t ix, bool inside) {
        const std::int64_t at = b * xs.batch + iy * xs.row + ix * xs.pixel + n / c.multiplier;
        const float x = inside ? data.x[static_cast<std::size_t>(at)] : 0.0F;
        sum = std::fma(x, data.w[static_cast<std::size_t>(tap * channels(c) + n)], sum);
      });
      const std::int64_t at = b * ys.batch + oy * ys.row + ox * ys.pixel + n;
      y[static_cast<std::size_t>(at)] = oracle::clamp(sum, c.clamp.lo, c.clamp.hi);
    }
  });
  return y;
}

std::vector<float> computed(const DepthwiseCase& c, const DepthwiseData& data, simd::Isa isa, std::int64_t calls) {
  const DepthwiseLayout layout = depthwise_layout(isa, channels(c), taps(c));
  Aligned<float> packed(packed_bytes(layout));
  pack_depthwise(layout, data.w.data(), c.with_bias ? data.bias.data() : nullptr, packed.data());
  const DepthwisePlan plan = plan_depthwise(layout, c.shape, c.multiplier, x_strides(c), y_strides(c));
  Aligned<std::byte> scratch(plan.scratch_bytes);
  std::vector<float> y = untouched(c);
  oracle::run_in_ranges(plan.tiles, calls, [&](std::int64_t begin, std::int64_t end) {
    run_depthwise(plan, data.x.data(), packed.data(), y.data(), c.clamp, begin, end, scratch.data());
  });
  return y;
}

std::string describe(const DepthwiseCase& c) {
  return oracle::describe(c.shape) + " multiplier = " + std::to_string(c.multiplier);
}

void check_all_isas(const DepthwiseCase& c, const DepthwiseData& data) {
  CAPTURE(describe(c));
  const std::vector<float> truth = expected(c, data);
  for (const simd::Isa isa : float_isas()) {
    CAPTURE(simd::isa_name(isa));
    CHECK(first_difference(computed(c, data, isa, 1), truth) == -1);
    CHECK(first_difference(computed(c, data, isa, 3), truth) == -1);
  }
}

DepthwiseCase random_case(std::mt19937& random) {
  DepthwiseCase c;
  c.shape = oracle::random_depthwise_shape(random);
  c.multiplier = pick(random, 0, 3) == 0 ? pick(random, 2, 9) : 1;
  c.x_pixel_pad = pick(random, 0, 1) * pick(random, 1, 5);
  c.y_pixel_pad = pick(random, 0, 1) * pick(random, 1, 5);
  if (pick(random, 0, 1) == 1) c.clamp = {.lo = -0.5F, .hi = 0.75F};
  c.with_bias = pick(random, 0, 3) != 0;
  return c;
}

TEST_CASE("the depthwise oracle tells two different convolutions apart") {
  std::mt19937 random{1};
  const DepthwiseCase c{.shape = {.in_h = 3, .in_w = 3, .in_c = 2, .out_h = 2, .out_w = 2}};
  CHECK(first_difference(expected(c, random_data(c, random)), expected(c, random_data(c, random))) == 0);
}

TEST_CASE("random depthwise convolutions give the bits of the naive loop on every instruction set") {
  for (std::uint32_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const DepthwiseCase c = random_case(random);
    check_all_isas(c, random_data(c, random));
  }
}

TEST_CASE("depthwise convolutions of every small channel count and size give the bits of the naive loop") {
  for (std::int64_t size = 1; size <= 33; ++size) {
    CAPTURE(size);
    std::mt19937 random{static_cast<std::uint32_t>(size)};
    for (const std::int64_t kernel : {3, 5}) {
      for (const std::int64_t stride : {1, 2}) {
        const std::int64_t in = size * stride;
        const DepthwiseCase c{.shape = {.in_h = in,
                                        .in_w = in,
                                        .in_c = size,
                                        .out_h = size,
                                        .out_w = size,
                                        .kernel_h = kernel,
                                        .kernel_w = kernel,
                                        .stride_h = stride,
                                        .stride_w = stride,
                                        .pad_top = kernel / 2,
                                        .pad_left = kernel / 2}};
        const DepthwiseData data = random_data(c, random);
        const std::vector<float> truth = expected(c, data);
        for (const simd::Isa isa : float_isas()) CHECK(first_difference(computed(c, data, isa, 2), truth) == -1);
      }
    }
  }
}

TEST_CASE("many channels are cut into blocks without a change of bits") {
  std::mt19937 random{5};
  const DepthwiseCase c{.shape = oracle::padded_3x3(7, 7, 1003)};
  check_all_isas(c, random_data(c, random));
  DepthwiseCase multiplied = c;
  multiplied.shape.in_c = 101;
  multiplied.multiplier = 9;
  check_all_isas(multiplied, random_data(multiplied, random));
}

TEST_CASE("pixels a multiple of 2 KiB apart are computed with the bits of the naive loop") {
  std::mt19937 random{6};
  const DepthwiseCase c{.shape = oracle::padded_3x3(6, 5, 512)};
  check_all_isas(c, random_data(c, random));
}

TEST_CASE("NaN, infinities and signed zeros pass through depthwise sums and limits alike on every instruction set") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const DepthwiseCase c{.shape = oracle::padded_3x3(5, 6, 21), .clamp = {.lo = 0.0F, .hi = 6.0F}};
    DepthwiseData data = random_data(c, random);
    for (const float special : {kNan, kInf, -kInf, -0.0F, 0.0F}) {
      data.x[static_cast<std::size_t>(pick(random, 0, 629))] = special;
      data.w[static_cast<std::size_t>(pick(random, 0, 188))] = special;
      data.bias[static_cast<std::size_t>(pick(random, 0, 20))] = special;
    }
    check_all_isas(c, data);
  }
}

TEST_CASE("a depthwise layout names the most capable instruction set that is not above the requested one") {
  for (const simd::Isa isa : float_isas()) CHECK(depthwise_layout(isa, 8, 9).isa == isa);
  CHECK(depthwise_layout(simd::best_isa(), 8, 9).isa == float_isas().back());
  if (simd::supported(simd::Isa::avx512)) CHECK(depthwise_layout(simd::Isa::avx512, 64, 9).vector == 16);
  if (simd::supported(simd::Isa::avx2)) CHECK(depthwise_layout(simd::Isa::avx2, 64, 9).vector == 8);
}

}  // namespace
}  // namespace litesmith::kernels
