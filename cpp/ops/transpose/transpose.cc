#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/host_prepare.h"
#include "ops/op_def.h"
#include "ops/static_rules.h"

namespace litesmith::ops::transpose {
namespace {

constexpr int kMostAxes = 8;

/// Operand axes in the order of the result; nullopt when the permutation is not known.
std::optional<std::vector<int>> permutation(const NodeView& view) {
  const TensorInfo& x = view.input(0);
  const auto values = view.ints(1);
  if (!values) return std::nullopt;
  if (values->size() != static_cast<std::size_t>(x.shape.rank()))
    view.fail("'", x.name, "' has shape ", x.shape, " but the permutation has ", values->size(),
              " entries; give one per dimension");
  std::vector<int> axes;
  std::vector<bool> seen(values->size(), false);
  for (const std::int64_t value : *values) {
    const int axis = axis_within(view, value, x.shape.rank(), x);
    if (seen[static_cast<std::size_t>(axis)])
      view.fail("the permutation names axis ", axis, " twice; every axis of '", x.name, "' must come once");
    seen[static_cast<std::size_t>(axis)] = true;
    axes.push_back(axis);
  }
  return axes;
}

void infer(InferContext& context) {
  require_index_vector(context, 1);
  const TensorInfo& x = context.input(0);
  if (!x.shape.has_rank()) return context.set_output(0, x.dtype, shape_from_length(context, 1));
  Shape result = unknown_dims(context, shape_up_to(context, 0, kMostAxes).rank());
  if (const auto axes = permutation(context))
    for (int i = 0; i < result.rank(); ++i) result[i] = x.shape[(*axes)[static_cast<std::size_t>(i)]];
  context.set_output(0, x.dtype, std::move(result));
}

Step prepare(const PrepareContext& context) {
  const TensorInfo& x = context.input(0);
  const std::int64_t width = element_bytes(context, x);
  const std::vector<int> order = permutation(context).value();
  const auto from = dense_strides(x.shape, width);
  const auto to = dense_strides(context.output().shape, width);
  std::vector<kernels::CopyAxis> axes;
  for (std::size_t i = 0; i < order.size(); ++i)
    axes.push_back({x.shape[order[i]], from[static_cast<std::size_t>(order[i])], to[i]});
  std::vector<CopyPiece> pieces(1);
  pieces[0].copy = kernels::plan_strided_copy(axes, width);
  return make_copy_step(std::move(pieces), "transpose/scalar");
}

constexpr TypeVersion kVersions[] = {{DType::float16, 9}, {DType::bfloat16, 8}, {DType::int4, 7}};
constexpr TypeVersion kOlderVersions[] = {{DType::boolean, 3}, {DType::int8, 2}};

int version(const VersionQuery& query) {
  const DType type = query.input_type(0);
  const int rank = query.input_rank(0);
  if (type == DType::float16) return 9;
  if (rank > 6) return 8;
  if (const int newer = version_of(type, kVersions); newer > 1) return newer;
  if (rank > 5) return 6;
  if (type == DType::int16) return 5;
  if (rank > 4) return 4;
  return version_of(type, kOlderVersions);
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"TRANSPOSE"},
                                .builtin_code = 39,
                                .inputs = {2, 2},
                                .newest_version = 9,
                                .version = version,
                                .infer = infer,
                                .options_type = 26,
                                .prepare = prepare,
                                .host = prepare_and_move,
                                .quantization = {.int8 = kSame, .int16x8 = kSame}}};
  return kOps;
}

}  // namespace litesmith::ops::transpose
