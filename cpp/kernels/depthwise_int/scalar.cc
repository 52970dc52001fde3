#include <algorithm>

#include "kernels/depthwise_int/sum_loops.h"

namespace litesmith::kernels {
namespace {

/// Sums of kSumVector channels of one output, beginning with channel `first`.
template <class T>
void pixel_sums(const SumCall<T>& call, const T* const* pixels, const std::int16_t* w, std::int64_t first,
                std::int32_t* sums) noexcept {
  std::int32_t total[kSumVector];
  std::copy_n(call.starts + first, kSumVector, total);
  for (std::int64_t kx = 0; kx < call.kernel_w; ++kx)
    for (std::int64_t ky = 0; ky < call.kernel_h; ++ky, w += kSumVector) {
      const T* x = pixels[ky * call.dilation_h * call.pitch + kx * call.dilation_w] + first;
      for (std::int64_t c = 0; c < kSumVector; ++c)
        total[c] = static_cast<std::int32_t>(static_cast<std::uint32_t>(total[c]) +
                                             static_cast<std::uint32_t>(std::int32_t{x[c]} * w[c]));
    }
  std::copy_n(total, kSumVector, sums + first);
}

template <class T>
void one_row(const SumCall<T>& call) noexcept {
  for (std::int64_t column = 0; column < call.columns; ++column) {
    const std::byte* packed = call.packed;
    for (std::int64_t c = 0; c < call.channels; c += kSumVector, packed += call.block_bytes) {
      const std::int64_t first = std::max<std::int64_t>(std::min(c, call.channels - kSumVector), 0);
      pixel_sums(call, call.pixels + column * call.stride_w, reinterpret_cast<const std::int16_t*>(packed), first,
                 call.sums + column * call.sums_pixel);
    }
  }
}

template <class T>
void two_rows(const SumCall<T>& call) noexcept {
  one_row(call);
  SumCall<T> second = call;
  second.pixels += call.stride_h * call.pitch;
  second.sums += call.sums_row;
  one_row(second);
}

template <class T>
constexpr SumLoops<T> loops{simd::Isa::scalar, {1, 2, false}, 0, {one_row<T>, two_rows<T>}, {nullptr, nullptr}};

}  // namespace

namespace depthwise_int_scalar {
const SumLoops<std::int8_t> int8 = loops<std::int8_t>;
const SumLoops<std::uint8_t> uint8 = loops<std::uint8_t>;
const SumLoops<std::int16_t> int16 = loops<std::int16_t>;
}  // namespace depthwise_int_scalar

}  // namespace litesmith::kernels
