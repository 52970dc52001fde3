#include "kernels/gemm/gemm.h"

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

struct ConvCase {
  Conv2dShape shape;
  std::int64_t groups = 1;
  std::int64_t n = 1;            ///< of one group
  std::int64_t x_pixel_pad = 0;  ///< elements between the channels of one pixel and the next
  std::int64_t y_pixel_pad = 0;
  Clamp clamp{};
  bool with_bias = true;
};

struct ConvData {
  std::vector<float> x, w, bias;
};

std::string describe(const ConvCase& c) {
  return oracle::describe(c.shape) + " groups = " + std::to_string(c.groups) + " n = " + std::to_string(c.n);
}

ImageStrides x_strides(const ConvCase& c) {
  return dense_image(c.shape.in_h, c.shape.in_w, c.shape.in_c * c.groups + c.x_pixel_pad);
}
ImageStrides y_strides(const ConvCase& c) {
  return dense_image(c.shape.out_h, c.shape.out_w, c.n * c.groups + c.y_pixel_pad);
}
std::int64_t terms(const ConvCase& c) { return c.shape.kernel_h * c.shape.kernel_w * c.shape.in_c; }

ConvData random_data(const ConvCase& c, std::mt19937& random) {
  ConvData data;
  data.x = random_floats(random, c.shape.batch * x_strides(c).batch - c.x_pixel_pad);
  data.w = random_floats(random, c.groups * c.n * terms(c));
  data.bias = random_floats(random, c.groups * c.n);
  return data;
}

std::vector<float> expected(const ConvCase& c, const ConvData& data) {
  const Conv2dShape& s = c.shape;
  std::vector<float> y(static_cast<std::size_t>(s.batch * y_strides(c).batch), -7.0F);
  oracle::for_each_pixel(s, [&](std::int64_t b, std::int64_t oy, std::int64_t ox) {
    for (std::int64_t n = 0; n < c.n * c.groups; ++n) {
      const std::int64_t first = n / c.n * s.in_c;
      const float start = c.with_bias ? data.bias[static_cast<std::size_t>(n)] : 0.0F;
      const float* w = data.w.data() + n * terms(c);
      float sum = start;
      oracle::for_each_tap(s, oy, ox, [&](std::int64_t tap, std::int64_t iy, std::int64_t ix, bool inside) {
        const float* x =
            inside ? data.x.data() + b * x_strides(c).batch + iy * x_strides(c).row + ix * x_strides(c).pixel + first
                   : nullptr;
        for (std::int64_t ci = 0; ci < s.in_c; ++ci) {
          sum = std::fma(x != nullptr ? x[ci] : 0.0F, w[tap * s.in_c + ci], sum);
        }
      });
      y[static_cast<std::size_t>(b * y_strides(c).batch + oy * y_strides(c).row + ox * y_strides(c).pixel + n)] =
          oracle::clamp(sum, c.clamp.lo, c.clamp.hi);
    }
  });
  return y;
}

std::vector<float> computed(const ConvCase& c, const ConvData& data, simd::Isa isa, std::int64_t calls) {
  const PanelLayout layout = panel_layout(isa, c.n, terms(c), c.groups);
  Aligned<float> packed(packed_bytes(layout));
  const Conv2dShape& s = c.shape;
  const WeightView view{.data = data.w.data(),
                        .kx_size = s.kernel_w,
                        .ci_size = s.in_c,
                        .n_stride = terms(c),
                        .ky_stride = s.kernel_w * s.in_c,
                        .kx_stride = s.in_c,
                        .ci_stride = 1};
  pack_weights(layout, view, c.with_bias ? data.bias.data() : nullptr, packed.data());
  const Conv2dPlan plan = plan_conv2d(layout, s, x_strides(c), y_strides(c));
  Aligned<std::byte> scratch(plan.scratch_bytes);
  std::vector<float> y(static_cast<std::size_t>(s.batch * y_strides(c).batch), -7.0F);
  oracle::run_in_ranges(plan.tiles, calls, [&](std::int64_t begin, std::int64_t end) {
    run_conv2d(plan, data.x.data(), packed.data(), y.data(), c.clamp, begin, end, scratch.data());
  });
  return y;
}

void check_all_isas(const ConvCase& c, const ConvData& data) {
  CAPTURE(describe(c));
  const std::vector<float> truth = expected(c, data);
  for (const simd::Isa isa : float_isas()) {
    CAPTURE(simd::isa_name(isa));
    CHECK(first_difference(computed(c, data, isa, 1), truth) == -1);
    CHECK(first_difference(computed(c, data, isa, 3), truth) == -1);
  }
}

ConvCase random_case(std::mt19937& random) {
  ConvCase c;
  c.shape = oracle::random_shape(random, 2);
  c.groups = pick(random, 0, 2) == 0 ? pick(random, 2, 3) : 1;
  c.n = pick(random, 1, 70);
  c.x_pixel_pad = pick(random, 0, 1) * pick(random, 1, 5);
  c.y_pixel_pad = pick(random, 0, 1) * pick(random, 1, 5);
  if (pick(random, 0, 1) == 1) c.clamp = {.lo = -0.5F, .hi = 0.75F};
  c.with_bias = pick(random, 0, 3) != 0;
  return c;
}

std::vector<float> gemm(simd::Isa isa, const WeightView& view, const std::vector<float>& x, const float* bias,
                        std::int64_t m, std::int64_t n, std::int64_t k) {
  const PanelLayout layout = panel_layout(isa, n, k);
  Aligned<float> packed(packed_bytes(layout));
  pack_weights(layout, view, bias, packed.data());
  const Conv2dPlan plan = plan_gemm(layout, m, k, n);
  Aligned<std::byte> scratch(plan.scratch_bytes);
  std::vector<float> y(static_cast<std::size_t>(m * n));
  run_gemm(plan, x.data(), packed.data(), y.data(), {}, 0, plan.tiles, scratch.data());
  return y;
}

TEST_CASE("the oracle tells two different convolutions apart") {
  std::mt19937 random{1};
  const ConvCase c{.shape = {.in_h = 3, .in_w = 3, .in_c = 2, .out_h = 2, .out_w = 2}, .n = 3};
  CHECK(first_difference(expected(c, random_data(c, random)), expected(c, random_data(c, random))) == 0);
}

TEST_CASE("random convolutions give the bits of the naive loop on every instruction set") {
  for (std::uint32_t seed = 1; seed <= 120; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const ConvCase c = random_case(random);
    check_all_isas(c, random_data(c, random));
  }
}

TEST_CASE("products of every small width, depth and height give the bits of the naive loop") {
  std::mt19937 random{13};
  oracle::for_each_small_product([&](std::int64_t m, std::int64_t n, std::int64_t k) {
    const ConvCase c{.shape = {.in_w = m, .in_c = k, .out_w = m}, .n = n};
    check_all_isas(c, random_data(c, random));
  });
}

TEST_CASE("deep sums that are done in several passes give the bits of the naive loop") {
  std::mt19937 random{7};
  const ConvCase product{.shape = {.in_w = 37, .in_c = 2111, .out_w = 37}, .n = 50, .clamp = {.lo = -1.0F, .hi = 2.0F}};
  check_all_isas(product, random_data(product, random));
  const ConvCase conv{.shape = oracle::padded_3x3(5, 5, 160), .n = 33};
  check_all_isas(conv, random_data(conv, random));
  const ConvCase long_runs{
      .shape = {.in_h = 4, .in_w = 4, .in_c = 700, .out_h = 4, .out_w = 4, .kernel_h = 2, .kernel_w = 2}, .n = 9};
  check_all_isas(long_runs, random_data(long_runs, random));
}

TEST_CASE("one row times many panels gives the bits of the naive loop") {
  for (const std::int64_t n : {64, 127, 191, 192, 193, 400, 1001}) {
    std::mt19937 random{static_cast<std::uint32_t>(n)};
    const ConvCase c{.shape = {.in_c = 37}, .n = n, .clamp = {.lo = -1.0F, .hi = 2.0F}};
    check_all_isas(c, random_data(c, random));
  }
}

TEST_CASE("a first layer of three channels with pads gives the bits of the naive loop") {
  std::mt19937 random{8};
  const ConvCase c{.shape = oracle::kFirstLayer, .n = 24};
  check_all_isas(c, random_data(c, random));
}

TEST_CASE("NaN, infinities and signed zeros pass through sums and limits alike on every instruction set") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const ConvCase c{.shape = oracle::padded_3x3(5, 6, 4), .n = 21, .clamp = {.lo = 0.0F, .hi = 6.0F}};
    ConvData data = random_data(c, random);
    for (const float special : {kNan, kInf, -kInf, -0.0F, 0.0F}) {
      data.x[static_cast<std::size_t>(pick(random, 0, 119))] = special;
      data.w[static_cast<std::size_t>(pick(random, 0, 36 * 21 - 1))] = special;
      data.bias[static_cast<std::size_t>(pick(random, 0, 20))] = special;
    }
    check_all_isas(c, data);
  }
}

TEST_CASE("a NaN sum stays NaN under limits") {
  const std::vector<float> x{kNan};
  const float w = 1.0F;
  for (const simd::Isa isa : float_isas()) {
    CHECK(std::isnan(gemm(isa, weights_nk(&w, 1), x, nullptr, 1, 1, 1)[0]));
  }
}

TEST_CASE("weights given as rows of columns or as columns of rows pack alike") {
  std::mt19937 random{11};
  const std::int64_t m = 5, n = 45, k = 23;
  const std::vector<float> x = random_floats(random, m * k), w = random_floats(random, n * k),
                           bias = random_floats(random, n);
  const std::vector<float> transposed = oracle::transposed(w, n, k);
  for (const simd::Isa isa : float_isas()) {
    const std::vector<float> a = gemm(isa, weights_nk(w.data(), k), x, bias.data(), m, n, k);
    const std::vector<float> b = gemm(isa, weights_kn(transposed.data(), k, n), x, bias.data(), m, n, k);
    CHECK(first_difference(a, b) == -1);
  }
}

TEST_CASE("accumulating starts the sums at y and a replaced bias takes the old one's place") {
  std::mt19937 random{12};
  const std::int64_t m = 9, n = 35, k = 6;
  const std::vector<float> x = random_floats(random, m * k), w = random_floats(random, n * k),
                           bias = random_floats(random, n);
  for (const simd::Isa isa : float_isas()) {
    CAPTURE(simd::isa_name(isa));
    const PanelLayout layout = panel_layout(isa, n, k);
    Aligned<float> packed(packed_bytes(layout));
    pack_weights(layout, weights_nk(w.data(), k), nullptr, packed.data());
    const Conv2dPlan plan = plan_gemm(layout, m, k, n);
    Aligned<std::byte> scratch(plan.scratch_bytes);
    std::vector<float> accumulated, plain(static_cast<std::size_t>(m * n));
    for (std::int64_t row = 0; row < m; ++row) accumulated.insert(accumulated.end(), bias.begin(), bias.end());
    run_gemm(plan, x.data(), packed.data(), plain.data(), {}, 0, plan.tiles, scratch.data());
    run_gemm(plan, x.data(), packed.data(), accumulated.data(), {}, 0, plan.tiles, scratch.data(), true);
    CHECK(first_difference(plain, accumulated) != -1);
    pack_bias(layout, bias.data(), packed.data());
    run_gemm(plan, x.data(), packed.data(), plain.data(), {}, 0, plan.tiles, scratch.data());
    CHECK(first_difference(plain, accumulated) == -1);
  }
}

TEST_CASE("a layout names the most capable instruction set with loops that is not above the requested one") {
  for (const simd::Isa isa : float_isas()) CHECK(panel_layout(isa, 8, 8).isa == isa);
  CHECK(panel_layout(simd::Isa::scalar, 8, 8).isa == simd::Isa::scalar);
  CHECK(panel_layout(simd::best_isa(), 8, 8).isa == float_isas().back());
  if (simd::supported(simd::Isa::avx512)) CHECK(panel_layout(simd::Isa::avx512, 64, 8).vector == 16);
  if (simd::supported(simd::Isa::avx2)) CHECK(panel_layout(simd::Isa::avx2, 64, 8).vector == 8);
}

}  // namespace
}  // namespace litesmith::kernels
