#include <span>

#include "ops/broadcast.h"
#include "ops/static_rules.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::select {
namespace {

using enum DType;

struct Bytes16 {
  std::uint64_t low, high;
};

template <class T>
Fault choose(const Broadcast& plan, const Operands& operands, TileRange tiles) noexcept {
  const Broadcast::Offsets step = plan.step;
  const bool is_plain = step[0] == 1 && step[1] == 1 && step[2] == 1;
  for_each_run(plan, tiles, [&](const Broadcast::Offsets& at, std::int64_t first, std::int64_t n) {
    const std::uint8_t* condition = operands.in<std::uint8_t>(0) + at[0];
    const T* x = operands.in<T>(1) + at[1];
    const T* y = operands.in<T>(2) + at[2];
    T* z = operands.out<T>() + first;
    if (is_plain) {
      for (std::int64_t i = 0; i < n; ++i) z[i] = condition[i] != 0 ? x[i] : y[i];
    } else {
      for (std::int64_t i = 0; i < n; ++i) z[i] = condition[i * step[0]] != 0 ? x[i * step[1]] : y[i * step[2]];
    }
  });
  return Fault::none;
}

/// SELECT's condition may be a vector over the first dimension.
Shape condition_shape(const NodeView& view) {
  const Shape& shape = view.input(0).shape;
  const Shape& data = view.input(1).shape;
  if (view.op().identity.name != "SELECT" || shape.rank() != 1 || data.rank() <= 1) return shape;
  std::vector<std::int32_t> dims(static_cast<std::size_t>(data.rank()), 1);
  dims[0] = shape[0];
  return Shape(std::move(dims));
}

template <class T>
Step step_of(const PrepareContext& context) {
  const Shape condition = condition_shape(context);
  const Shape* const operands[] = {&condition, &context.input(1).shape, &context.input(2).shape};
  Broadcast plan = plan_broadcast(context.output().shape, operands);
  const std::int64_t tiles = plan.tiles();
  const auto work = static_cast<double>(plan.elements());
  Step step = make_step<choose<T>>(std::move(plan), "select/scalar");
  step.tiles = tiles;
  step.work = work;
  return step;
}

Step prepare(const PrepareContext& context) {
  switch (byte_width(context.input(1).dtype)) {
    case 1: return step_of<std::uint8_t>(context);
    case 2: return step_of<std::uint16_t>(context);
    case 4: return step_of<std::uint32_t>(context);
    case 8: return step_of<std::uint64_t>(context);
    case 16: return step_of<Bytes16>(context);
    default: context.fail_no_kernel("elements of 1, 2, 4, 8 or 16 bytes");
  }
}

/// The broadcast of three shapes; fails when they do not fit.
Shape broadcast_all(const NodeView& view, const Shape& condition) {
  const Shape& x = view.input(1).shape;
  const Shape& y = view.input(2).shape;
  const auto data = broadcast(x, y);
  const auto all = data ? broadcast(*data, condition) : std::nullopt;
  if (!all)
    view.fail("the condition '", view.input(0).name, "' of shape ", view.input(0).shape, " and the values of shapes ",
              x, " and ", y, " do not broadcast");
  return *all;
}

void infer(InferContext& context) {
  context.require_type(0, {boolean});
  context.require_same_type(1, 2);
  if (byte_width(context.input(1).dtype) == 0)
    context.fail("elements of type ", name(context.input(1).dtype), " have no whole number of bytes");
  const Shape& x = context.input(1).shape;
  const Shape& y = context.input(2).shape;
  const Shape all = broadcast_all(context, condition_shape(context));
  if (context.op().identity.name == "SELECT" && x.is_static() && y.is_static() &&
      (x != y || (all.is_static() && all != x)))
    context.fail("takes operands of one shape but '", context.input(1).name, "' has ", x, " and '",
                 context.input(2).name, "' ", y, " (condition: ", context.input(0).shape, "); SELECT_V2 broadcasts");
  context.set_output(0, context.input(1).dtype, all);
}

int select_version(const VersionQuery& query) {
  const DType type = query.input_type(1);
  if (type == uint32) return 4;
  if (query.input_rank(0) == 5 || query.input_rank(1) == 5 || query.input_rank(2) == 5) return 3;
  return query.input_type(0) == int8 ? 2 : 1;  // the condition's type, which never is: as TensorFlow writes it
}
int select_v2_version(const VersionQuery& query) { return query.input_type(1) == uint32 ? 2 : 1; }

OpDef row(std::string_view name, std::int32_t code, int options, int newest, int (*version)(const VersionQuery&)) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = {3, 3},
          .newest_version = newest,
          .version = version,
          .infer = infer,
          .options_type = options,
          .prepare = prepare};
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {quantized(row("SELECT", 64, 47, 4, select_version), kSame, kSame),
                               quantized(row("SELECT_V2", 123, 98, 2, select_v2_version), kSame)};
  return kOps;
}

}  // namespace litesmith::ops::select
