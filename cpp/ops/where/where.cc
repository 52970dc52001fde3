#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "ops/step.h"

namespace litesmith::ops::where {
namespace {

using enum DType;

/// Coordinates of the elements that are not 0, in row-major order: [count, rank].
template <class T>
void find(HostContext& context) {
  const Shape& shape = context.input(0).shape;
  const T* x = context.in<T>(0);
  const std::int64_t count = elements(shape);
  const std::int64_t found = std::count_if(x, x + count, [](T v) { return v != T{0}; });
  if (found > INT32_MAX) context.fail("finds ", found, " elements, too many for one dimension");
  auto* y =
      reinterpret_cast<std::int64_t*>(context.allocate_output(0, {static_cast<std::int32_t>(found), shape.rank()}));
  for (std::int64_t i = 0; i < count; ++i) {
    if (x[i] == T{0}) continue;
    std::int64_t rest = i;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      y[axis] = rest % shape[axis];
      rest /= shape[axis];
    }
    y += shape.rank();
  }
}

struct Row {
  DType type;
  void (*find)(HostContext&);
};
constexpr Row kRows[] = {{boolean, find<std::uint8_t>}, {float32, find<float>},      {int8, find<std::int8_t>},
                         {uint8, find<std::uint8_t>},   {int32, find<std::int32_t>}, {uint32, find<std::uint32_t>},
                         {int64, find<std::int64_t>}};

void run(HostContext& context) {
  const DType type = context.input(0).dtype;
  std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& row) { return row.type == type; })->find(context);
}

void infer(InferContext& context) {
  context.require_type(0, {boolean, float32, int8, uint8, int32, uint32, int64});
  const Shape& shape = context.input(0).shape;
  context.set_output(0, int64, {kUnknownDim, shape.has_rank() ? shape.rank() : kUnknownDim});
}

int version(const VersionQuery& query) { return query.input_type(0) == boolean ? 1 : 2; }

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"WHERE"},
                                .builtin_code = 109,
                                .newest_version = 2,
                                .version = version,
                                .infer = infer,
                                .options_type = 85,
                                .host = run}};
  return kOps;
}

}  // namespace litesmith::ops::where
