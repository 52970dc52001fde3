#include <algorithm>
#include <cstring>

#include "kernels/integer_gemm/integer_gemm.h"
#include "kernels/integer_gemm/panel.h"

namespace litesmith::kernels {
namespace {

constexpr std::int64_t kSumBytes = sizeof(std::int32_t);

std::int64_t bytes_per_column(const IntegerLayout& layout) noexcept {
  return kSumBytes + panel_steps(layout) * layout.depth;
}

struct PanelSlice {
  std::int32_t* column_sums;
  std::int8_t* steps;
  std::int64_t first;  ///< column among all groups
  std::int64_t width;
  std::int64_t count;  ///< columns that exist
};

PanelSlice panel_slice(const IntegerLayout& layout, std::byte* packed, std::int64_t index) noexcept {
  const std::int64_t group = index / layout.panels;
  const std::int64_t panel = index % layout.panels;
  const std::int64_t before = columns_before(layout, panel);
  const std::int64_t width = panel_width(layout, panel);
  std::byte* at = packed + panel_offset(layout, group, panel);
  return {.column_sums = reinterpret_cast<std::int32_t*>(at),
          .steps = reinterpret_cast<std::int8_t*>(at + width * kSumBytes),
          .first = group * layout.n + before,
          .width = width,
          .count = std::clamp<std::int64_t>(layout.n - before, 0, width)};
}

/// One column: its weights every `width * depth` bytes in runs of `depth`.
template <int kDepth>
void pack_column(const IntegerLayout& layout, const IntegerWeights& weights, const PanelSlice& slice,
                 std::int64_t j) noexcept {
  const auto* from = static_cast<const std::uint8_t*>(weights.data) + (slice.first + j) * weights.n_stride;
  const int flip = weights.is_unsigned ? 0x80 : 0;
  std::int8_t* to = slice.steps + j * kDepth;
  std::int32_t sum = 0;
  for (std::int64_t segment = 0; segment < layout.k; segment += layout.segment) {
    for (std::int64_t k = 0; k < layout.segment; k += kDepth, to += slice.width * kDepth) {
      const std::int64_t terms = std::min<std::int64_t>(kDepth, layout.segment - k);
      for (std::int64_t d = 0; d < terms; ++d) {
        to[d] = static_cast<std::int8_t>(from[(segment + k + d) * weights.k_stride] ^ flip);
        sum += to[d];
      }
      for (std::int64_t d = terms; d < kDepth; ++d) to[d] = 0;
    }
  }
  slice.column_sums[j] = sum;
}

void clear_column(const IntegerLayout& layout, const PanelSlice& slice, std::int64_t j) noexcept {
  slice.column_sums[j] = 0;
  for (std::int64_t step = 0; step < panel_steps(layout); ++step) {
    std::memset(slice.steps + (step * slice.width + j) * layout.depth, 0, static_cast<std::size_t>(layout.depth));
  }
}

/// Whether a segment fills its steps but for an eighth.
bool worth_a_segment(std::int64_t segment, std::int64_t depth) noexcept {
  const std::int64_t filled = (segment + depth - 1) / depth * depth;
  return segment > 0 && filled * 8 <= segment * 9;
}

}  // namespace

std::int64_t panel_width(const IntegerLayout& layout, std::int64_t panel) noexcept {
  return (layout.panel_vectors + (panel < layout.wide_panels ? 1 : 0)) * layout.vector;
}

std::int64_t columns_before(const IntegerLayout& layout, std::int64_t panel) noexcept {
  return (panel * layout.panel_vectors + std::min(panel, layout.wide_panels)) * layout.vector;
}

std::int64_t segment_steps(const IntegerLayout& layout) noexcept {
  return (layout.segment + layout.depth - 1) / layout.depth;
}

std::int64_t panel_steps(const IntegerLayout& layout) noexcept {
  return layout.k / layout.segment * segment_steps(layout);
}

std::int64_t panel_offset(const IntegerLayout& layout, std::int64_t group, std::int64_t panel) noexcept {
  const std::int64_t columns = group * columns_before(layout, layout.panels) + columns_before(layout, panel);
  return columns * bytes_per_column(layout);
}

std::int64_t activation_bytes(const IntegerLayout& layout) noexcept {
  return layout.x != Activations::int16 && integer_loops(layout.isa).shifted ? 1 : 2;
}

const IntegerLoops& integer_loops(simd::Isa isa) noexcept {
#if defined(__x86_64__)
  if (simd::usable(simd::Isa::avx512vnni, isa)) return integer_gemm_avx512vnni::loops;
  if (simd::usable(simd::Isa::avx512, isa)) return integer_gemm_avx512::loops;
  if (simd::usable(simd::Isa::avxvnni, isa)) return integer_gemm_avxvnni::loops;
  if (simd::usable(simd::Isa::avx2, isa)) return integer_gemm_avx2::loops;
#endif
  static_cast<void>(isa);
  return integer_gemm_scalar::loops;
}

IntegerLayout integer_layout(simd::Isa isa, Activations x, std::int64_t n, std::int64_t k, std::int64_t groups,
                             std::int64_t segment) noexcept {
  const IntegerLoops& loops = integer_loops(isa);
  const std::int64_t depth = x == Activations::int16 ? 2 : loops.depth;
  const std::int64_t vectors = (n + loops.vector - 1) / loops.vector;
  const std::int64_t panels = (vectors + loops.widest - 1) / loops.widest;
  return {.isa = loops.isa,
          .x = x,
          .n = n,
          .k = k,
          .segment = worth_a_segment(segment, depth) ? segment : k,
          .groups = groups,
          .vector = loops.vector,
          .depth = depth,
          .panels = panels,
          .wide_panels = vectors % panels,
          .panel_vectors = vectors / panels};
}

std::size_t packed_bytes(const IntegerLayout& layout) noexcept {
  return static_cast<std::size_t>(panel_offset(layout, layout.groups, 0));
}

IntegerWeights integer_weights_nk(const void* data, std::int64_t k, bool is_unsigned) noexcept {
  return {.data = data, .n_stride = k, .k_stride = 1, .is_unsigned = is_unsigned};
}

IntegerWeights integer_weights_kn(const void* data, std::int64_t n) noexcept {
  return {.data = data, .n_stride = 1, .k_stride = n};
}

void pack_integer_panels(const IntegerLayout& layout, const IntegerWeights& weights, std::byte* packed,
                         std::int64_t begin, std::int64_t end) noexcept {
  for (std::int64_t index = begin; index < end; ++index) {
    const PanelSlice slice = panel_slice(layout, packed, index);
    for (std::int64_t j = 0; j < slice.count; ++j) {
      if (layout.depth == 4) {
        pack_column<4>(layout, weights, slice, j);
      } else {
        pack_column<2>(layout, weights, slice, j);
      }
    }
    for (std::int64_t j = slice.count; j < slice.width; ++j) clear_column(layout, slice, j);
  }
}

void pack_integer_weights(const IntegerLayout& layout, const IntegerWeights& weights, std::byte* packed) noexcept {
  pack_integer_panels(layout, weights, packed, 0, layout.groups * layout.panels);
}

}  // namespace litesmith::kernels
