#include "ops/slice/slice.h"

#include <cstring>
#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/host_prepare.h"
#include "ops/op_def.h"
#include "ops/slice/window.h"
#include "ops/static_rules.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::slice {
namespace {

Shape result_shape(const NodeView& view, const std::vector<AxisWindow>& windows) {
  std::vector<std::int32_t> dims;
  for (const AxisWindow& window : windows)
    if (!window.is_dropped) dims.push_back(window.count ? dimension(view, *window.count, 0) : kUnknownDim);
  unknown_dims(view, static_cast<std::int64_t>(dims.size()));
  return Shape(std::move(dims));
}

void infer_slice(InferContext& context) {
  for (const int operand : {1, 2}) require_index_vector(context, operand);
  const TensorInfo& x = context.input(0);
  const Shape& shape = shape_up_to(context, 0);
  context.set_output(0, x.dtype,
                     shape.has_rank() ? result_shape(context, slice_windows(context)) : shape_from_length(context, 1));
}

void infer_strided_slice(InferContext& context) {
  for (const int operand : {1, 2, 3}) require_index_vector(context, operand);
  const TensorInfo& x = context.input(0);
  const bool is_open = !shape_up_to(context, 0).has_rank() || !context.input(1).shape.is_static();
  context.set_output(0, x.dtype,
                     is_open ? Shape::unknown_rank() : result_shape(context, strided_slice_windows(context)));
}

/// A start that arrives with the operands.
struct LateStart {
  int entry = 0;
  std::int64_t size = 0, count = 0, step_bytes = 0;
  bool wraps = false;
};

struct LateCopy {
  kernels::StridedCopy copy;
  std::int64_t offset = 0;
  std::vector<LateStart> starts;
  bool has_wide_starts = false;
};

Fault run_late(const LateCopy& params, const Operands& operands, TileRange tiles) noexcept {
  std::int64_t offset = params.offset;
  for (const LateStart& late : params.starts) {
    std::int64_t start = 0;
    if (params.has_wide_starts) {
      std::memcpy(&start, operands.in<std::int64_t>(1) + late.entry, sizeof(start));
    } else {
      std::int32_t narrow = 0;
      std::memcpy(&narrow, operands.in<std::int32_t>(1) + late.entry, sizeof(narrow));
      start = narrow;
    }
    if (late.wraps && start < 0) start += late.size;
    if (start < 0 || start > late.size - late.count) return Fault::index_out_of_range;
    offset += start * late.step_bytes;
  }
  kernels::run_strided_copy(params.copy, operands.inputs[0] + offset, operands.outputs[0], tiles.begin, tiles.end);
  return Fault::none;
}

Step prepare_windows(const PrepareContext& context, const std::vector<AxisWindow>& windows, std::string kernel) {
  const TensorInfo& x = context.input(0);
  const std::int64_t width = element_bytes(context, x);
  const auto from = dense_strides(x.shape, width);
  const auto to = dense_strides(context.output().shape, width);
  LateCopy late;
  late.has_wide_starts = context.input(1).dtype == DType::int64;
  std::vector<kernels::CopyAxis> axes;
  std::size_t result_axis = 0;
  for (const AxisWindow& window : windows) {
    const std::int64_t stride = window.axis < 0 ? 0 : from[static_cast<std::size_t>(window.axis)];
    if (window.start)
      late.offset += *window.start * stride;
    else
      late.starts.push_back({window.entry, x.shape[window.axis], window.count.value(), stride, window.wraps});
    if (!window.is_dropped) axes.push_back({*window.count, stride * window.stride, to[result_axis++]});
  }
  late.copy = kernels::plan_strided_copy(axes, width);
  if (!late.starts.empty()) {
    const std::int64_t tiles = late.copy.tiles;
    Step step = make_step<run_late>(std::move(late), std::move(kernel));
    step.tiles = tiles;
    step.work = static_cast<double>(elements(context.output().shape));
    return step;
  }
  std::vector<CopyPiece> pieces;
  pieces.push_back({.from_offset = late.offset, .copy = late.copy});
  return make_copy_step(std::move(pieces), std::move(kernel));
}

Step prepare_slice(const PrepareContext& context) {
  return prepare_windows(context, slice_windows(context), "slice/scalar");
}
Step prepare_strided_slice(const PrepareContext& context) {
  return prepare_windows(context, strided_slice_windows(context), "strided_slice/scalar");
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_StridedSliceOptions();
  if (options == nullptr) return StridedSliceAttrs{};
  return StridedSliceAttrs{.begin_mask = options->begin_mask(),
                           .end_mask = options->end_mask(),
                           .ellipsis_mask = options->ellipsis_mask(),
                           .new_axis_mask = options->new_axis_mask(),
                           .shrink_axis_mask = options->shrink_axis_mask(),
                           .offset = options->offset()};
}

flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  const auto& from = attrs.as<StridedSliceAttrs>();
  ::tflite::StridedSliceOptionsBuilder options(builder);
  options.add_shrink_axis_mask(from.shrink_axis_mask);
  options.add_new_axis_mask(from.new_axis_mask);
  options.add_ellipsis_mask(from.ellipsis_mask);
  options.add_end_mask(from.end_mask);
  options.add_begin_mask(from.begin_mask);
  options.add_offset(from.offset);
  return options.Finish().Union();
}

constexpr TypeVersion kNewSliceVersions[] = {{DType::float16, 8}, {DType::int4, 7}, {DType::uint32, 6}};
constexpr TypeVersion kSliceVersions[] = {{DType::int16, 4}, {DType::string, 3}, {DType::int8, 2}};

int slice_version(const VersionQuery& query) {
  if (const int newer = version_of(query.input_type(0), kNewSliceVersions); newer > 1) return newer;
  return query.input_rank(0) > 4 ? 5 : version_of(query.input_type(0), kSliceVersions);
}

constexpr TypeVersion kStridedVersions[] = {{DType::boolean, 3}, {DType::int8, 2}};

int strided_slice_version(const VersionQuery& query) {
  const auto& attrs = query.node.attrs.as<StridedSliceAttrs>();
  const DType type = query.input_type(0);
  if (attrs.offset) return 8;
  if (type == DType::uint32) return 7;
  if (attrs.ellipsis_mask != 0 || attrs.new_axis_mask != 0) return 6;
  if (type == DType::string) return 5;
  return query.input_rank(0) > 4 ? 4 : version_of(type, kStridedVersions);
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"SLICE"},
                                .builtin_code = 65,
                                .inputs = {3, 3},
                                .newest_version = 8,
                                .version = slice_version,
                                .infer = infer_slice,
                                .options_type = 48,
                                .prepare = prepare_slice,
                                .host = prepare_and_move,
                                .quantization = {.int8 = kSame, .int16x8 = kSame}},
                               {.identity = {"STRIDED_SLICE"},
                                .builtin_code = 45,
                                .inputs = {4, 4},
                                .newest_version = 8,
                                .version = strided_slice_version,
                                .infer = infer_strided_slice,
                                .read = read,
                                .write = write,
                                .options_type = 32,
                                .prepare = prepare_strided_slice,
                                .host = prepare_and_move,
                                .quantization = {.int8 = kSame, .int16x8 = kSame}}};
  return kOps;
}

}  // namespace litesmith::ops::slice
