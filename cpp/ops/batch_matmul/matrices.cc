#include "ops/batch_matmul/matrices.h"

#include "ops/batch_matmul/batch_matmul.h"

namespace litesmith::ops::batch_matmul {

Matrices matrices(const NodeView& view) {
  const auto& a = view.attrs<BatchMatmulAttrs>();
  const TensorInfo& x = view.input(0);
  const TensorInfo& y = view.input(1);
  const std::int32_t k = x.shape.back(a.adj_x ? 2 : 1);
  const std::int32_t other = y.shape.back(a.adj_y ? 1 : 2);
  if (k != kUnknownDim && other != kUnknownDim && k != other)
    view.fail("'", x.name, "' (", x.shape, a.adj_x ? ", transposed" : "", ") has rows of ", k, " values but '", y.name,
              "' (", y.shape, a.adj_y ? ", transposed" : "", ") has columns of ", other,
              "; swap or set adj_x or adj_y");
  view.require(k != 0 && other != 0, "'", x.name, "' (", x.shape, ") and '", y.name, "' (", y.shape,
               ") share a dimension of 0, so that nothing can be summed");
  return {x.shape.back(a.adj_x ? 1 : 2), k == kUnknownDim ? other : k, y.shape.back(a.adj_y ? 2 : 1)};
}

Shape batch_dims(const Shape& shape) { return Shape(std::vector<std::int32_t>(shape.begin(), shape.end() - 2)); }

std::vector<std::int64_t> matrix_of(const Shape& result, const Shape& operand) {
  const std::int64_t count = elements(result);
  std::vector<std::int64_t> list(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i;
    std::int64_t stride = 1;
    for (int axis = 1; axis <= operand.rank(); ++axis) {
      const std::int64_t position = rest % result.back(axis);
      rest /= result.back(axis);
      list[static_cast<std::size_t>(i)] += operand.back(axis) == 1 ? 0 : position * stride;
      stride *= operand.back(axis);
    }
  }
  return list;
}

}  // namespace litesmith::ops::batch_matmul
