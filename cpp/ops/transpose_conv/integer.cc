#include "ops/transpose_conv/integer.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

#include "base/aligned_buffer.h"
#include "kernels/hybrid/row_quantizer.h"
#include "kernels/integer_gemm/integer_gemm.h"
#include "ops/float_product.h"
#include "ops/integer_clamp.h"
#include "ops/integer_weights.h"
#include "ops/quantized_tensor.h"
#include "ops/transpose_conv/transpose_conv.h"
#include "ops/weights.h"

namespace litesmith::ops::transpose_conv {
namespace {

using kernels::Activations;

constexpr std::int64_t kProductBytes = 131'072;  // products of a block of input pixels
constexpr std::int64_t kSumBytes = 524'288;      // sums of a block of output rows

/// Parts of a worker's scratch, in this order, each a multiple of 64 bytes.
struct Scratch {
  std::size_t weights = 0;  // fed filters: in order of taps, then packed
  std::size_t packed = 0;
  std::size_t image = 0;  // hybrid: the quantized image
  std::size_t bias = 0;
  std::size_t sums = 0;
  std::size_t products = 0;
  std::size_t gemm = 0;

  std::size_t total() const noexcept { return weights + packed + image + bias + sums + products + gemm; }
};

struct Params {
  TransposedConv shape;
  simd::Isa isa = simd::Isa::scalar;
  DType type = DType::int8;
  bool wide = false;  // 64-bit bias and multiplication
  bool has_bias = false;
  std::int64_t pixels = 1;  // input pixels of one product; `last` has those that are left of a row
  kernels::IntegerPlan full{};
  kernels::IntegerPlan last{};
  std::int64_t rows = 1;  // output rows of a block
  std::int64_t row_blocks = 1;
  std::int32_t x_zero_point = 0;
  std::int32_t weight_zero_point = 0;
  kernels::OutputRange range{};
  std::vector<kernels::Multiplier> multipliers;
  std::vector<float> scales;             // of the filter, hybrid only
  std::shared_ptr<std::byte[]> weights;  // null when fed
  Scratch scratch{};

  bool is_hybrid() const noexcept { return type == DType::float32; }
  std::int64_t taps() const noexcept { return shape.h.kernel * shape.w.kernel; }
  std::int64_t image() const noexcept { return shape.h.input * shape.w.input * shape.in_c; }
  std::int64_t x_bytes() const noexcept { return type == DType::int16 ? 2 : 1; }
};

/// OHWI to HWOI: rows of the product's second operand in the order of taps.
void order_by_taps(const Params& p, const std::byte* weights, std::byte* to) noexcept {
  const std::int64_t out = p.shape.out_c, in = p.shape.in_c;
  for (std::int64_t tap = 0; tap < p.taps(); ++tap)
    for (std::int64_t o = 0; o < out; ++o)
      std::memcpy(to + (tap * out + o) * in, weights + (o * p.taps() + tap) * in, static_cast<std::size_t>(in));
}

void pack(const Params& p, const std::byte* weights, std::byte* ordered, std::byte* packed) noexcept {
  order_by_taps(p, weights, ordered);
  kernels::pack_integer_weights(p.full.layout,
                                kernels::integer_weights_nk(ordered, p.shape.in_c, p.type == DType::uint8), packed);
}

/// One image: its values, what they mean and where the result goes.
struct Image {
  const std::byte* x;
  std::int32_t zero_point;
  float scale;  // hybrid
  std::byte* y;
};

/// Sums of type Sum (int32, or int64 for int16 operands) of one image.
template <class Sum>
class Runner {
 public:
  Runner(const Params& p, const std::byte* packed, const std::byte* bias, std::byte* scratch) noexcept
      : p_{p}, s_{p.shape}, packed_{packed} {
    bias_ = reinterpret_cast<Sum*>(scratch);
    sums_ = reinterpret_cast<Sum*>(scratch + p.scratch.bias);
    products_ = reinterpret_cast<Sum*>(scratch + p.scratch.bias + p.scratch.sums);
    gemm_ = scratch + p.scratch.bias + p.scratch.sums + p.scratch.products;
    fill_bias(bias);
  }

  void run(const Image& image, std::int64_t block) noexcept {
    const std::int64_t begin = block * p_.rows, end = std::min(begin + p_.rows, s_.h.output);
    for (std::int64_t i = 0; i < (end - begin) * s_.w.output; ++i) {
      if (p_.is_hybrid())
        std::fill_n(sums_ + i * s_.out_c, s_.out_c, Sum{0});
      else
        std::copy_n(bias_, s_.out_c, sums_ + i * s_.out_c);
    }
    const std::int64_t lowest = begin + s_.h.pad - s_.h.kernel + 1;
    const std::int64_t first = lowest <= 0 ? 0 : (lowest + s_.h.stride - 1) / s_.h.stride;
    const std::int64_t last = std::min((end - 1 + s_.h.pad) / s_.h.stride, s_.h.input - 1);
    for (std::int64_t iy = first; iy <= last; ++iy)
      for (std::int64_t ix = 0; ix < s_.w.input; ix += p_.pixels) add_pixels(image, {begin, end}, iy, ix);
    finish(image, begin, end);
  }

 private:
  struct Rows {
    std::int64_t begin, end;
  };

  void fill_bias(const std::byte* bias) noexcept {
    std::fill_n(bias_, s_.out_c, Sum{0});
    if (bias == nullptr) return;
    if (p_.is_hybrid()) {
      std::memcpy(bias_, bias, static_cast<std::size_t>(s_.out_c) * sizeof(float));
      return;
    }
    for (std::int64_t o = 0; o < s_.out_c; ++o) {
      std::int64_t wide = 0;
      std::int32_t narrow = 0;
      if (p_.wide)
        std::memcpy(&wide, bias + o * 8, sizeof wide);
      else
        std::memcpy(&narrow, bias + o * 4, sizeof narrow);
      bias_[o] = static_cast<Sum>(p_.wide ? wide : narrow);
    }
  }

  /// Adds the products of a block of input pixels to the rows of the result.
  void add_pixels(const Image& image, Rows rows, std::int64_t iy, std::int64_t ix) noexcept {
    const kernels::IntegerPlan& plan = ix + p_.pixels <= s_.w.input ? p_.full : p_.last;
    const kernels::IntegerOperands operands{.x = image.x + (iy * s_.w.input + ix) * s_.in_c * p_.x_bytes(),
                                            .packed = packed_,
                                            .y = products_,
                                            .x_zero_point = image.zero_point,
                                            .weight_zero_point = p_.weight_zero_point,
                                            .weights_are_unsigned = p_.type == DType::uint8};
    kernels::run_integer_conv2d(plan, operands, {}, 0, plan.tiles, gemm_);
    for (std::int64_t i = 0; i < plan.rows; ++i)
      for (std::int64_t ky = 0; ky < s_.h.kernel; ++ky) {
        const std::int64_t oy = iy * s_.h.stride + ky - s_.h.pad;
        if (oy < rows.begin || oy >= rows.end) continue;
        const Sum* taps = products_ + (i * p_.taps() + ky * s_.w.kernel) * s_.out_c;
        add_taps(taps, (ix + i) * s_.w.stride - s_.w.pad, sums_ + (oy - rows.begin) * s_.w.output * s_.out_c);
      }
  }

  /// Adds one row of taps, the first of which falls on column `ox`; sums wrap.
  void add_taps(const Sum* taps, std::int64_t ox, Sum* row) const noexcept {
    using Unsigned = std::make_unsigned_t<Sum>;
    const std::int64_t first = std::max<std::int64_t>(-ox, 0), last = std::min(s_.w.kernel, s_.w.output - ox);
    if (first >= last) return;
    taps += first * s_.out_c;
    Sum* to = row + (ox + first) * s_.out_c;
    for (std::int64_t i = 0; i < (last - first) * s_.out_c; ++i)
      to[i] = static_cast<Sum>(static_cast<Unsigned>(to[i]) + static_cast<Unsigned>(taps[i]));
  }

  void finish(const Image& image, std::int64_t begin, std::int64_t end) noexcept {
    const std::int64_t first = begin * s_.w.output * s_.out_c;
    if (p_.is_hybrid()) return finish_floats(image, end - begin, reinterpret_cast<float*>(image.y) + first);
    kernels::OutputType type = kernels::OutputType::int16;
    if (p_.type == DType::int8) type = kernels::OutputType::int8;
    if (p_.type == DType::uint8) type = kernels::OutputType::uint8;
    const kernels::RequantizeRows rows{.rows = (end - begin) * s_.w.output,
                                       .channels = s_.out_c,
                                       .sum_stride = s_.out_c,
                                       .y = image.y + first * p_.x_bytes(),
                                       .y_stride = s_.out_c,
                                       .type = type,
                                       .range = p_.range};
    const kernels::RequantizeLoops& loops = kernels::requantize_loops(p_.isa);
    if constexpr (std::is_same_v<Sum, std::int32_t>) {
      loops.fixed_point(rows, sums_, p_.multipliers.data());
    } else if (p_.wide) {
      loops.wide_fixed_point(rows, sums_, p_.multipliers.data());
    } else {
      auto* narrow = reinterpret_cast<std::int32_t*>(sums_);
      for (std::int64_t i = 0; i < rows.rows * s_.out_c; ++i) {
        const auto low = static_cast<std::int32_t>(sums_[i]);
        std::memcpy(narrow + i, &low, sizeof low);
      }
      loops.fixed_point(rows, narrow, p_.multipliers.data());
    }
  }

  void finish_floats(const Image& image, std::int64_t rows, float* y) const noexcept {
    const auto* bias = reinterpret_cast<const float*>(bias_);
    for (std::int64_t i = 0; i < rows * s_.w.output; ++i)
      for (std::int64_t o = 0; o < s_.out_c; ++o) {
        const std::int64_t at = i * s_.out_c + o;
        const float v = static_cast<float>(sums_[at]) * p_.scales[static_cast<std::size_t>(o)] * image.scale + bias[o];
        const float above = v < s_.clamp.low ? s_.clamp.low : v;
        y[at] = above > s_.clamp.high ? s_.clamp.high : above;
      }
  }

  const Params& p_;
  const TransposedConv& s_;
  const std::byte* packed_;
  Sum* bias_;  // hybrid: the bytes of floats
  Sum* sums_;
  Sum* products_;
  std::byte* gemm_;
};

template <class Sum>
void run_tiles(const Params& p, const Operands& operands, const std::byte* packed, std::byte* scratch,
               TileRange tiles) noexcept {
  const TransposedConv& s = p.shape;
  Runner<Sum> runner{p, packed, p.has_bias ? operands.inputs[3] : nullptr, scratch + p.scratch.image};
  const std::int64_t result = s.h.output * s.w.output * s.out_c;
  if (!p.is_hybrid()) {
    for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
      const std::int64_t i = tile / p.row_blocks;
      runner.run({operands.inputs[2] + i * p.image() * p.x_bytes(), p.x_zero_point, 0,
                  operands.outputs[0] + i * result * p.x_bytes()},
                 tile % p.row_blocks);
    }
    return;
  }
  auto* q = reinterpret_cast<std::int8_t*>(scratch);
  for (std::int64_t i = tiles.begin; i < tiles.end; ++i) {
    const kernels::RowScale scale =
        kernels::quantize_row(kernels::row_quantizer(p.isa), operands.in<float>(2) + i * p.image(), p.image(),
                              kernels::RowRange::asymmetric, q);
    for (std::int64_t block = 0; block < p.row_blocks; ++block)
      runner.run(
          {scratch, scale.zero_point, scale.scale, reinterpret_cast<std::byte*>(operands.out<float>() + i * result)},
          block);
  }
}

Fault run(const Params& p, const Operands& operands, TileRange tiles) noexcept {
  const std::byte* packed = p.weights.get();
  if (packed == nullptr) {
    pack(p, operands.inputs[1], operands.scratch, operands.scratch + p.scratch.weights);
    packed = operands.scratch + p.scratch.weights;
    tiles = {0, p.shape.batch * (p.is_hybrid() ? 1 : p.row_blocks)};
  }
  std::byte* scratch = operands.scratch + p.scratch.weights + p.scratch.packed;
  if (p.type == DType::int16)
    run_tiles<std::int64_t>(p, operands, packed, scratch, tiles);
  else
    run_tiles<std::int32_t>(p, operands, packed, scratch, tiles);
  return Fault::none;
}

void set_scales(const PrepareContext& context, Params& p) {
  const TensorInfo &w = context.input(1), &x = context.input(2), &y = context.output();
  const auto& a = context.attrs<TransposeConvAttrs>();
  if (p.is_hybrid()) {
    p.scales = weight_scales(context, w, p.shape.out_c, 0);
    return;
  }
  p.multipliers = product_multipliers(context, x, w, y, p.shape.out_c, 0);
  p.wide = p.type == DType::int16 && has_wide_sums(context, 3, a.quantized_bias_type);
  if (p.wide) require_wide_multipliers(context, p.multipliers);
  p.x_zero_point = per_tensor_quantization(context, x).zero_point;
  if (w.dtype == DType::uint8) p.weight_zero_point = per_tensor_quantization(context, w).zero_point;
  const IntegerClamp clamp = fused_integer_clamp(context, a.activation, y);
  p.range = {per_tensor_quantization(context, y).zero_point, clamp.low, clamp.high};
  if (p.type == DType::int16) require_symmetric(context, x, y);
}

void plan_products(simd::Isa isa, Params& p) {
  const TransposedConv& s = p.shape;
  const std::int64_t width = p.type == DType::int16 ? 8 : 4, columns = p.taps() * s.out_c;
  const Activations type =
      p.type == DType::int16 ? Activations::int16 : (p.type == DType::uint8 ? Activations::uint8 : Activations::int8);
  const kernels::IntegerLayout layout = kernels::integer_layout(isa, type, columns, s.in_c);
  p.isa = isa;
  p.pixels =
      std::clamp<std::int64_t>(kProductBytes / (columns * width), std::min<std::int64_t>(8, s.w.input), s.w.input);
  p.full = kernels::plan_integer_gemm(layout, p.pixels, s.in_c, columns);
  const std::int64_t left = s.w.input % p.pixels;
  p.last = left == 0 ? p.full : kernels::plan_integer_gemm(layout, left, s.in_c, columns);
  const std::int64_t row_bytes = s.w.output * s.out_c * width;
  p.rows = std::clamp<std::int64_t>(kSumBytes / row_bytes, std::min(4 * s.h.stride, s.h.output), s.h.output);
  p.row_blocks = (s.h.output + p.rows - 1) / p.rows;
  const auto lines = [](std::int64_t bytes) { return align_up(static_cast<std::size_t>(bytes)); };
  p.scratch = {.image = p.is_hybrid() ? lines(p.image()) : 0,
               .bias = lines(s.out_c * width),
               .sums = lines(p.rows * row_bytes),
               .products = lines(p.pixels * columns * width),
               .gemm = align_up(std::max(p.full.scratch_bytes, p.last.scratch_bytes))};
}

/// Packs a known filter now, or makes room for it.
void place_weights(const PrepareContext& context, Params& p) {
  const std::size_t bytes = align_up(static_cast<std::size_t>(p.taps() * p.shape.out_c * p.shape.in_c));
  const std::size_t packed = align_up(kernels::packed_bytes(p.full.layout));
  const std::byte* weights = known_bytes(context, 1);
  if (weights == nullptr) {
    p.scratch.weights = bytes;
    p.scratch.packed = packed;
    return;
  }
  p.weights = aligned_buffer(packed);
  pack(p, weights, aligned_buffer(bytes).get(), p.weights.get());
}

}  // namespace

Step integer_step(const PrepareContext& context, simd::Isa isa, const TransposedConv& shape) {
  if (shape.batch == 0 || shape.h.output == 0 || shape.w.output == 0) return empty_step("transpose_conv");
  Params p;
  p.shape = shape;
  p.type = context.input(2).dtype;
  p.has_bias = context.has_input(3);
  set_scales(context, p);
  plan_products(isa, p);
  place_weights(context, p);
  const bool known = p.weights != nullptr;
  const std::int64_t tiles = known ? shape.batch * (p.is_hybrid() ? 1 : p.row_blocks) : 1;
  const std::size_t scratch = p.scratch.total();
  const double work = static_cast<double>(shape.batch * shape.h.input * shape.w.input) *
                      static_cast<double>(p.taps() * shape.out_c * shape.in_c);
  Step step = make_step<run>(std::move(p), concat("transpose_conv/", simd::isa_name(isa), "/",
                                                  name(context.input(2).dtype), known ? "/packed" : "/fed"));
  step.tiles = tiles;
  step.scratch_bytes = scratch;
  step.work = work;
  return step;
}

}  // namespace litesmith::ops::transpose_conv
