#pragma once

namespace litesmith::ops {

/// RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: image NHWC, size [height, width] (int32).
struct ResizeAttrs {
  bool align_corners = false;
  bool half_pixel_centers = false;
  bool operator==(const ResizeAttrs&) const = default;
};

}  // namespace litesmith::ops
