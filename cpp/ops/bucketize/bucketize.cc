#include "ops/bucketize/bucketize.h"

#include <algorithm>
#include <span>

#include "ops/map.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::bucketize {
namespace {

using enum DType;

struct Params {
  std::int64_t elements;
  std::vector<float> boundaries;
};

template <class T>
Fault find(const Params& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.elements);
  const auto begin = params.boundaries.begin(), end = params.boundaries.end();
  for (std::int64_t i = range.begin; i < range.end; ++i) {
    const auto value = static_cast<double>(operands.in<T>(0)[i]);
    const auto above =
        std::upper_bound(begin, end, value, [](double v, float boundary) { return v < double{boundary}; });
    operands.out<std::int32_t>()[i] = static_cast<std::int32_t>(above - begin);
  }
  return Fault::none;
}

template <class T>
Step step(const PrepareContext& context, simd::Isa isa) {
  const std::int64_t count = elements(context.input(0).shape);
  return over_elements(make_step<find<T>>(Params{count, context.attrs<BucketizeAttrs>().boundaries}, "", isa), count);
}

constexpr Kernel kRows[] = {
    {"bucketize/f32", simd::Isa::scalar, {float32}, {}, nullptr, step<float>},
    {"bucketize/f64", simd::Isa::scalar, {float64}, {}, nullptr, step<double>},
    {"bucketize/i32", simd::Isa::scalar, {int32}, {}, nullptr, step<std::int32_t>},
    {"bucketize/i64", simd::Isa::scalar, {int64}, {}, nullptr, step<std::int64_t>},
};

void infer(InferContext& context) {
  context.require_type(0, {float32, float64, int32, int64});
  const auto& boundaries = context.attrs<BucketizeAttrs>().boundaries;
  if (!std::is_sorted(boundaries.begin(), boundaries.end())) context.fail("the boundaries must ascend");
  context.set_output(0, int32, context.input(0).shape);
}

ir::Attrs read(const ::tflite::Operator& node) {
  BucketizeAttrs attrs;
  if (const auto* options = node.builtin_options_as_BucketizeOptions();
      options != nullptr && options->boundaries() != nullptr)
    attrs.boundaries.assign(options->boundaries()->begin(), options->boundaries()->end());
  return attrs;
}
flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  const auto boundaries = schema::vector_unless_empty(builder, attrs.as<BucketizeAttrs>().boundaries);
  ::tflite::BucketizeOptionsBuilder options(builder);
  options.add_boundaries(boundaries);
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"BUCKETIZE"},
                                .builtin_code = 147,
                                .infer = infer,
                                .read = read,
                                .write = write,
                                .options_type = 115,
                                .prepare = prepare_from<kRows>}};
  return kOps;
}

}  // namespace litesmith::ops::bucketize
