#include "ops/stablehlo/gather.h"

#include <algorithm>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/host_prepare.h"
#include "ops/index_operand.h"
#include "ops/stablehlo/file_dims.h"
#include "ops/stablehlo/stablehlo.h"
#include "ops/tiles.h"

namespace litesmith::ops::stablehlo {
namespace {

bool contains(const std::vector<std::int64_t>& list, std::int64_t value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

/// Fails unless the list holds different numbers in [0, end).
void require_dims(const NodeView& view, const std::vector<std::int64_t>& list, std::int64_t end,
                  std::string_view what) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] < 0 || list[i] >= end)
      view.fail("its ", what, " hold ", list[i], " but dimensions go from 0 to ", end - 1);
    if (std::count(list.begin(), list.end(), list[i]) > 1) view.fail("its ", what, " hold ", list[i], " twice");
  }
}

/// Sizes of the indices without the dimension along which starts lie, which may stand behind the last one.
std::vector<std::int32_t> batch_sizes(const Shape& indices, std::int64_t vector_dim) {
  std::vector<std::int32_t> sizes;
  for (int d = 0; d < indices.rank(); ++d)
    if (d != vector_dim) sizes.push_back(indices[d]);
  return sizes;
}

void check_window(const NodeView& view, const Shape& x, const Shape& indices) {
  const auto& a = view.attrs<StablehloGatherAttrs>();
  const auto rank = static_cast<std::int64_t>(x.rank());
  if (static_cast<std::int64_t>(a.slice_sizes.size()) != rank)
    view.fail("has ", a.slice_sizes.size(), " slice sizes but '", view.input(0).name, "' has shape ", x,
              "; give one per dimension");
  if (a.index_vector_dim < 0 || a.index_vector_dim > indices.rank())
    view.fail("its starts lie along dimension ", a.index_vector_dim, " of indices of shape ", indices);
  const std::int64_t components =
      a.index_vector_dim == indices.rank() ? 1 : indices[static_cast<int>(a.index_vector_dim)];
  if (components != kUnknownDim && static_cast<std::int64_t>(a.start_index_map.size()) != components)
    view.fail("has ", a.start_index_map.size(), " entries in its start_index_map but starts of ", components,
              " components");
  require_dims(view, a.start_index_map, rank, "start_index_map");
  require_dims(view, a.collapsed_slice_dims, rank, "collapsed dimensions");
  for (int d = 0; d < x.rank(); ++d) {
    const std::int64_t size = a.slice_sizes[static_cast<std::size_t>(d)];
    const std::int64_t most = contains(a.collapsed_slice_dims, d) ? 1 : (x[d] == kUnknownDim ? size : x[d]);
    if (size < 0 || size > most || (x[d] != kUnknownDim && size > x[d]))
      view.fail("takes ", size, " entries along dimension ", d, " of '", view.input(0).name, "' (", x, ") but at most ",
                most, " are possible");
  }
}

void infer(InferContext& context) {
  context.require_type(1, {DType::int32, DType::int64});
  const TensorInfo& x = context.input(0);
  const Shape& indices = shape_up_to(context, 1);
  if (!shape_up_to(context, 0).has_rank() || !indices.has_rank())
    return context.set_output(0, x.dtype, Shape::unknown_rank());
  check_window(context, x.shape, indices);
  const auto& a = context.attrs<StablehloGatherAttrs>();
  const std::vector<std::int32_t> batch = batch_sizes(indices, a.index_vector_dim);
  std::vector<std::int32_t> window;
  for (std::int64_t d = 0; d < x.shape.rank(); ++d)
    if (!contains(a.collapsed_slice_dims, d))
      window.push_back(dimension(context, a.slice_sizes[static_cast<std::size_t>(d)], 0));
  if (window.size() != a.offset_dims.size())
    context.fail("has ", a.offset_dims.size(), " offset dimensions but windows of ", window.size());
  Shape result = unknown_dims(context, static_cast<std::int64_t>(batch.size() + window.size()));
  require_dims(context, a.offset_dims, result.rank(), "offset dimensions");
  auto next_batch = batch.begin();
  auto next_window = window.begin();
  for (int d = 0; d < result.rank(); ++d) result[d] = contains(a.offset_dims, d) ? *next_window++ : *next_batch++;
  context.set_output(0, x.dtype, std::move(result));
}

/// A component of the starts: how it moves the window, and its largest value.
struct Component {
  std::int64_t stride, last;
};
/// A batch dimension: its size and steps in the indices (entries) and in the result (bytes).
struct Batch {
  std::int64_t size, index_step, to;
};

struct Gather {
  IntegerAt index_at;
  kernels::StridedCopy window;
  std::vector<Component> components;
  std::vector<Batch> batch;
  std::int64_t component_step;
  std::int64_t windows;
};

Fault run(const Gather& p, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, p.windows, 1);
  for (std::int64_t i = range.begin; i < range.end; ++i) {
    std::int64_t rest = i, at = 0, to = 0, from = 0;
    for (std::size_t d = p.batch.size(); d-- > 0;) {
      const std::int64_t index = rest % p.batch[d].size;
      rest /= p.batch[d].size;
      at += index * p.batch[d].index_step;
      to += index * p.batch[d].to;
    }
    for (const Component& component : p.components) {
      const std::int64_t start = p.index_at(operands.inputs[1], at);
      from += std::clamp<std::int64_t>(start, 0, component.last) * component.stride;
      at += p.component_step;
    }
    kernels::run_strided_copy(p.window, operands.inputs[0] + from, operands.outputs[0] + to);
  }
  return Fault::none;
}

Step prepare(const PrepareContext& context) {
  const auto& a = context.attrs<StablehloGatherAttrs>();
  const TensorInfo& x = context.input(0);
  const Shape& result = context.output().shape;
  const Shape& indices = context.input(1).shape;
  const std::int64_t width = element_bytes(context, x);
  const auto from = dense_strides(x.shape, width);
  const auto to = dense_strides(result, width);
  const auto index_steps = dense_strides(indices, 1);
  Gather p{integer_reader(context, 1), {}, {}, {}, 0, 0};
  std::vector<kernels::CopyAxis> axes;
  std::vector<int> window_dims;
  for (int d = 0; d < result.rank(); ++d)
    if (contains(a.offset_dims, d)) window_dims.push_back(d);
  for (int d = 0; d < x.shape.rank(); ++d) {
    if (contains(a.collapsed_slice_dims, d)) continue;
    const auto target = static_cast<std::size_t>(window_dims[axes.size()]);
    const auto source = static_cast<std::size_t>(d);
    axes.push_back({a.slice_sizes[source], from[source], to[target]});
  }
  p.window = kernels::plan_strided_copy(axes, width);
  for (const std::int64_t d : a.start_index_map) {
    const auto at = static_cast<std::size_t>(d);
    p.components.push_back({from[at], x.shape[static_cast<int>(d)] - a.slice_sizes[at]});
  }
  int result_dim = 0;
  p.windows = elements(result) == 0 ? 0 : 1;
  for (int d = 0; d < indices.rank(); ++d) {
    if (d == a.index_vector_dim) continue;
    while (contains(a.offset_dims, result_dim)) ++result_dim;
    p.batch.push_back(
        {indices[d], index_steps[static_cast<std::size_t>(d)], to[static_cast<std::size_t>(result_dim++)]});
    p.windows = checked_product(p.windows, indices[d]);
  }
  if (a.index_vector_dim < indices.rank()) p.component_step = index_steps[static_cast<std::size_t>(a.index_vector_dim)];
  const std::int64_t tiles = std::max<std::int64_t>(p.windows, 1);
  Step step = make_step<run>(std::move(p), "stablehlo/scalar/gather");
  step.tiles = tiles;
  step.work = static_cast<double>(elements(result));
  return step;
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_2_as_StablehloGatherOptions();
  if (options == nullptr) return StablehloGatherAttrs{};
  return StablehloGatherAttrs{
      dims_from_file(options->offset_dims()),     dims_from_file(options->collapsed_slice_dims()),
      dims_from_file(options->start_index_map()), options->index_vector_dim(),
      dims_from_file(options->slice_sizes()),     options->indices_are_sorted()};
}

flatbuffers::Offset<void> write(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& a = attributes.as<StablehloGatherAttrs>();
  return ::tflite::CreateStablehloGatherOptionsDirect(builder, &a.offset_dims, &a.collapsed_slice_dims,
                                                      &a.start_index_map, a.index_vector_dim, &a.slice_sizes,
                                                      a.indices_are_sorted)
      .Union();
}

}  // namespace

OpDef gather_row() {
  return {.identity = {"STABLEHLO_GATHER"},
          .builtin_code = 201,
          .inputs = {2, 2},
          .infer = infer,
          .read = read,
          .write = write,
          .options_type = 16,
          .prepare = prepare,
          .host = prepare_and_run};
}

}  // namespace litesmith::ops::stablehlo
