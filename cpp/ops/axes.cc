#include "ops/axes.h"

#include <limits>

namespace litesmith::ops {

int axis_within(const NodeView& view, std::int64_t axis, int rank, const TensorInfo& tensor) {
  const auto normal = normalize_axis(axis, rank);
  if (!normal)
    view.fail("axis ", axis, " does not exist for '", tensor.name, "' of shape ", tensor.shape, "; give one from ",
              -rank, " to ", rank - 1);
  return *normal;
}

const Shape& shape_up_to(const NodeView& view, int i, int most) {
  const TensorInfo& tensor = view.input(i);
  if (tensor.shape.rank() > most)
    view.fail("'", tensor.name, "' has ", tensor.shape.rank(), " dimensions but at most ", most,
              " are possible; reshape it first");
  return tensor.shape;
}

std::int32_t dimension(const NodeView& view, std::int64_t size, int result) {
  if (size < 0 || size > std::numeric_limits<std::int32_t>::max())
    view.fail("result ", result, " would have a dimension of ", size, "; a dimension lies between 0 and 2147483647");
  return static_cast<std::int32_t>(size);
}

std::int32_t dimension_or_unknown(const NodeView& view, std::int64_t size) {
  return size == kUnknownDim ? kUnknownDim : dimension(view, size);
}

Shape shape_from_values(const NodeView& view, int i, const std::vector<std::int64_t>& values) {
  if (values.size() > static_cast<std::size_t>(kMaxRank))
    view.fail("'", view.input(i).name, "' asks for ", values.size(), " dimensions but at most ", kMaxRank,
              " are possible");
  std::vector<std::int32_t> dims;
  for (const std::int64_t value : values) {
    if (value < 0 || value > std::numeric_limits<std::int32_t>::max())
      view.fail("'", view.input(i).name, "' asks for a dimension of ", value,
                "; a dimension lies between 0 and 2147483647");
    dims.push_back(static_cast<std::int32_t>(value));
  }
  return Shape(std::move(dims));
}

Shape shape_from_length(const NodeView& view, int i) {
  const auto length = view.input(i).shape.element_count();
  return length ? unknown_dims(view, *length) : Shape::unknown_rank();
}

Shape unknown_dims(const NodeView& view, std::int64_t rank) {
  if (rank > kMaxRank) view.fail("the result would have ", rank, " dimensions but at most ", kMaxRank, " are possible");
  return Shape(std::vector<std::int32_t>(static_cast<std::size_t>(rank), kUnknownDim));
}

void require_index_vector(const NodeView& view, int i, bool scalar) {
  view.require_type(i, {DType::int32, DType::int64});
  const TensorInfo& tensor = view.input(i);
  if (!tensor.shape.has_rank() || tensor.shape.rank() == 1 || (scalar && tensor.shape.rank() == 0)) return;
  view.fail("'", tensor.name, "' has shape ", tensor.shape, " but must be a vector");
}

void require_one_value(const NodeView& view, int i) {
  const TensorInfo& tensor = view.input(i);
  if (const auto count = tensor.shape.element_count(); count && *count != 1)
    view.fail("'", tensor.name, "' has shape ", tensor.shape, " but must hold one value");
}

std::optional<std::int64_t> scalar_value(const NodeView& view, int i) {
  require_one_value(view, i);
  const auto values = view.ints(i);
  if (!values) return std::nullopt;
  if (values->size() != 1) view.fail("'", view.input(i).name, "' holds ", values->size(), " values but must hold one");
  return values->front();
}

}  // namespace litesmith::ops
