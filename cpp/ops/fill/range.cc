#include "ops/fill/range.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "ops/axes.h"

namespace litesmith::ops::fill {
namespace {

template <class T>
T only_value(const NodeView& view, int i) {
  const std::vector<T> values = view.input(i).data->to_vector<T>();
  if (values.size() != 1) view.fail("'", view.input(i).name, "' holds ", values.size(), " values but must hold one");
  return values.front();
}

/// Entries before limit; the step leads there.
std::int64_t steps(std::int64_t start, std::int64_t limit, std::int64_t delta) {
  const auto difference = [](std::int64_t a, std::int64_t b) {
    return static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b);
  };
  if (start == limit) return 0;
  const std::uint64_t distance = delta > 0 ? difference(limit, start) : difference(start, limit);
  const std::uint64_t step = delta > 0 ? static_cast<std::uint64_t>(delta) : difference(0, delta);
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min((distance - 1) / step + 1, kLargest));
}

std::int64_t steps(float start, float limit, float delta) {
  const float count = std::ceil(std::abs((limit - start) / delta));
  return static_cast<std::int64_t>(std::min(count, 9e18f));
}

template <class T>
std::int64_t size_of(const NodeView& view) {
  using Wide = std::conditional_t<std::is_integral_v<T>, std::int64_t, T>;
  const Wide start = only_value<T>(view, 0);
  const Wide limit = only_value<T>(view, 1);
  const Wide delta = only_value<T>(view, 2);
  const bool is_number = start - start == 0 && limit - limit == 0 && delta - delta == 0;
  const bool leads = delta != 0 && (start == limit || (start < limit) == (delta > 0));
  if (!is_number || !leads)
    view.fail("cannot get from ", start, " to ", limit, " in steps of ", delta, "; the step must lead to the limit");
  return steps(start, limit, delta);
}

template <class T>
Fault run_range(const std::int64_t& count, const Operands& operands, TileRange) noexcept {
  T value, delta;
  std::memcpy(&value, operands.inputs[0], sizeof(T));
  std::memcpy(&delta, operands.inputs[2], sizeof(T));
  T* result = operands.out<T>();
  for (std::int64_t i = 0; i < count; ++i) {
    result[i] = value;
    if (i + 1 < count) value = static_cast<T>(value + delta);
  }
  return Fault::none;
}

}  // namespace

void infer_range(InferContext& context) {
  context.require_type(0, {DType::float32, DType::int32, DType::int64});
  bool is_known = true;
  for (const int i : {0, 1, 2}) {
    context.require_same_type(i, 0);
    is_known = is_known && context.input(i).is_known();
  }
  const DType type = context.input(0).dtype;
  if (!is_known) return context.set_output(0, type, Shape{kUnknownDim});
  const std::int64_t count = type == DType::float32 ? size_of<float>(context)
                             : type == DType::int32 ? size_of<std::int32_t>(context)
                                                    : size_of<std::int64_t>(context);
  context.set_output(0, type, Shape{dimension(context, count, 0)});
}

Step prepare_range(const PrepareContext& context) {
  const std::int64_t count = elements(context.output().shape);
  switch (context.output().dtype) {
    case DType::float32: return make_step<run_range<float>>(count, "range/scalar");
    case DType::int32: return make_step<run_range<std::int32_t>>(count, "range/scalar");
    default: return make_step<run_range<std::int64_t>>(count, "range/scalar");
  }
}

}  // namespace litesmith::ops::fill
