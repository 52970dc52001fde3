#include <cstring>
#include <span>

#include "base/half.h"
#include "ops/broadcast.h"
#include "ops/host_prepare.h"
#include "ops/map.h"
#include "ops/op_row.h"
#include "ops/quantized_tensor.h"
#include "ops/static_rules.h"

namespace litesmith::ops::comparison {
namespace {

using enum DType;

constexpr simd::Isa kScalar = simd::Isa::scalar;

float ordered(Half x) { return to_float(x); }
float ordered(BFloat16 x) { return to_float(x); }
template <class T>
T ordered(T x) {
  return x;
}

// Comparisons with NaN are false, NOT_EQUAL is true.
struct Equal {
  bool operator()(auto a, auto b) const noexcept { return ordered(a) == ordered(b); }
};
struct NotEqual {
  bool operator()(auto a, auto b) const noexcept { return ordered(a) != ordered(b); }
};
struct Less {
  bool operator()(auto a, auto b) const noexcept { return ordered(a) < ordered(b); }
};
struct LessEqual {
  bool operator()(auto a, auto b) const noexcept { return ordered(a) <= ordered(b); }
};
struct Greater {
  bool operator()(auto a, auto b) const noexcept { return ordered(a) > ordered(b); }
};
struct GreaterEqual {
  bool operator()(auto a, auto b) const noexcept { return ordered(a) >= ordered(b); }
};

template <class T, class Function>
Fault compare(const Broadcast& plan, const Operands& operands, TileRange tiles) noexcept {
  map_broadcast(plan, tiles, operands.in<T>(0), operands.in<T>(1), operands.out<bool>(), Function{});
  return Fault::none;
}

/// Stored values are compared as they are.
bool is_raw(const PrepareContext& context) {
  return !is_quantized(context.input(0)) && !is_quantized(context.input(1));
}

/// The real value of an integer in steps of 2^-kShift (reference: arithmetic.md §3).
struct Level {
  static constexpr int kShift = 8;
  std::int32_t zero_point;
  kernels::Multiplier scale;

  std::int32_t of(std::int32_t x) const noexcept { return kernels::multiply((x - zero_point) * (1 << kShift), scale); }
};

struct Levels {
  Broadcast plan;
  Level a, b;
};

template <class T, class Function>
Fault compare_levels(const Levels& params, const Operands& operands, TileRange tiles) noexcept {
  const Level a = params.a, b = params.b;
  map_broadcast(params.plan, tiles, operands.in<T>(0), operands.in<T>(1), operands.out<bool>(),
                [=](T x, T y) { return Function{}(a.of(x), b.of(y)); });
  return Fault::none;
}

Level level_of(const PrepareContext& context, int i) {
  const PerTensor q = per_tensor_quantization(context, context.input(i));
  return {q.zero_point, multiplier_of_scales(context, double{q.scale})};
}

template <class T, class Function>
Step level_step(const PrepareContext& context, simd::Isa isa) {
  return planned_step<compare_levels<T, Function>>(
      Levels{plan_of_operands(context), level_of(context, 0), level_of(context, 1)}, isa);
}

template <class T, class Function>
constexpr auto row_step = broadcast_step<compare<T, Function>>;

template <class F>
constexpr Kernel kRows[] = {
    {"comparison/f32", kScalar, {float32, float32}, {}, nullptr, row_step<float, F>},
    {"comparison/f16", kScalar, {float16, float16}, {}, nullptr, row_step<Half, F>},
    {"comparison/bf16", kScalar, {bfloat16, bfloat16}, {}, nullptr, row_step<BFloat16, F>},
    {"comparison/bool", kScalar, {boolean, boolean}, {}, nullptr, row_step<bool, F>},
    {"comparison/i32", kScalar, {int32, int32}, {}, nullptr, row_step<std::int32_t, F>},
    {"comparison/i64", kScalar, {int64, int64}, {}, nullptr, row_step<std::int64_t, F>},
    {"comparison/i8", kScalar, {int8, int8}, {}, is_raw, row_step<std::int8_t, F>},
    {"comparison/u8", kScalar, {uint8, uint8}, {}, is_raw, row_step<std::uint8_t, F>},
    {"comparison/q8", kScalar, {int8, int8}, {}, nullptr, level_step<std::int8_t, F>},
    {"comparison/qu8", kScalar, {uint8, uint8}, {}, nullptr, level_step<std::uint8_t, F>},
    {"comparison/i16", kScalar, {int16, int16}, {}, nullptr, row_step<std::int16_t, F>},
};

/// Text i of a string tensor: count, offsets of the texts and of the end, bytes; offsets lie inside of the tensor.
std::string_view text(const TensorInfo& tensor, std::int64_t i) {
  std::int32_t bounds[2];
  std::memcpy(bounds, tensor.data->data() + 4 * (1 + i), sizeof(bounds));
  return {reinterpret_cast<const char*>(tensor.data->data()) + bounds[0],
          static_cast<std::size_t>(bounds[1] - bounds[0])};
}

void check_texts(const NodeView& view, const TensorInfo& tensor) {
  const auto size = static_cast<std::int64_t>(tensor.data->size());
  const std::int64_t count = elements(tensor.shape);
  const auto number = [&](std::int64_t at) {
    std::int32_t value;
    std::memcpy(&value, tensor.data->data() + 4 * at, sizeof(value));
    return std::int64_t{value};
  };
  bool fits = size >= 4 * (count + 2) && number(0) == count;
  for (std::int64_t i = 0; fits && i < count; ++i) fits = number(1 + i) >= 0 && number(1 + i) <= number(2 + i);
  if (!fits || number(1 + count) > size) view.fail("the strings of '", tensor.name, "' are damaged");
}

template <bool equal>
void compare_strings(HostContext& context) {
  const TensorInfo &a = context.input(0), &b = context.input(1);
  if (a.dtype != string) return prepare_and_run(context);
  check_texts(context, a);
  check_texts(context, b);
  const Shape shape = broadcast_shape(context, 0, 1);
  const Shape* const operands[] = {&a.shape, &b.shape};
  const Broadcast plan = plan_broadcast(shape, operands);
  bool* y = reinterpret_cast<bool*>(context.allocate_output(0, shape));
  for_each_run(plan, {0, plan.tiles()}, [&](const Broadcast::Offsets& at, std::int64_t first, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i)
      y[first + i] = (text(a, at[0] + i * plan.step[0]) == text(b, at[1] + i * plan.step[1])) == equal;
  });
}

template <DType... types>
void infer(InferContext& context) {
  context.require_type(0, {types...});
  context.require_same_type(0, 1);
  const Shape shape = broadcast_shape(context, 0, 1);
  // No kernel walks strings, whose sizes vary: an unknown shape leaves them to the host.
  context.set_output(0, boolean, context.input(0).dtype == string ? Shape::unknown_rank() : shape);
}

/// Versions by the operand's type, newest first.
int equal_version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == int16 ? 5 : (type == string ? 3 : (type == int8 ? 2 : 1));
}
int not_equal_version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == int16 ? 4 : (type == string ? 3 : (type == int8 ? 2 : 1));
}
int int16_3_int8_2(const VersionQuery& query) {
  const DType type = query.input_type(0);
  return type == int16 ? 3 : (type == int8 ? 2 : 1);
}
int int8_2(const VersionQuery& query) { return query.input_type(0) == int8 ? 2 : 1; }

OpDef row(std::string_view name, Codes codes, int (*version)(const VersionQuery&), void (*infer)(InferContext&),
          Step (*prepare)(const PrepareContext&), void (*host)(HostContext&) = nullptr) {
  OpDef def = op_row(name, codes, version, infer, prepare);
  def.inputs = {2, 2};
  def.host = host;
  def.broadcasts = true;
  return def;
}

constexpr auto kEquality = infer<float32, float16, bfloat16, string, boolean, uint8, int8, int16, int32, int64>;
constexpr auto kOrder = infer<float32, float16, bfloat16, uint8, int8, int16, int32, int64>;

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {
      quantized(row("EQUAL", {71, 53, 5}, equal_version, kEquality, prepare_from<kRows<Equal>>, compare_strings<true>),
                kInputsOnly),
      row("NOT_EQUAL", {72, 54, 4}, not_equal_version, kEquality, prepare_from<kRows<NotEqual>>,
          compare_strings<false>),
      quantized(row("LESS", {58, 41, 3}, int16_3_int8_2, kOrder, prepare_from<kRows<Less>>), kInputsOnly),
      quantized(row("LESS_EQUAL", {63, 46, 2}, int8_2, kOrder, prepare_from<kRows<LessEqual>>), kInputsOnly),
      quantized(row("GREATER", {61, 44, 2}, int8_2, kOrder, prepare_from<kRows<Greater>>), kInputsOnly),
      quantized(row("GREATER_EQUAL", {62, 45, 3}, int16_3_int8_2, kOrder, prepare_from<kRows<GreaterEqual>>),
                kInputsOnly),
  };
  return kOps;
}

}  // namespace litesmith::ops::comparison
