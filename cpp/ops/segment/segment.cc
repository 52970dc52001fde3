#include <algorithm>
#include <limits>
#include <span>

#include "ops/host_prepare.h"
#include "ops/kernel_table.h"
#include "ops/map.h"
#include "ops/step.h"

namespace litesmith::ops::segment {
namespace {

using enum DType;

template <class T>
T wrapped_sum(T a, T b) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
  else
    return a + b;
}
template <class T>
T wrapped_product(T a, T b) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b));
  else
    return a * b;
}
template <class T>
T larger(T a, T b) {
  return b > a ? b : a;
}
template <class T>
T smaller(T a, T b) {
  return b < a ? b : a;
}

/// `ids` rows of `width` elements go to `segments` rows.
struct Params {
  std::int64_t ids, width, segments;
};

/// Rows with a negative id are left out; segments without rows keep the initial value.
template <class T, T (*combine)(T, T), auto initial>
Fault gather(const Params& params, const Operands& operands, TileRange) noexcept {
  const T* x = operands.in<T>(0);
  const std::int32_t* ids = operands.in<std::int32_t>(1);
  T* y = operands.out<T>();
  std::fill_n(y, params.segments * params.width, initial());
  for (std::int64_t row = 0; row < params.ids; ++row) {
    if (ids[row] >= params.segments) return Fault::index_out_of_range;
    if (ids[row] < 0) continue;
    T* sums = y + ids[row] * params.width;
    for (std::int64_t i = 0; i < params.width; ++i) sums[i] = combine(sums[i], x[row * params.width + i]);
  }
  return Fault::none;
}

template <class T>
T zero() {
  return 0;
}
template <class T>
T one() {
  return 1;
}
template <class T>
T least() {
  return std::numeric_limits<T>::lowest();
}
template <class T>
T most() {
  return std::numeric_limits<T>::max();
}

template <class T, T (*combine)(T, T), auto initial>
Step step(const PrepareContext& context, simd::Isa isa) {
  const Shape& data = context.input(0).shape;
  const int rank = context.input(1).shape.rank();
  const Params params{elements(context.input(1).shape), data.count(rank, data.rank()), context.output().shape[0]};
  Step result = make_step<gather<T, combine, initial>>(params, "", isa);
  result.work = static_cast<double>(elements(data));
  return result;
}

constexpr simd::Isa kScalar = simd::Isa::scalar;
constexpr Kernel kSum[] = {
    {"segment/f32", kScalar, {float32}, {}, nullptr, step<float, wrapped_sum<float>, zero<float>>},
    {"segment/i32", kScalar, {int32}, {}, nullptr, step<std::int32_t, wrapped_sum<std::int32_t>, zero<std::int32_t>>}};
constexpr Kernel kProduct[] = {
    {"segment/f32", kScalar, {float32}, {}, nullptr, step<float, wrapped_product<float>, one<float>>},
    {"segment/i32",
     kScalar,
     {int32},
     {},
     nullptr,
     step<std::int32_t, wrapped_product<std::int32_t>, one<std::int32_t>>}};
constexpr Kernel kMaximum[] = {
    {"segment/f32", kScalar, {float32}, {}, nullptr, step<float, larger<float>, least<float>>},
    {"segment/i32", kScalar, {int32}, {}, nullptr, step<std::int32_t, larger<std::int32_t>, least<std::int32_t>>}};
constexpr Kernel kMinimum[] = {
    {"segment/f32", kScalar, {float32}, {}, nullptr, step<float, smaller<float>, most<float>>},
    {"segment/i32", kScalar, {int32}, {}, nullptr, step<std::int32_t, smaller<std::int32_t>, most<std::int32_t>>}};

/// The ids' shape begins the data's; fails otherwise.
void check_ids(const NodeView& view) {
  view.require_type(0, {float32, int32});
  view.require_type(1, {int32});
  const Shape &data = view.input(0).shape, &ids = view.input(1).shape;
  if (!data.has_rank() || !ids.has_rank()) return;
  bool fits = ids.rank() <= data.rank();
  for (int axis = 0; fits && axis < ids.rank(); ++axis)
    fits = ids[axis] == data[axis] || ids[axis] == kUnknownDim || data[axis] == kUnknownDim;
  if (!fits)
    view.fail("the segment ids '", view.input(1).name, "' have shape ", ids, ", which must begin the shape ", data,
              " of '", view.input(0).name, "'");
}

Shape result_shape(const NodeView& view, std::int32_t segments) {
  const Shape &data = view.input(0).shape, &ids = view.input(1).shape;
  if (!data.has_rank() || !ids.has_rank()) return Shape::unknown_rank();
  std::vector<std::int32_t> dims{segments};
  dims.insert(dims.end(), data.begin() + ids.rank(), data.end());
  return Shape(std::move(dims));
}

void infer_unsorted(InferContext& context) {
  check_ids(context);
  context.require_type(2, {int32});
  const auto segments = context.ints(2);
  if (segments && (segments->size() != 1 || segments->front() < 0))
    context.fail("the number of segments '", context.input(2).name, "' must be one number that is not negative");
  const auto count = segments ? static_cast<std::int32_t>(segments->front()) : kUnknownDim;
  context.set_output(0, context.input(0).dtype, result_shape(context, count));
}

/// Sorted ids: the last one decides the number of segments.
void infer_sorted(InferContext& context) {
  check_ids(context);
  context.require_rank(1, 1);
  const auto ids = context.ints(1);
  if (!ids) return context.set_output(0, context.input(0).dtype, result_shape(context, kUnknownDim));
  if (!std::is_sorted(ids->begin(), ids->end()) || (!ids->empty() && ids->front() < 0))
    context.fail("the segment ids '", context.input(1).name, "' must ascend and not be negative");
  if (!ids->empty() && ids->back() == std::numeric_limits<std::int32_t>::max())
    context.fail("segment id ", ids->back(), " is too large");
  const auto count = static_cast<std::int32_t>(ids->empty() ? 0 : ids->back() + 1);
  context.set_output(0, context.input(0).dtype, result_shape(context, count));
}

OpDef row(std::string_view name, std::int32_t code, int options, Step (*prepare)(const PrepareContext&)) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = {3, 3},
          .infer = infer_unsorted,
          .options_type = options,
          .prepare = prepare,
          .host = prepare_and_run};
}

OpDef sorted_row() {
  OpDef def = row("SEGMENT_SUM", 125, 100, prepare_from<kSum>);
  def.inputs = {2, 2};
  def.infer = infer_sorted;
  return def;
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {sorted_row(), row("UNSORTED_SEGMENT_SUM", 155, 121, prepare_from<kSum>),
                               row("UNSORTED_SEGMENT_MAX", 154, 119, prepare_from<kMaximum>),
                               row("UNSORTED_SEGMENT_MIN", 157, 120, prepare_from<kMinimum>),
                               row("UNSORTED_SEGMENT_PROD", 153, 118, prepare_from<kProduct>)};
  return kOps;
}

}  // namespace litesmith::ops::segment
