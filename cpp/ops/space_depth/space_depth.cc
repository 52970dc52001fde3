#include "ops/space_depth/space_depth.h"

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/static_rules.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::space_depth {
namespace {

/// size / divisor along `axis`; fails when there is a remainder. -1 stays.
std::int32_t divided(const NodeView& view, int axis, std::int64_t divisor) {
  const TensorInfo& x = view.input(0);
  const std::int32_t size = x.shape[axis];
  if (size == kUnknownDim) return size;
  if (size % divisor != 0)
    view.fail("dimension ", axis, " of '", x.name, "' (", x.shape, ") is ", size, ", which is no multiple of ", divisor,
              "; pad the image or choose another block size");
  return static_cast<std::int32_t>(size / divisor);
}

std::int32_t multiplied(const NodeView& view, int axis, std::int64_t factor) {
  const std::int32_t size = view.input(0).shape[axis];
  return size == kUnknownDim ? size : dimension(view, checked_product(size, factor));
}

void infer(InferContext& context, bool to_depth) {
  context.require_type(0, {DType::float32, DType::uint8, DType::int8, DType::int32, DType::int64});
  context.require_rank(0, 4);
  const TensorInfo& x = context.input(0);
  const std::int64_t block = context.attrs<SpaceDepthAttrs>().block_size;
  context.require(block > 0, "its block size is ", block, " but must be at least 1");
  if (!x.shape.has_rank()) return context.set_output(0, x.dtype, {kUnknownDim, kUnknownDim, kUnknownDim, kUnknownDim});
  const std::int64_t area = block * block;
  const auto space = [&](int axis) {
    return to_depth ? divided(context, axis, block) : multiplied(context, axis, block);
  };
  const std::int32_t height = space(1);
  const std::int32_t width = space(2);
  const std::int32_t depth = to_depth ? multiplied(context, 3, area) : divided(context, 3, area);
  context.set_output(0, x.dtype, {x.shape[0], height, width, depth});
}

/// One copy over (image, row, row in the block, column, column in the block, channel).
template <bool to_depth>
Step prepare(const PrepareContext& context) {
  const std::int64_t block = context.attrs<SpaceDepthAttrs>().block_size;
  const std::int64_t width = element_bytes(context, context.input(0));
  const Shape& space = to_depth ? context.input(0).shape : context.output().shape;
  const Shape& depth = to_depth ? context.output().shape : context.input(0).shape;
  const auto s = dense_strides(space, width);
  const auto d = dense_strides(depth, width);
  const std::int64_t channels = space[3];
  const auto axis = [](std::int64_t size, std::int64_t of_space, std::int64_t of_depth) {
    return to_depth ? kernels::CopyAxis{size, of_space, of_depth} : kernels::CopyAxis{size, of_depth, of_space};
  };
  const kernels::CopyAxis axes[] = {axis(depth[0], s[0], d[0]),
                                    axis(depth[1], s[1] * block, d[1]),
                                    axis(block, s[1], block * channels * width),
                                    axis(depth[2], s[2] * block, d[2]),
                                    axis(block, s[2], channels * width),
                                    axis(channels, width, width)};
  std::vector<CopyPiece> pieces(1);
  pieces[0].copy = kernels::plan_strided_copy(axes, width);
  return make_copy_step(std::move(pieces), "space_depth/scalar");
}

int version(const VersionQuery& query) { return query.input_type(0) == DType::int8 ? 2 : 1; }

template <class Options>
ir::Attrs attrs_of(const Options* options) {
  return SpaceDepthAttrs{options == nullptr ? 0 : options->block_size()};
}

ir::Attrs read_to_depth(const ::tflite::Operator& node) {
  return attrs_of(node.builtin_options_as_SpaceToDepthOptions());
}
ir::Attrs read_to_space(const ::tflite::Operator& node) {
  return attrs_of(node.builtin_options_as_DepthToSpaceOptions());
}

template <class OptionsBuilder>
flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  OptionsBuilder options(builder);
  options.add_block_size(attrs.as<SpaceDepthAttrs>().block_size);
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"SPACE_TO_DEPTH"},
                                .builtin_code = 26,
                                .newest_version = 2,
                                .version = version,
                                .infer = [](InferContext& context) { infer(context, true); },
                                .read = read_to_depth,
                                .write = write<::tflite::SpaceToDepthOptionsBuilder>,
                                .options_type = 19,
                                .prepare = prepare<true>,
                                .quantization = {.int8 = kSame}},
                               {.identity = {"DEPTH_TO_SPACE"},
                                .builtin_code = 5,
                                .newest_version = 2,
                                .version = version,
                                .infer = [](InferContext& context) { infer(context, false); },
                                .read = read_to_space,
                                .write = write<::tflite::DepthToSpaceOptionsBuilder>,
                                .options_type = 94,
                                .prepare = prepare<false>,
                                .quantization = {.int8 = kSame}}};
  return kOps;
}

}  // namespace litesmith::ops::space_depth
