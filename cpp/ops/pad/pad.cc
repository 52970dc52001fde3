#include "ops/pad/pad.h"

#include <cstring>
#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/file_enum.h"
#include "ops/host_prepare.h"
#include "ops/op_def.h"
#include "ops/pad/kernels.h"
#include "ops/quantization_match.h"
#include "ops/static_rules.h"
#include "ops/tiles.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::pad {
namespace {

/// How much of an axis a padding may mirror.
std::int64_t most_mirrored(const MirrorPadAttrs& attrs, std::int64_t size) {
  return attrs.mode == MirrorPadAttrs::Mode::symmetric ? size : size - 1;
}

void check_mirror(const NodeView& view, int axis, const Padding& padding) {
  const std::int64_t most = most_mirrored(view.attrs<MirrorPadAttrs>(), padding.size);
  const std::int64_t wanted = std::max(padding.before, padding.after);
  if (wanted > 0 && wanted > most)
    view.fail("cannot mirror ", wanted, " entries along axis ", axis, " of '", view.input(0).name, "', which has ",
              padding.size, "; at most ", std::max<std::int64_t>(0, most), " are possible");
}

/// Paddings per axis; nullopt when not known. `size` is -1 along unknown dims.
std::optional<std::vector<Padding>> paddings(const NodeView& view) {
  const TensorInfo& x = view.input(0);
  const auto values = view.ints(1);
  if (!values) return std::nullopt;
  const auto rank = static_cast<std::size_t>(x.shape.rank());
  if (values->size() != 2 * rank)
    view.fail("'", x.name, "' has ", rank, " dimensions but the paddings have shape ", view.input(1).shape,
              "; give two numbers per dimension");
  std::vector<Padding> list;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t before = (*values)[2 * i];
    const std::int64_t after = (*values)[2 * i + 1];
    if (before < 0 || after < 0)
      view.fail("the paddings (", before, ", ", after, ") of axis ", i, " are negative; use SLICE to cut '", x.name,
                "'");
    dimension(view, before, 0);
    dimension(view, after, 0);
    list.push_back({before, x.shape[static_cast<int>(i)], after});
  }
  return list;
}

void infer_padded(InferContext& context, bool mirrors) {
  context.require_type(1, {DType::int32, DType::int64, DType::int8, DType::int16});
  context.require_rank(1, 2);
  const TensorInfo& x = context.input(0);
  if (!x.shape.has_rank()) return context.set_output(0, x.dtype, Shape::unknown_rank());
  Shape result = unknown_dims(context, shape_up_to(context, 0).rank());
  if (const auto list = paddings(context)) {
    for (int i = 0; i < result.rank(); ++i) {
      const Padding& padding = (*list)[static_cast<std::size_t>(i)];
      if (padding.size == kUnknownDim) continue;
      if (mirrors) check_mirror(context, i, padding);
      result[i] = dimension(context, padding.total(), 0);
    }
  }
  context.set_output(0, x.dtype, std::move(result));
}

void infer_pad(InferContext& context) {
  if (context.has_input(2)) {
    context.require_same_type(2, 0);
    require_one_value(context, 2);
  }
  infer_padded(context, false);
}

void infer_mirror(InferContext& context) { infer_padded(context, true); }

/// Zero as the tensor writes it: the zero point of a quantized one.
void store_zero(const PrepareContext& context, PadPlan& plan) {
  const TensorInfo& tensor = context.output().quantization != nullptr && !context.output().quantization->empty()
                                 ? context.output()
                                 : context.input(0);
  const std::int64_t zero_point = zero_point_of(tensor);
  std::memcpy(plan.value.data(), &zero_point, static_cast<std::size_t>(std::min(plan.width, 8)));
}

Step prepare_pad(const PrepareContext& context) {
  const auto width = static_cast<int>(element_bytes(context, context.input(0)));
  packed_bytes(context.output().dtype, elements(context.output().shape));
  PadPlan plan = plan_pad(paddings(context).value(), width);
  if (context.has_input(2)) {
    require_same_quantization(context, context.input(2), context.input(0));
    plan.value_operand = 2;
  } else {
    store_zero(context, plan);
  }
  const std::int64_t tiles = tile_count(plan.rows, plan.rows_per_tile);
  Step step = make_step<run_pad>(std::move(plan), "pad/scalar");
  step.tiles = tiles;
  step.work = static_cast<double>(elements(context.output().shape));
  return step;
}

Step prepare_mirror(const PrepareContext& context) {
  const auto width = static_cast<int>(element_bytes(context, context.input(0)));
  packed_bytes(context.output().dtype, elements(context.output().shape));
  const bool repeats_border = context.attrs<MirrorPadAttrs>().mode == MirrorPadAttrs::Mode::symmetric;
  MirrorPlan plan = plan_mirror(paddings(context).value(), width, repeats_border);
  const std::int64_t tiles = tile_count(plan.rows, plan.rows_per_tile);
  Step step = make_step<run_mirror>(std::move(plan), "mirror_pad/scalar");
  step.tiles = tiles;
  step.work = static_cast<double>(elements(context.output().shape));
  return step;
}

ir::Attrs read_mirror(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_MirrorPadOptions();
  if (options == nullptr) return MirrorPadAttrs{};
  return MirrorPadAttrs{enum_from_file(options->mode(), MirrorPadAttrs::Mode::symmetric, "mirror mode")};
}

flatbuffers::Offset<void> write_mirror(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::MirrorPadOptionsBuilder options(builder);
  options.add_mode(static_cast<::tflite::MirrorPadMode>(attrs.as<MirrorPadAttrs>().mode));
  return options.Finish().Union();
}

constexpr TypeVersion kNewVersions[] = {{DType::float8_e4m3fn, 6}, {DType::float8_e5m2, 6}, {DType::boolean, 5}};
constexpr TypeVersion kVersions[] = {{DType::int16, 3}, {DType::int8, 2}};

int pad_version(const VersionQuery& query) {
  if (const int newer = version_of(query.input_type(0), kNewVersions); newer > 1) return newer;
  return query.input_rank(0) > 4 ? 4 : version_of(query.input_type(0), kVersions);
}
int mirror_version(const VersionQuery& query) { return version_of(query.input_type(0), kVersions); }

OpDef pad_op(std::string_view name, std::int32_t code, int operands, int options_type) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = {operands, operands},
          .newest_version = 6,
          .version = pad_version,
          .infer = infer_pad,
          .options_type = options_type,
          .prepare = prepare_pad,
          .host = prepare_and_run};
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {quantized(pad_op("PAD", 34, 2, 22), kSame, kSame),
                               quantized(pad_op("PADV2", 60, 3, 43), kSame, kSame),
                               {.identity = {"MIRROR_PAD"},
                                .builtin_code = 100,
                                .inputs = {2, 2},
                                .newest_version = 3,
                                .version = mirror_version,
                                .infer = infer_mirror,
                                .read = read_mirror,
                                .write = write_mirror,
                                .options_type = 77,
                                .prepare = prepare_mirror,
                                .host = prepare_and_run,
                                .quantization = {.int8 = kSame, .int16x8 = kSame}}};
  return kOps;
}

}  // namespace litesmith::ops::pad
