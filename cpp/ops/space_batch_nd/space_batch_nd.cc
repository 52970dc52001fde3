#include <cstring>
#include <span>
#include <vector>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/float_product.h"
#include "ops/host_prepare.h"
#include "ops/quantization_match.h"
#include "ops/static_rules.h"
#include "ops/tiles.h"

/// SPACE_TO_BATCH_ND: input [N, spatial..., rest...], block_shape [M], paddings [M, 2]. BATCH_TO_SPACE_ND: the inverse,
/// with crops [M, 2]. The batch of the blocked side counts (place in the block, image).
namespace litesmith::ops::space_batch_nd {
namespace {

/// One blocked axis.
struct Axis {
  std::int64_t block;
  std::int64_t before;  // padding or crop
  std::int64_t after;
};

void check_counts(const NodeView& view) {
  view.require_type(1, {DType::int32, DType::int64});
  view.require_type(2, {DType::int32, DType::int64});
  view.require_rank(1, 1);
  view.require_rank(2, 2);
  const TensorInfo& x = view.input(0);
  if (x.shape.has_rank() && (x.shape.rank() < 3 || x.shape.rank() > 4))
    view.fail("'", x.name, "' has shape ", x.shape, " but must have 3 or 4 dimensions");
}

/// nullopt when block shape or paddings are not known.
std::optional<std::vector<Axis>> axes(const NodeView& view, int rank) {
  const auto blocks = view.ints(1);
  const auto edges = view.ints(2);
  if (!blocks || !edges) return std::nullopt;
  const auto count = static_cast<std::size_t>(rank - 2);
  if (blocks->size() != count || edges->size() != 2 * count)
    view.fail("'", view.input(0).name, "' has ", count, " spatial dimensions but there are ", blocks->size(),
              " block sizes and ", edges->size(), " paddings or crops; give one block size and two edges for each");
  std::vector<Axis> list;
  for (std::size_t i = 0; i < count; ++i) {
    const Axis axis{(*blocks)[i], (*edges)[2 * i], (*edges)[2 * i + 1]};
    view.require(axis.block > 0 && axis.block <= INT32_MAX, "block size ", i, " is ", axis.block,
                 " but must be at least 1");
    view.require(axis.before >= 0 && axis.after >= 0 && axis.before <= INT32_MAX && axis.after <= INT32_MAX,
                 "the edges (", axis.before, ", ", axis.after, ") of spatial dimension ", i, " must not be negative");
    list.push_back(axis);
  }
  return list;
}

std::int64_t block_count(const std::vector<Axis>& list) {
  std::int64_t count = 1;
  for (const Axis& axis : list) count = checked_product(count, axis.block);
  return count;
}

void require_divisible(const NodeView& view, int dim, std::int64_t size, std::int64_t divisor) {
  if (size % divisor != 0)
    view.fail("dimension ", dim, " of '", view.input(0).name, "' (", view.input(0).shape, ", ", size,
              " with its padding) is no multiple of ", divisor, "; change the paddings or the block shape");
}

Shape unknown_like(const Shape& x) {
  Shape shape = x;
  for (int i = 0; i + 1 < shape.rank(); ++i) shape[i] = kUnknownDim;
  return shape;
}

Shape to_batch(const NodeView& view, const Shape& x) {
  Shape shape = unknown_like(x);
  const auto list = axes(view, x.rank());
  if (!list) return shape;
  if (x[0] != kUnknownDim) shape[0] = dimension(view, checked_product(x[0], block_count(*list)));
  for (int i = 1; i + 1 < x.rank(); ++i) {
    if (x[i] == kUnknownDim) continue;
    const Axis& axis = (*list)[static_cast<std::size_t>(i - 1)];
    const std::int64_t padded = x[i] + axis.before + axis.after;
    require_divisible(view, i, padded, axis.block);
    shape[i] = dimension(view, padded / axis.block);
  }
  return shape;
}

Shape to_space(const NodeView& view, const Shape& x) {
  Shape shape = unknown_like(x);
  const auto list = axes(view, x.rank());
  if (!list) return shape;
  if (x[0] != kUnknownDim) {
    require_divisible(view, 0, x[0], block_count(*list));
    shape[0] = static_cast<std::int32_t>(x[0] / block_count(*list));
  }
  for (int i = 1; i + 1 < x.rank(); ++i) {
    if (x[i] == kUnknownDim) continue;
    const Axis& axis = (*list)[static_cast<std::size_t>(i - 1)];
    const std::int64_t cropped = checked_product(x[i], axis.block) - axis.before - axis.after;
    view.require(cropped >= 0, "the crops (", axis.before, ", ", axis.after, ") are larger than dimension ", i,
                 " of the result, which is ", x[i] * axis.block, " before cropping");
    shape[i] = dimension(view, cropped);
  }
  return shape;
}

template <Shape (*result)(const NodeView&, const Shape&)>
void infer(InferContext& context) {
  const TensorInfo& x = context.input(0);
  context.require_type(0, {DType::float32, DType::uint8, DType::int8, DType::int16, DType::int32, DType::int64});
  check_counts(context);
  context.set_output(0, x.dtype, x.shape.has_rank() ? result(context, x.shape) : Shape::unknown_rank());
}

struct Params {
  std::vector<Axis> axes;
  std::vector<std::int64_t> space;   // spatial dims of the space side
  std::vector<std::int64_t> blocks;  // spatial dims of the batch side
  std::int64_t images;               // of the space side
  std::int64_t rows;                 // of the result, along its last spatial axis
  std::int64_t row_bytes;
  std::int64_t pixel_bytes;
  std::int64_t width;
  std::int64_t zero;
};

void fill_pixels(const Params& p, std::int64_t count, std::byte* to) noexcept {
  kernels::fill_elements(reinterpret_cast<const std::byte*>(&p.zero), p.width, to, count * p.pixel_bytes / p.width);
}

/// Row `index` of the batch side: every block-th pixel of one row of the space side, or padding.
void row_of_batch(const Params& p, std::int64_t index, const std::byte* x, std::byte* to) noexcept {
  const std::size_t inner = p.axes.size() - 1;
  const Axis& axis = p.axes[inner];
  const std::int64_t pixels = p.blocks[inner];
  std::int64_t outer = index;
  for (std::size_t i = 0; i < inner; ++i) outer /= p.blocks[i];
  std::int64_t place = outer / p.images;
  const std::int64_t shift = axis.before - place % axis.block;
  place /= axis.block;
  std::int64_t row = 0;
  std::int64_t stride = 1;
  for (std::size_t i = inner; i-- > 0;) {
    const Axis& along = p.axes[i];
    const std::int64_t at = index % p.blocks[i] * along.block + place % along.block - along.before;
    if (at < 0 || at >= p.space[i]) return fill_pixels(p, pixels, to);
    index /= p.blocks[i];
    place /= along.block;
    row += at * stride;
    stride *= p.space[i];
  }
  row += outer % p.images * stride;
  const auto first_from = [&](std::int64_t at) {
    return std::clamp<std::int64_t>((at + axis.block - 1) / axis.block, 0, pixels);
  };
  const std::int64_t first = first_from(shift), last = first_from(p.space[inner] + shift);
  const std::int64_t begin = row * p.space[inner] + first * axis.block - shift;
  fill_pixels(p, first, to);
  if (first < last)
    kernels::copy_rows({last - first, axis.block * p.pixel_bytes, p.pixel_bytes}, p.pixel_bytes,
                       x + begin * p.pixel_bytes, to + first * p.pixel_bytes);
  fill_pixels(p, pixels - last, to + last * p.pixel_bytes);
}

/// Row `index` of the space side: rows of as many images of the batch side as a block has columns, pixel by pixel.
void row_of_space(const Params& p, std::int64_t index, const std::byte* x, std::byte* to) noexcept {
  const std::size_t inner = p.axes.size() - 1;
  const Axis& axis = p.axes[inner];
  const std::int64_t pixels = p.space[inner];
  std::int64_t row = 0;
  std::int64_t stride = 1;
  std::int64_t place = 0;
  std::int64_t place_stride = axis.block;
  for (std::size_t i = inner; i-- > 0;) {
    const std::int64_t at = index % p.space[i] + p.axes[i].before;
    index /= p.space[i];
    row += at / p.axes[i].block * stride;
    stride *= p.blocks[i];
    place += at % p.axes[i].block * place_stride;
    place_stride *= p.axes[i].block;
  }
  for (std::int64_t first = 0; first < std::min(axis.block, pixels); ++first) {
    const std::int64_t at = first + axis.before;
    const std::int64_t image = (place + at % axis.block) * p.images + index;
    const std::int64_t from = (image * stride + row) * p.blocks[inner] + at / axis.block;
    const std::int64_t count = (pixels - first + axis.block - 1) / axis.block;
    kernels::copy_rows({count, p.pixel_bytes, axis.block * p.pixel_bytes}, p.pixel_bytes, x + from * p.pixel_bytes,
                       to + first * p.pixel_bytes);
  }
}

template <void (*row)(const Params&, std::int64_t, const std::byte*, std::byte*) noexcept>
Fault run(const Params& p, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, p.rows, items_per_tile(p.row_bytes));
  for (std::int64_t i = range.begin; i < range.end; ++i)
    row(p, i, operands.inputs[0], operands.outputs[0] + i * p.row_bytes);
  return Fault::none;
}

std::vector<std::int64_t> spatial(const Shape& shape) { return {shape.begin() + 1, shape.end() - 1}; }

template <bool is_to_batch>
Step prepare(const PrepareContext& context) {
  const TensorInfo& x = context.input(0);
  const Shape& y = context.output().shape;
  require_same_quantization(context, x, context.output());
  const std::int64_t width = element_bytes(context, x);
  if (elements(y) == 0) return empty_step("space_batch_nd");
  const Shape& space = is_to_batch ? x.shape : y;
  const Shape& batch = is_to_batch ? y : x.shape;
  const Params params{.axes = axes(context, y.rank()).value(),
                      .space = spatial(space),
                      .blocks = spatial(batch),
                      .images = space[0],
                      .rows = y.count(0, y.rank() - 2),
                      .row_bytes = width * y.count(y.rank() - 2, y.rank()),
                      .pixel_bytes = width * y.back(),
                      .width = width,
                      .zero = zero_point_of(context.output())};
  Step step = make_step<run<is_to_batch ? row_of_batch : row_of_space>>(params, "space_batch_nd/scalar");
  step.tiles = tile_count(params.rows, items_per_tile(params.row_bytes));
  step.work = static_cast<double>(elements(y));
  return step;
}

constexpr TypeVersion kVersions[] = {{DType::int8, 2}};

int version(const VersionQuery& query) {
  if (query.input_type(0) == DType::int16) return 4;
  return query.input_rank(0) != 4 ? 3 : version_of(query.input_type(0), kVersions);
}

OpDef row(std::string_view name, std::int32_t code, int options_type, void (*infer_row)(InferContext&),
          Step (*prepare_row)(const PrepareContext&)) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = {3, 3},
          .newest_version = 4,
          .version = version,
          .infer = infer_row,
          .options_type = options_type,
          .prepare = prepare_row,
          .host = prepare_and_run};
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      quantized(row("SPACE_TO_BATCH_ND", 38, 25, infer<to_batch>, prepare<true>), kSame, kSame),
      quantized(row("BATCH_TO_SPACE_ND", 37, 24, infer<to_space>, prepare<false>), kSame, kSame)};
  return kOps;
}

}  // namespace litesmith::ops::space_batch_nd
