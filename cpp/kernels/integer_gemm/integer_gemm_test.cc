#include "kernels/integer_gemm/integer_gemm.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/conv_oracle.h"
#include "simd/cpu.h"

namespace litesmith::kernels {
namespace {

using oracle::Aligned;
using oracle::pick;
using Kind = IntegerEpilogue::Kind;

std::vector<simd::Isa> integer_isas() {
  return oracle::supported(
      {simd::Isa::scalar, simd::Isa::avx2, simd::Isa::avxvnni, simd::Isa::avx512, simd::Isa::avx512vnni});
}

struct ConvCase {
  Conv2dShape shape;
  Activations type = Activations::int8;
  std::int64_t groups = 1;
  std::int64_t n = 1;
  std::int64_t x_pixel_pad = 0;
  std::int64_t y_pad = 0;
  bool with_bias = true;
  bool unsigned_weights = false;
  bool zero_per_image = false;
  Kind kind = Kind::sums;
  OutputType output = OutputType::int8;
  bool narrow = false;
  bool weight_scale_first = false;
  bool in_segments = true;
};

struct ConvData {
  std::vector<std::int32_t> x;  // as numbers, whatever their type
  std::vector<std::int32_t> w;
  std::vector<std::int64_t> bias;
  std::vector<std::int32_t> zeros;  // per image
  std::int32_t weight_zero = 0;
  std::vector<Multiplier> multipliers;
  std::vector<double> factors;
  std::vector<float> x_scales, weight_scales, real_bias;
  OutputRange range;
};

std::int64_t terms(const ConvCase& c) { return c.shape.kernel_h * c.shape.kernel_w * c.shape.in_c; }
std::int64_t channels(const ConvCase& c) { return c.n * c.groups; }
ImageStrides x_strides(const ConvCase& c) {
  return dense_image(c.shape.in_h, c.shape.in_w, c.shape.in_c * c.groups + c.x_pixel_pad);
}

std::vector<std::int32_t> integers(std::mt19937& random, std::int64_t count, std::int32_t low, std::int32_t high) {
  std::vector<std::int32_t> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto kind = pick(random, 0, 19);
    values.push_back(static_cast<std::int32_t>(kind == 0 ? low : kind == 1 ? high : pick(random, low, high)));
  }
  return values;
}

ConvData random_data(const ConvCase& c, std::mt19937& random) {
  ConvData d;
  const std::int32_t low = c.type == Activations::int8 ? -128 : c.type == Activations::uint8 ? 0 : -32768;
  const std::int32_t high = c.type == Activations::int8 ? 127 : c.type == Activations::uint8 ? 255 : 32767;
  d.x = integers(random, c.shape.batch * x_strides(c).batch - c.x_pixel_pad, low, high);
  d.w = integers(random, channels(c) * terms(c), c.unsigned_weights ? 0 : -128, c.unsigned_weights ? 255 : 127);
  for (std::int64_t i = 0; i < c.shape.batch; ++i) {
    const auto zero = static_cast<std::int32_t>(pick(random, low, high));
    d.zeros.push_back(c.type == Activations::int16 ? 0 : i > 0 && !c.zero_per_image ? d.zeros[0] : zero);
  }
  d.weight_zero = c.unsigned_weights ? static_cast<std::int32_t>(pick(random, 0, 255)) : 0;
  const std::int64_t deepest = terms(c) * 128 * (c.type == Activations::int16 ? 32768 : 128);
  for (std::int64_t i = 0; i < channels(c) + kScaleBlock - 1; ++i) {
    d.bias.push_back(pick(random, -deepest / 8, deepest / 8));
    const double factor = std::exp2(static_cast<double>(pick(random, -9, 0))) * 700 / static_cast<double>(deepest);
    d.multipliers.push_back(multiplier_of(std::min(factor, 0.99)));
    d.factors.push_back(factor);
    d.weight_scales.push_back(static_cast<float>(pick(random, 1, 1000)) * 0.0017F);
    d.real_bias.push_back(static_cast<float>(pick(random, -1000, 1000)) * 0.37F);
  }
  for (std::int64_t i = 0; i < c.shape.batch; ++i) d.x_scales.push_back(static_cast<float>(pick(random, 1, 99)) / 77);
  d.range = c.output == OutputType::int16   ? OutputRange{3, -32768, 32767}
            : c.output == OutputType::uint8 ? OutputRange{9, 9, 250}
                                            : OutputRange{-7, -128, 127};
  return d;
}

/// The sum of one output as the formula states it.
std::int64_t sum_of(const ConvCase& c, const ConvData& d, std::int64_t b, std::int64_t oy, std::int64_t ox,
                    std::int64_t n) {
  const Conv2dShape& s = c.shape;
  const ImageStrides strides = x_strides(c);
  std::int64_t sum = c.with_bias && c.kind != Kind::real ? d.bias[static_cast<std::size_t>(n)] : 0;
  oracle::for_each_tap(s, oy, ox, [&](std::int64_t tap, std::int64_t iy, std::int64_t ix, bool is_inside) {
    if (!is_inside) return;
    const std::int64_t at = b * strides.batch + iy * strides.row + ix * strides.pixel + n / c.n * s.in_c;
    for (std::int64_t ci = 0; ci < s.in_c; ++ci) {
      const std::int64_t x = d.x[static_cast<std::size_t>(at + ci)] - d.zeros[static_cast<std::size_t>(b)];
      sum += x * (d.w[static_cast<std::size_t>(n * terms(c) + tap * s.in_c + ci)] - d.weight_zero);
    }
  });
  return sum;
}

std::size_t result_bytes(const ConvCase& c) {
  if (c.kind == Kind::sums) return c.type == Activations::int16 ? 8 : 4;
  return c.kind == Kind::real ? 4 : c.output == OutputType::int16 ? 2 : 1;
}

void put_result(const ConvCase& c, const ConvData& d, std::int64_t image, std::int64_t n, std::int64_t sum,
                std::uint8_t* to) {
  const auto i = static_cast<std::size_t>(n);
  const bool wide = c.type == Activations::int16;
  const auto put = [to](auto value) { std::memcpy(to, &value, sizeof value); };
  const auto put_integer = [&](std::int32_t value) { std::memcpy(to, &value, result_bytes(c)); };
  switch (c.kind) {
    case Kind::sums: wide ? put(sum) : put(static_cast<std::int32_t>(sum)); break;
    case Kind::fixed_point:
      put_integer(wide && !c.narrow ? requantize(sum, d.multipliers[i], d.range)
                                    : requantize(static_cast<std::int32_t>(sum), d.multipliers[i], d.range));
      break;
    case Kind::float64: put_integer(requantize_float64(sum, d.factors[i], d.range)); break;
    case Kind::real: {
      const float x_scale = d.x_scales[static_cast<std::size_t>(image)], scale = d.weight_scales[i];
      const auto real = static_cast<float>(sum);
      const float product = c.weight_scale_first ? real * scale * x_scale : real * (x_scale * scale);
      put(std::clamp(c.with_bias ? d.real_bias[i] + product : product, -50.0F, 300.0F));
      break;
    }
  }
}

std::vector<std::uint8_t> expected(const ConvCase& c, const ConvData& d) {
  const Conv2dShape& s = c.shape;
  const std::int64_t stride = channels(c) + c.y_pad;
  std::vector<std::uint8_t> y(static_cast<std::size_t>(s.batch * s.out_h * s.out_w * stride) * result_bytes(c), 0x5A);
  oracle::for_each_pixel(s, [&](std::int64_t b, std::int64_t oy, std::int64_t ox) {
    const std::int64_t row = ((b * s.out_h + oy) * s.out_w + ox) * stride;
    for (std::int64_t n = 0; n < channels(c); ++n) {
      put_result(c, d, b, n, sum_of(c, d, b, oy, ox, n),
                 y.data() + static_cast<std::size_t>(row + n) * result_bytes(c));
    }
  });
  return y;
}

template <class T>
std::vector<std::byte> as_bytes(const std::vector<std::int32_t>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<T>(values[i]);
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof value);
  }
  return bytes;
}

std::vector<std::uint8_t> computed(const ConvCase& c, const ConvData& d, simd::Isa isa, std::int64_t calls) {
  const Conv2dShape& s = c.shape;
  const bool wide = c.type == Activations::int16;
  const auto x = wide ? as_bytes<std::int16_t>(d.x) : as_bytes<std::uint8_t>(d.x);
  const auto w = as_bytes<std::uint8_t>(d.w);
  const std::vector<std::int32_t> narrow_bias(d.bias.begin(), d.bias.end());
  const std::int64_t segment = c.in_segments ? s.kernel_w * s.in_c : 0;
  const IntegerLayout layout = integer_layout(isa, c.type, c.n, terms(c), c.groups, segment);
  Aligned<std::byte> packed(packed_bytes(layout));
  pack_integer_weights(layout, integer_weights_nk(w.data(), terms(c), c.unsigned_weights), packed.data());
  const IntegerPlan plan = plan_integer_conv2d(layout, s, x_strides(c), channels(c) + c.y_pad);
  Aligned<std::byte> scratch(plan.scratch_bytes);
  std::vector<std::uint8_t> y(static_cast<std::size_t>(plan.rows * plan.y_stride) * result_bytes(c), 0x5A);
  const bool integer_bias = c.with_bias && c.kind != Kind::real;
  const IntegerOperands operands{.x = x.data(),
                                 .packed = packed.data(),
                                 .bias = !integer_bias ? nullptr
                                         : wide        ? static_cast<const void*>(d.bias.data())
                                                       : narrow_bias.data(),
                                 .y = y.data(),
                                 .x_zero_point = d.zeros[0],
                                 .x_zero_points = c.zero_per_image ? d.zeros.data() : nullptr,
                                 .weight_zero_point = d.weight_zero,
                                 .weights_are_unsigned = c.unsigned_weights};
  const IntegerEpilogue epilogue{.kind = c.kind,
                                 .type = c.output,
                                 .range = d.range,
                                 .multipliers = d.multipliers.data(),
                                 .factors = d.factors.data(),
                                 .narrow = c.narrow,
                                 .x_scales = d.x_scales.data(),
                                 .weight_scale_first = c.weight_scale_first,
                                 .weight_scales = d.weight_scales.data(),
                                 .real_bias = c.with_bias ? d.real_bias.data() : nullptr,
                                 .clamp = {-50.0F, 300.0F}};
  oracle::run_in_ranges(plan.tiles, calls, [&](std::int64_t begin, std::int64_t end) {
    run_integer_conv2d(plan, operands, epilogue, begin, end, scratch.data());
  });
  return y;
}

void check_all_isas(const ConvCase& c, const ConvData& data) {
  CAPTURE(oracle::describe(c.shape));
  CAPTURE(c.groups);
  CAPTURE(c.n);
  CAPTURE(static_cast<int>(c.type));
  CAPTURE(static_cast<int>(c.kind));
  CAPTURE(c.unsigned_weights);
  CAPTURE(c.in_segments);
  CAPTURE(c.zero_per_image);
  const auto truth = expected(c, data);
  for (const simd::Isa isa : integer_isas()) {
    CAPTURE(simd::isa_name(isa));
    const auto one = computed(c, data, isa, 1);
    REQUIRE(one.size() == truth.size());
    const auto different = std::mismatch(one.begin(), one.end(), truth.begin());
    CHECK(different.first - one.begin() == static_cast<std::ptrdiff_t>(one.size()));
    CHECK(computed(c, data, isa, 3) == truth);
  }
}

ConvCase random_case(std::mt19937& random) {
  ConvCase c;
  c.shape = oracle::random_shape(random, 3);
  c.type = static_cast<Activations>(pick(random, 0, 2));
  c.groups = pick(random, 0, 2) == 0 ? pick(random, 2, 3) : 1;
  c.n = pick(random, 1, 70);
  c.x_pixel_pad = pick(random, 0, 1) * pick(random, 1, 5);
  c.y_pad = pick(random, 0, 1) * pick(random, 1, 5);
  c.with_bias = pick(random, 0, 3) != 0;
  const bool wide = c.type == Activations::int16;
  c.unsigned_weights = !wide && pick(random, 0, 2) == 0;
  c.zero_per_image = !wide && pick(random, 0, 2) == 0;
  c.kind = static_cast<Kind>(pick(random, 0, wide || c.unsigned_weights ? 2 : 3));
  c.output = static_cast<OutputType>(pick(random, 0, 2));
  c.narrow = wide && pick(random, 0, 1) == 0;
  c.weight_scale_first = pick(random, 0, 1) == 0;
  c.in_segments = pick(random, 0, 3) != 0;
  return c;
}

TEST_CASE("the integer oracle tells two different convolutions apart") {
  std::mt19937 random{1};
  const ConvCase c{.shape = {.in_h = 3, .in_w = 3, .in_c = 2, .out_h = 2, .out_w = 2}, .n = 3};
  CHECK(expected(c, random_data(c, random)) != expected(c, random_data(c, random)));
}

TEST_CASE("random integer convolutions equal the formula on every instruction set") {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const ConvCase c = random_case(random);
    check_all_isas(c, random_data(c, random));
  }
}

TEST_CASE("integer products of every small width, depth and height equal the formula") {
  std::mt19937 random{13};
  oracle::for_each_small_product([&](std::int64_t m, std::int64_t n, std::int64_t k) {
    for (const Activations type : {Activations::int8, Activations::uint8, Activations::int16}) {
      const ConvCase c{.shape = {.in_w = m, .in_c = k, .out_w = m}, .type = type, .n = n, .kind = Kind::fixed_point};
      check_all_isas(c, random_data(c, random));
    }
  });
}

TEST_CASE("sums of the largest products do not saturate and wrap alike") {
  for (const Activations type : {Activations::int8, Activations::int16}) {
    const ConvCase c{.shape = {.in_c = 3001}, .type = type, .n = 37};
    std::mt19937 random{5};
    ConvData data = random_data(c, random);
    std::fill(data.x.begin(), data.x.end(), type == Activations::int8 ? -128 : -32768);
    std::fill(data.w.begin(), data.w.end(), -128);
    data.zeros[0] = type == Activations::int8 ? 127 : 0;
    data.bias.assign(data.bias.size(), type == Activations::int8 ? 2'147'483'647 : 1LL << 40);
    check_all_isas(c, data);
  }
}

TEST_CASE("long rows and many panels equal the formula") {
  std::mt19937 random{6};
  for (const std::int64_t k : {1024, 2047, 2048}) {
    const ConvCase c{.shape = {.in_w = 19, .in_c = k, .out_w = 19}, .n = 200, .kind = Kind::fixed_point};
    check_all_isas(c, random_data(c, random));
  }
}

TEST_CASE("a first layer of three channels with pads equals the formula") {
  std::mt19937 random{8};
  for (const Activations type : {Activations::int8, Activations::uint8, Activations::int16}) {
    const ConvCase c{.shape = oracle::kFirstLayer, .type = type, .n = 24, .kind = Kind::fixed_point};
    check_all_isas(c, random_data(c, random));
  }
}

TEST_CASE("a product whose rows have zero points of their own equals the formula") {
  std::mt19937 random{9};
  const ConvCase c{.shape = {.batch = 37, .in_c = 50}, .n = 33, .zero_per_image = true, .kind = Kind::real};
  check_all_isas(c, random_data(c, random));
}

TEST_CASE("integer weights given as rows of columns or as columns of rows pack alike") {
  std::mt19937 random{11};
  const std::int64_t n = 45, k = 23;
  const auto w = as_bytes<std::int8_t>(integers(random, n * k, -128, 127));
  const std::vector<std::byte> transposed = oracle::transposed(w, n, k);
  for (const simd::Isa isa : integer_isas()) {
    const IntegerLayout layout = integer_layout(isa, Activations::int8, n, k);
    const std::size_t bytes = packed_bytes(layout);
    Aligned<std::byte> a(bytes), b(bytes);
    pack_integer_weights(layout, integer_weights_nk(w.data(), k), a.data());
    pack_integer_weights(layout, integer_weights_kn(transposed.data(), n), b.data());
    CHECK(std::memcmp(a.data(), b.data(), bytes) == 0);
  }
}

TEST_CASE("an integer layout names the most capable instruction set with loops that is not above the requested one") {
  for (const simd::Isa isa : integer_isas()) CHECK(integer_layout(isa, Activations::int8, 8, 8).isa == isa);
  CHECK(integer_layout(simd::best_isa(), Activations::int8, 8, 8).isa == integer_isas().back());
}

}  // namespace
}  // namespace litesmith::kernels
