#include "ops/batch_normalization/batch_normalization.h"

#include <span>

#include "ops/infer.h"

namespace litesmith::ops::batch_normalization {
namespace {

void infer(InferContext& context) {
  const TensorInfo& x = context.input(0);
  const auto axis = context.attrs<BatchNormalizationAttrs>().axis;
  if (x.shape.has_rank()) {
    if (axis < 0 || axis >= x.shape.rank()) context.fail("axis ", axis, " is outside of the shape ", x.shape);
    for (int i = 1; i < 5; ++i) {
      if (!context.has_input(i)) continue;
      const Shape expected{x.shape[axis]};
      if (x.shape[axis] >= 0 && context.input(i).shape != expected)
        context.fail("'", context.input(i).name, "' has shape ", context.input(i).shape, " but axis ", axis, " of ",
                     x.shape, " needs ", expected);
    }
  }
  context.set_output(0, x.dtype, x.shape);
}

}  // namespace

std::span<const OpDef> ops() {
  static constexpr int kOptional[] = {1, 2};
  static const OpDef kOps[] = {{.identity = {"BATCH_NORMALIZATION"},
                                .inputs = {5, 5},
                                .optional_inputs = kOptional,
                                .infer = infer,
                                .foldable = false}};
  return kOps;
}

}  // namespace litesmith::ops::batch_normalization
