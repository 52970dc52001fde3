#include "ops/conv_3d/float.h"

#include <algorithm>
#include <memory>

#include "base/aligned_buffer.h"
#include "ops/float_product.h"
#include "ops/tiles.h"
#include "ops/weights.h"

namespace litesmith::ops::conv_3d {
namespace {

/// Output pixels of one tile.
constexpr std::int64_t kRows = 64;

struct Params {
  FloatConv3d conv;
  std::int64_t rows;
  std::int64_t terms;
  kernels::Conv2dPlan full;
  kernels::Conv2dPlan last;
  std::vector<float> weights;  // copies of operands that are known but not packed
  std::vector<float> bias;
  bool has_bias;
  std::shared_ptr<std::byte[]> packed;  // null: packed by every tile
  std::size_t packed_bytes;
  std::size_t row_bytes;
};

/// The `terms` inputs of output pixel `row`, zeros where taps fall outside.
void gather(const FloatConv3d& conv, const float* x, std::int64_t row, float* to) noexcept {
  const auto& [d, h, w] = conv.axes;
  const std::int64_t ow = row % w.output;
  const std::int64_t oh = row / w.output % h.output;
  const std::int64_t od = row / w.output / h.output % d.output;
  const std::int64_t image = row / w.output / h.output / d.output;
  for (std::int64_t kd = 0; kd < d.kernel; ++kd)
    for (std::int64_t kh = 0; kh < h.kernel; ++kh)
      for (std::int64_t kw = 0; kw < w.kernel; ++kw, to += conv.in_c) {
        const std::int64_t id = d.source[static_cast<std::size_t>(od * d.kernel + kd)];
        const std::int64_t ih = h.source[static_cast<std::size_t>(oh * h.kernel + kh)];
        const std::int64_t iw = w.source[static_cast<std::size_t>(ow * w.kernel + kw)];
        if (id < 0 || ih < 0 || iw < 0)
          std::fill_n(to, conv.in_c, 0.0F);
        else
          std::copy_n(x + (((image * d.input + id) * h.input + ih) * w.input + iw) * conv.in_c, conv.in_c, to);
      }
}

const float* packed_weights(const Params& p, const Operands& operands) noexcept {
  if (p.packed != nullptr) return reinterpret_cast<const float*>(p.packed.get());
  auto* packed = reinterpret_cast<float*>(operands.scratch);
  kernels::WeightView view = p.conv.view;
  view.data = p.weights.empty() ? operands.in<float>(p.conv.weights) : p.weights.data();
  const float* bias = nullptr;
  if (p.has_bias) bias = p.bias.empty() ? operands.in<float>(p.conv.bias) : p.bias.data();
  kernels::pack_weights(p.full.layout, view, bias, packed);
  return packed;
}

Fault run(const Params& p, const Operands& operands, TileRange tiles) noexcept {
  const float* packed = packed_weights(p, operands);
  auto* gathered = reinterpret_cast<float*>(operands.scratch + p.packed_bytes);
  std::byte* scratch = operands.scratch + p.packed_bytes + p.row_bytes;
  for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
    const Range rows = items_of({tile, tile + 1}, p.rows, kRows);
    for (std::int64_t row = rows.begin; row < rows.end; ++row)
      gather(p.conv, operands.in<float>(p.conv.input), row, gathered + (row - rows.begin) * p.terms);
    const kernels::Conv2dPlan& plan = rows.size() == kRows ? p.full : p.last;
    kernels::run_gemm(plan, gathered, packed, operands.out<float>() + rows.begin * p.conv.out_c,
                      kernel_clamp(p.conv.clamp), 0, plan.tiles, scratch);
  }
  return Fault::none;
}

void pack(Params& p) {
  p.packed = aligned_buffer(kernels::packed_bytes(p.full.layout));
  kernels::WeightView view = p.conv.view;
  view.data = p.weights.data();
  kernels::pack_weights(p.full.layout, view, p.has_bias ? p.bias.data() : nullptr,
                        reinterpret_cast<float*>(p.packed.get()));
  p.weights.clear();
}

template <class Source>
Axis axis_of(std::int64_t input, std::int64_t output, std::int64_t kernel, Source source) {
  Axis axis{input, output, kernel, {}};
  axis.source.reserve(static_cast<std::size_t>(checked_product(output, kernel)));
  for (std::int64_t o = 0; o < output; ++o)
    for (std::int64_t k = 0; k < kernel; ++k) {
      const std::int64_t i = source(o, k);
      axis.source.push_back(i >= 0 && i < input ? static_cast<std::int32_t>(i) : -1);
    }
  return axis;
}

}  // namespace

Axis forward_axis(std::int64_t input, std::int64_t output, std::int64_t kernel, std::int64_t stride,
                  std::int64_t dilation, std::int64_t pad) {
  return axis_of(input, output, kernel,
                 [=](std::int64_t o, std::int64_t k) { return o * stride + k * dilation - pad; });
}

Axis transposed_axis(std::int64_t input, std::int64_t output, std::int64_t kernel, std::int64_t stride,
                     std::int64_t dilation, std::int64_t pad) {
  return axis_of(input, output, kernel, [=](std::int64_t o, std::int64_t k) {
    const std::int64_t distance = o + pad - k * dilation;
    return distance % stride == 0 ? distance / stride : -1;
  });
}

Step float_step(const PrepareContext& context, simd::Isa isa, FloatConv3d conv, std::string_view family) {
  const auto& [d, h, w] = conv.axes;
  const std::int64_t rows = conv.batch * d.output * h.output * w.output;
  if (rows == 0) return empty_step(family);
  const std::int64_t terms = d.kernel * h.kernel * w.kernel * conv.in_c;
  const auto layout = kernels::panel_layout(isa, conv.out_c, terms);
  const auto plan = [&](std::int64_t count) { return kernels::plan_gemm(layout, count, terms, conv.out_c); };
  const bool known = is_known(context, conv.weights) && is_known(context, conv.bias);
  std::vector<float> weights = known_floats(context, conv.weights);
  std::vector<float> bias = known_floats(context, conv.bias);
  const bool has_bias = context.has_input(conv.bias);
  const std::int64_t out_c = conv.out_c;
  Params p{.conv = std::move(conv),
           .rows = rows,
           .terms = terms,
           .full = plan(kRows),
           .last = plan(rows % kRows == 0 ? kRows : rows % kRows),
           .weights = std::move(weights),
           .bias = std::move(bias),
           .has_bias = has_bias,
           .packed = nullptr,
           .packed_bytes = known ? 0 : align_up(kernels::packed_bytes(layout)),
           .row_bytes = align_up(static_cast<std::size_t>(std::min(rows, kRows) * terms) * sizeof(float))};
  if (known) pack(p);
  const std::size_t scratch = p.packed_bytes + p.row_bytes + std::max(p.full.scratch_bytes, p.last.scratch_bytes);
  const double work = static_cast<double>(rows) * static_cast<double>(terms * out_c);
  Step step = make_step<run>(std::move(p), concat(family, "/", simd::isa_name(isa), known ? "/packed" : "/fed"), isa);
  step.tiles = tile_count(rows, kRows);
  step.scratch_bytes = scratch;
  step.work = work;
  return step;
}

}  // namespace litesmith::ops::conv_3d
