#pragma once

#include <cstdint>
#include <string_view>

#include "ops/infer.h"

namespace litesmith::ops {

/// How a window behaves at the edges of an image, numbered as in the file (reference: schema.md §3).
enum class Padding : std::int8_t { same = 0, valid = 1 };

/// One spatial axis of a window that slides over an image. Sizes may be -1 = unknown.
struct WindowAxis {
  std::string_view name;  // "height": for error texts
  std::int64_t input;
  std::int64_t window;
  std::int64_t stride;
  std::int64_t dilation = 1;
};

struct WindowFit {
  std::int64_t output = kUnknownDim;
  /// Zeros before the first pixel: TensorFlow puts the odd one behind the last.
  std::int64_t pad_before = 0;
};

/// SAME: ceil(input / stride) outputs; VALID: only windows that lie inside the input. Fails for windows, strides and
/// dilations below 1, and for VALID windows that are larger than the input.
WindowFit fit_window(const NodeView& view, Padding padding, const WindowAxis& axis);

/// A window that slides over an NHWC image. Sizes may be -1 = unknown.
struct Window2d {
  Padding padding;
  std::int64_t height;
  std::int64_t width;
  std::int64_t stride_h;
  std::int64_t stride_w;
  std::int64_t dilation_h = 1;
  std::int64_t dilation_w = 1;
};

struct Window2dFit {
  WindowFit h, w;
};

/// fit_window() for both axes of an image [N, H, W, C] or of unknown rank.
Window2dFit fit_window(const NodeView& view, const Shape& image, const Window2d& window);

}  // namespace litesmith::ops
