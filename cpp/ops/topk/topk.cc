#include <algorithm>
#include <cstring>
#include <numeric>
#include <span>

#include "ops/host_prepare.h"
#include "ops/kernel_table.h"
#include "ops/map.h"
#include "ops/static_rules.h"
#include "ops/step.h"

namespace litesmith::ops::topk {
namespace {

using enum DType;

struct Params {
  std::int64_t rows, size, k;
};

/// The k largest of each row in descending order; of equal values the first, NaN last.
template <class T, class Index>
Fault select(const Params& params, const Operands& operands, TileRange tiles) noexcept {
  auto* order = reinterpret_cast<std::int32_t*>(operands.scratch);
  const Range range = items_of(tiles, params.rows, items_per_tile(params.size));
  for (std::int64_t row = range.begin; row < range.end; ++row) {
    const T* x = operands.in<T>(0) + row * params.size;
    std::iota(order, order + params.size, 0);
    std::partial_sort(order, order + params.k, order + params.size, [x](std::int32_t a, std::int32_t b) {
      const bool is_a = x[a] == x[a], is_b = x[b] == x[b];
      if (is_a != is_b) return is_a;
      return is_a && x[a] != x[b] ? x[a] > x[b] : a < b;
    });
    for (std::int64_t i = 0; i < params.k; ++i) {
      operands.out<T>(0)[row * params.k + i] = x[order[i]];
      operands.out<Index>(1)[row * params.k + i] = static_cast<Index>(order[i]);
    }
  }
  return Fault::none;
}

/// k when it is known; fails when the rows have fewer elements.
std::optional<std::int64_t> known_k(const NodeView& view) {
  const auto values = view.ints(1);
  if (!values) return std::nullopt;
  if (values->size() != 1) view.fail("takes one k but '", view.input(1).name, "' holds ", values->size());
  const std::int32_t size = view.input(0).shape.has_rank() ? view.input(0).shape.back() : kUnknownDim;
  if (values->front() < 0 || (size != kUnknownDim && values->front() > size))
    view.fail("k is ", values->front(), " but the last dimension of '", view.input(0).name, "' has ", size,
              " elements");
  return values->front();
}

template <class T>
Step step(const PrepareContext& context, simd::Isa isa) {
  const auto k = known_k(context);
  if (!k) context.fail("k must be known");
  const Shape& shape = context.input(0).shape;
  const Params params{shape.count(0, shape.rank() - 1), shape.back(), *k};
  Step result = context.output(1).dtype == int16 ? make_step<select<T, std::int16_t>>(params, "", isa)
                                                 : make_step<select<T, std::int32_t>>(params, "", isa);
  result.tiles = tile_count(params.rows, items_per_tile(params.size));
  result.scratch_bytes = static_cast<std::size_t>(params.size) * sizeof(std::int32_t);
  result.work = static_cast<double>(params.rows) * static_cast<double>(params.size);
  return result;
}

constexpr simd::Isa kScalar = simd::Isa::scalar;

// Quantized values are ordered as they are stored.
constexpr Kernel kRows[] = {
    {"topk/f32", kScalar, {float32}, {}, nullptr, step<float>},
    {"topk/i8", kScalar, {int8}, {}, nullptr, step<std::int8_t>},
    {"topk/u8", kScalar, {uint8}, {}, nullptr, step<std::uint8_t>},
    {"topk/i16", kScalar, {int16}, {}, nullptr, step<std::int16_t>},
    {"topk/i32", kScalar, {int32}, {}, nullptr, step<std::int32_t>},
    {"topk/i64", kScalar, {int64}, {}, nullptr, step<std::int64_t>},
};

void infer(InferContext& context) {
  context.require_type(0, {float32, uint8, int8, int16, int32, int64});
  context.require_type(1, {int32, int16});
  const DType index = context.output_type(1) == int16 ? int16 : int32;
  Shape shape = context.input(0).shape;
  const auto k = shape.has_rank() && shape.rank() > 0 ? known_k(context) : std::nullopt;
  if (shape.has_rank() && shape.rank() == 0) context.fail("'", context.input(0).name, "' is a scalar and has no rows");
  if (shape.has_rank()) shape[shape.rank() - 1] = k ? static_cast<std::int32_t>(*k) : kUnknownDim;
  context.set_output(0, context.input(0).dtype, shape);
  context.set_output(1, index, shape);
}

int version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  if (type == int16 || query.input_type(1) == int16 || query.output_type(1) == int16) return 3;
  return type == int8 ? 2 : 1;
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"TOPK_V2"},
                                .builtin_code = 48,
                                .inputs = {2, 2},
                                .outputs = {2, 2},
                                .newest_version = 3,
                                .version = version,
                                .infer = infer,
                                .options_type = 34,
                                .prepare = prepare_from<kRows>,
                                .host = prepare_and_run,
                                .quantization = {.int8 = kSame}}};
  return kOps;
}

}  // namespace litesmith::ops::topk
