#include "ops/arg_min_max/arg_min_max.h"

#include <algorithm>
#include <span>

#include "ops/file_enum.h"
#include "ops/host_prepare.h"
#include "ops/kernel_table.h"
#include "ops/map.h"
#include "ops/static_rules.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::arg_min_max {
namespace {

using enum DType;

/// The operand as [outer, size, inner]; the middle dimension is searched.
struct Params {
  std::int64_t outer, size, inner;
};

/// The first of equal values wins; NaN is never better.
template <class T, class Index, bool maximum>
Fault search(const Params& params, const Operands& operands, TileRange tiles) noexcept {
  const std::int64_t per_tile = items_per_tile(params.size);
  const Range range = items_of(tiles, params.outer * params.inner, per_tile);
  for (std::int64_t i = range.begin; i < range.end; ++i) {
    const T* x = operands.in<T>(0) + i / params.inner * params.size * params.inner + i % params.inner;
    T best = x[0];
    std::int64_t at = 0;
    for (std::int64_t k = 1; k < params.size; ++k) {
      const T value = x[k * params.inner];
      const bool better = maximum ? value > best : value < best;
      at = better ? k : at;
      best = better ? value : best;
    }
    operands.out<Index>()[i] = static_cast<Index>(at);
  }
  return Fault::none;
}

/// The axis when it is known, made non-negative; fails when it is outside of the operand.
std::optional<int> known_axis(const NodeView& view) {
  const auto values = view.ints(1);
  if (!values) return std::nullopt;
  const Shape& shape = view.input(0).shape;
  if (values->size() != 1) view.fail("takes one axis but '", view.input(1).name, "' holds ", values->size());
  const auto axis = normalize_axis(values->front(), shape.rank());
  if (!axis) view.fail("axis ", values->front(), " is outside of '", view.input(0).name, "', which has shape ", shape);
  if (shape[*axis] == 0)
    view.fail("dimension ", *axis, " of '", view.input(0).name, "' is empty: nothing can be found");
  return axis;
}

template <class T, bool maximum>
Step step(const PrepareContext& context, simd::Isa isa) {
  const auto axis = known_axis(context);
  if (!axis) context.fail("the axis must be known");
  const Shape& shape = context.input(0).shape;
  const Params params{shape.count(0, *axis), shape[*axis], shape.count(*axis + 1, shape.rank())};
  Step result = context.output().dtype == int64 ? make_step<search<T, std::int64_t, maximum>>(params, "", isa)
                                                : make_step<search<T, std::int32_t, maximum>>(params, "", isa);
  result.tiles = tile_count(params.outer * params.inner, items_per_tile(params.size));
  result.work = static_cast<double>(elements(shape));
  return result;
}

constexpr simd::Isa kScalar = simd::Isa::scalar;

// Quantized values are compared as they are stored: one scale serves them all.
template <bool maximum>
constexpr Kernel kRows[] = {
    {"arg_min_max/f32", kScalar, {float32}, {}, nullptr, step<float, maximum>},
    {"arg_min_max/i8", kScalar, {int8}, {}, nullptr, step<std::int8_t, maximum>},
    {"arg_min_max/u8", kScalar, {uint8}, {}, nullptr, step<std::uint8_t, maximum>},
    {"arg_min_max/i32", kScalar, {int32}, {}, nullptr, step<std::int32_t, maximum>},
    {"arg_min_max/bool", kScalar, {boolean}, {}, nullptr, step<std::uint8_t, maximum>},
};

void infer(InferContext& context) {
  context.require_type(0, {float32, uint8, int8, int32, boolean});
  context.require_type(1, {int32, int64});
  const DType type = context.attrs<ArgMinMaxAttrs>().output_type;
  if (type != int32 && type != int64)
    context.fail("gives indices of type ", name(type), "; int32 and int64 are possible");
  Shape shape = context.input(0).shape;
  if (!shape.has_rank()) return context.set_output(0, type, shape);
  if (shape.rank() == 0) context.fail("'", context.input(0).name, "' is a scalar and has no axis");
  if (const auto axis = known_axis(context)) {
    shape.dims().erase(shape.dims().begin() + *axis);
    context.set_output(0, type, shape);
  } else {
    context.set_output(0, type, Shape::unknown_rank());  // the host checks the axis
  }
}

int version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == boolean ? 3 : (type == int8 ? 2 : 1);
}

template <auto options_of>
ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = (node.*options_of)();
  if (options == nullptr) return ArgMinMaxAttrs{};
  return ArgMinMaxAttrs{enum_from_file(options->output_type(), float8_e5m2, "type")};
}
template <class OptionsBuilder>
flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  OptionsBuilder options(builder);
  options.add_output_type(static_cast<::tflite::TensorType>(attrs.as<ArgMinMaxAttrs>().output_type));
  return options.Finish().Union();
}

template <auto options_of, class OptionsBuilder>
OpDef row(std::string_view name, std::int32_t code, int options_type, Step (*prepare)(const PrepareContext&)) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = {2, 2},
          .newest_version = 3,
          .version = version,
          .infer = infer,
          .read = read<options_of>,
          .write = write<OptionsBuilder>,
          .options_type = options_type,
          .prepare = prepare,
          .host = prepare_and_run};
}

}  // namespace

std::span<const OpDef> ops() {
  using ::tflite::Operator;
  static const OpDef kOps[] = {
      quantized(row<&Operator::builtin_options_as_ArgMaxOptions, ::tflite::ArgMaxOptionsBuilder>(
                    "ARG_MAX", 56, 40, prepare_from<kRows<true>>),
                kInputsOnly),
      quantized(row<&Operator::builtin_options_as_ArgMinOptions, ::tflite::ArgMinOptionsBuilder>(
                    "ARG_MIN", 79, 57, prepare_from<kRows<false>>),
                kInputsOnly)};
  return kOps;
}

}  // namespace litesmith::ops::arg_min_max
