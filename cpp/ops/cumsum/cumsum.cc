#include "ops/cumsum/cumsum.h"

#include <span>
#include <vector>

#include "ops/map.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::cumsum {
namespace {

using enum DType;

struct Params {
  std::vector<std::int64_t> dims;
  CumsumAttrs attrs;
};

// Integers wrap around.
float added(float a, float b) { return a + b; }
std::int32_t added(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}
std::int64_t added(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

/// One line of `size` elements that lie `stride` apart.
template <class T>
void sum_line(const T* x, T* y, std::int64_t size, std::int64_t stride, CumsumAttrs attrs) noexcept {
  T sum = 0;
  for (std::int64_t k = 0; k < size; ++k) {
    const std::int64_t at = (attrs.reverse ? size - 1 - k : k) * stride;
    const T next = added(sum, x[at]);
    y[at] = attrs.exclusive ? sum : next;
    sum = next;
  }
}

template <class T>
Fault sum(const Params& params, const Operands& operands, TileRange) noexcept {
  const auto rank = static_cast<std::int64_t>(params.dims.size());
  const std::int64_t given = *operands.in<std::int32_t>(1);
  const std::int64_t axis = given < 0 ? given + rank : given;
  if (axis < 0 || axis >= rank) return Fault::axis_out_of_range;
  std::int64_t outer = 1, inner = 1;
  for (std::int64_t d = 0; d < rank; ++d)
    if (d != axis) (d < axis ? outer : inner) *= params.dims[static_cast<std::size_t>(d)];
  const std::int64_t size = params.dims[static_cast<std::size_t>(axis)];
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::int64_t i = 0; i < inner; ++i) {
      const std::int64_t at = o * size * inner + i;
      sum_line(operands.in<T>(0) + at, operands.out<T>() + at, size, inner, params.attrs);
    }
  return Fault::none;
}

template <class T>
Step step(const PrepareContext& context, simd::Isa isa) {
  const Shape& shape = context.input(0).shape;
  Step result = make_step<sum<T>>(Params{{shape.begin(), shape.end()}, context.attrs<CumsumAttrs>()}, "", isa);
  result.work = static_cast<double>(elements(shape));
  return result;
}

constexpr Kernel kRows[] = {
    {"cumsum/f32", simd::Isa::scalar, {float32, int32}, {}, nullptr, step<float>},
    {"cumsum/i32", simd::Isa::scalar, {int32, int32}, {}, nullptr, step<std::int32_t>},
    {"cumsum/i64", simd::Isa::scalar, {int64, int32}, {}, nullptr, step<std::int64_t>},
};

void infer(InferContext& context) {
  context.require_type(0, {float32, int32, int64});
  context.require_type(1, {int32});
  const TensorInfo& axis = context.input(1);
  if (axis.shape.is_static() && elements(axis.shape) != 1)
    context.fail("takes one axis but '", axis.name, "' has shape ", axis.shape);
  const Shape& shape = context.input(0).shape;
  const auto values = context.ints(1);
  if (values && shape.has_rank() && (values->size() != 1 || !normalize_axis(values->front(), shape.rank())))
    context.fail("the axis '", axis.name, "' is outside of '", context.input(0).name, "', which has shape ", shape);
  context.set_output(0, context.input(0).dtype, shape);
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_CumsumOptions();
  if (options == nullptr) return CumsumAttrs{};
  return CumsumAttrs{options->exclusive(), options->reverse()};
}
flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::CumsumOptionsBuilder options(builder);
  options.add_reverse(attrs.as<CumsumAttrs>().reverse);
  options.add_exclusive(attrs.as<CumsumAttrs>().exclusive);
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"CUMSUM"},
                                .builtin_code = 128,
                                .inputs = {2, 2},
                                .infer = infer,
                                .read = read,
                                .write = write,
                                .options_type = 102,
                                .prepare = prepare_from<kRows>}};
  return kOps;
}

}  // namespace litesmith::ops::cumsum
