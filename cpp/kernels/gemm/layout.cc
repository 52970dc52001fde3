#include <algorithm>

#include "kernels/gemm/gemm.h"
#include "kernels/gemm/panel.h"

namespace litesmith::kernels {
namespace {

struct PanelSlice {
  float* packed;
  std::int64_t first;  ///< column among all groups
  std::int64_t width;
  std::int64_t count;  ///< columns that exist
};

PanelSlice panel_slice(const PanelLayout& layout, float* packed, std::int64_t index) noexcept {
  const std::int64_t group = index / layout.panels;
  const std::int64_t panel = index % layout.panels;
  const std::int64_t before = columns_before(layout, panel);
  const std::int64_t width = panel_width(layout, panel);
  return {.packed = packed + group * group_floats(layout) + before * (layout.k + 1),
          .first = group * layout.n + before,
          .width = width,
          .count = std::clamp<std::int64_t>(layout.n - before, 0, width)};
}

void pack_bias_row(const PanelSlice& slice, const float* bias) noexcept {
  for (std::int64_t j = 0; j < slice.width; ++j) {
    slice.packed[j] = bias != nullptr && j < slice.count ? bias[slice.first + j] : 0.0F;
  }
}

/// A run of ci: `to` steps by the panel width per k.
void pack_run(const PanelSlice& slice, const WeightView& view, const float* from, float* to) noexcept {
  if (view.n_stride == 1) {
    for (std::int64_t ci = 0; ci < view.ci_size; ++ci, to += slice.width) {
      std::copy_n(from + ci * view.ci_stride, slice.count, to);
      std::fill(to + slice.count, to + slice.width, 0.0F);
    }
    return;
  }
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t begin = 0; begin < view.ci_size; begin += kBlock) {
    const std::int64_t end = std::min(begin + kBlock, view.ci_size);
    for (std::int64_t j = 0; j < slice.width; ++j) {
      const float* column = from + j * view.n_stride;
      for (std::int64_t ci = begin; ci < end; ++ci) {
        to[ci * slice.width + j] = j < slice.count ? column[ci * view.ci_stride] : 0.0F;
      }
    }
  }
}

}  // namespace

std::int64_t panel_width(const PanelLayout& layout, std::int64_t panel) noexcept {
  const std::int64_t cut = panel == layout.panels - 1 ? layout.cut : 0;
  return (layout.panel_vectors + (panel < layout.wide_panels ? 1 : 0)) * layout.vector - cut;
}

/// Columns before `panel` in its group, padding included.
std::int64_t columns_before(const PanelLayout& layout, std::int64_t panel) noexcept {
  return (panel * layout.panel_vectors + std::min(panel, layout.wide_panels)) * layout.vector;
}

std::int64_t group_floats(const PanelLayout& layout) noexcept {
  return (columns_before(layout, layout.panels) - layout.cut) * (layout.k + 1);
}

const PanelLoops& panel_loops(simd::Isa isa) noexcept {
#if defined(__x86_64__)
  if (simd::usable(simd::Isa::avx512, isa)) return gemm_avx512::loops;
  if (simd::usable(simd::Isa::avx2, isa)) return gemm_avx2::loops;
#endif
  static_cast<void>(isa);
  return gemm_scalar::loops;
}

PanelLayout panel_layout(simd::Isa isa, std::int64_t n, std::int64_t k, std::int64_t groups) noexcept {
  const PanelLoops& loops = panel_loops(isa);
  const std::int64_t vectors = (n + loops.vector - 1) / loops.vector;
  const std::int64_t widest = loops.panel_vectors == 2 ? 3 : loops.panel_vectors;
  const std::int64_t fewest = (vectors + widest - 1) / widest;
  const std::int64_t panels = std::max(fewest, vectors / loops.panel_vectors);
  const std::int64_t missing = vectors * loops.vector - n;
  const std::int64_t half = loops.vector / 2;
  return {.isa = loops.isa,
          .n = n,
          .k = k,
          .groups = groups,
          .vector = loops.vector,
          .panels = panels,
          .wide_panels = vectors % panels,
          .panel_vectors = vectors / panels,
          .cut = loops.half[0] != nullptr && missing >= half ? half : 0};
}

std::size_t packed_bytes(const PanelLayout& layout) noexcept {
  return static_cast<std::size_t>(layout.groups * group_floats(layout)) * sizeof(float);
}

WeightView weights_nk(const float* data, std::int64_t k) noexcept {
  return {.data = data, .kx_size = 1, .ci_size = k, .n_stride = k, .ky_stride = 0, .kx_stride = 0, .ci_stride = 1};
}

WeightView weights_kn(const float* data, std::int64_t k, std::int64_t n) noexcept {
  return {.data = data, .kx_size = 1, .ci_size = k, .n_stride = 1, .ky_stride = 0, .kx_stride = 0, .ci_stride = n};
}

void pack_weight_panels(const PanelLayout& layout, const WeightView& weights, const float* bias, float* packed,
                        std::int64_t begin, std::int64_t end) noexcept {
  const std::int64_t runs = layout.k / weights.ci_size;
  for (std::int64_t index = begin; index < end; ++index) {
    const PanelSlice slice = panel_slice(layout, packed, index);
    pack_bias_row(slice, bias);
    float* to = slice.packed + slice.width;
    for (std::int64_t run = 0; run < runs; ++run, to += weights.ci_size * slice.width) {
      const float* from = weights.data + slice.first * weights.n_stride + run / weights.kx_size * weights.ky_stride +
                          run % weights.kx_size * weights.kx_stride;
      pack_run(slice, weights, from, to);
    }
  }
}

void pack_weights(const PanelLayout& layout, const WeightView& weights, const float* bias, float* packed) noexcept {
  pack_weight_panels(layout, weights, bias, packed, 0, layout.groups * layout.panels);
}

void pack_bias(const PanelLayout& layout, const float* bias, float* packed) noexcept {
  for (std::int64_t index = 0; index < layout.groups * layout.panels; ++index) {
    pack_bias_row(panel_slice(layout, packed, index), bias);
  }
}

}  // namespace litesmith::kernels
