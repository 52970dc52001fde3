#include "importers/keras/resize.h"

#include "ops/resize/resize.h"

namespace litesmith::importers::keras {
namespace {

std::string_view operator_for(LayerContext& c, const std::string& interpolation) {
  if (interpolation == "nearest") return "RESIZE_NEAREST_NEIGHBOR";
  if (interpolation == "bilinear") return "RESIZE_BILINEAR";
  c.unsupported("the interpolation '", interpolation, "' has no conversion; use 'nearest' or 'bilinear'");
}

ir::TensorId add_resize(LayerContext& c, ir::TensorId image, ir::TensorId size, const std::string& interpolation) {
  return c.add(operator_for(c, interpolation), ops::ResizeAttrs{.align_corners = false, .half_pixel_centers = true},
               {image, size});
}

int grown(const LayerContext& c, int size, int factor) {
  const std::int64_t result = std::int64_t{size} * factor;
  if (result > INT32_MAX) c.fail("would give an image with a side of ", result);
  return static_cast<int>(result);
}

}  // namespace

ir::TensorId resized(LayerContext& c, ir::TensorId image, int height, int width, const std::string& interpolation) {
  if (c.shape(image)[1] == height && c.shape(image)[2] == width) return image;
  return add_resize(c, image, c.ints("size", {height, width}), interpolation);
}

ir::TensorId enlarged(LayerContext& c, ir::TensorId image, int rows, int columns, const std::string& interpolation) {
  const std::int32_t height = c.shape(image)[1];
  const std::int32_t width = c.shape(image)[2];
  if (rows == 1 && columns == 1) return image;
  if (height != kUnknownDim && width != kUnknownDim)
    return resized(c, image, grown(c, height, rows), grown(c, width, columns), interpolation);
  const ir::TensorId size = binary(c, "MUL", runtime_dims(c, image, 1, 3), c.ints("factors", {rows, columns}));
  return add_resize(c, image, size, interpolation);
}

}  // namespace litesmith::importers::keras
