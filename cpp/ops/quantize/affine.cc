#include "ops/quantize/affine.h"

namespace litesmith::ops::quantize {

Affine affine_of(const NodeView& view, const TensorInfo& tensor) {
  const ir::Quantization* quantization = tensor.quantization;
  if (quantization == nullptr || quantization->scales.empty())
    view.fail("'", tensor.name, "' is ", name(tensor.dtype), " but has no scale");
  Affine affine;
  affine.elements = elements(tensor.shape);
  affine.scales = quantization->scales;
  affine.zero_points.assign(affine.scales.size(), 0);
  const auto& points = quantization->zero_points;
  for (std::size_t i = 0; i < affine.zero_points.size() && !points.empty(); ++i)
    affine.zero_points[i] = static_cast<std::int32_t>(points[points.size() == 1 ? 0 : i]);
  if (affine.scales.size() == 1) return affine;
  const int axis = quantization->dimension;
  if (axis < 0 || axis >= tensor.shape.rank() || tensor.shape[axis] != affine.channels() ||
      (points.size() > 1 && points.size() != affine.scales.size()))
    view.fail("'", tensor.name, "' of shape ", tensor.shape, " has ", affine.channels(), " scales and ", points.size(),
              " zero points along dimension ", axis, "; there must be one for each index");
  affine.inner = std::max<std::int64_t>(tensor.shape.count(axis + 1, tensor.shape.rank()), 1);
  return affine;
}

}  // namespace litesmith::ops::quantize
