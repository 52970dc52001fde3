#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/host_prepare.h"
#include "ops/op_def.h"

namespace litesmith::ops::dilate {
namespace {

void infer(InferContext& context) {
  require_index_vector(context, 1);
  context.require_same_type(0, 2);
  require_one_value(context, 2);
  const TensorInfo& x = context.input(0);
  const Shape& shape = shape_up_to(context, 0);
  if (!shape.has_rank()) return context.set_output(0, x.dtype, shape_from_length(context, 1));
  if (const auto count = context.input(1).shape.element_count(); count && *count != shape.rank())
    context.fail("'", context.input(1).name, "' has ", *count, " dilations but '", x.name, "' has shape ", shape,
                 "; give one per dimension");
  Shape result = unknown_dims(context, shape.rank());
  const auto dilations = context.ints(1);
  for (int i = 0; dilations && i < result.rank(); ++i) {
    const std::int64_t dilation = (*dilations)[static_cast<std::size_t>(i)];
    if (dilation < 1) context.fail("the dilation of axis ", i, " is ", dilation, "; give 1 (no gap) or more");
    if (shape[i] == 0) result[i] = 0;
    if (shape[i] > 0)
      result[i] = dimension(context, checked_product(shape[i] - 1, dimension(context, dilation, 0)) + 1, 0);
  }
  context.set_output(0, x.dtype, std::move(result));
}

struct Dilate {
  kernels::StridedCopy copy;
  std::int64_t elements, width;
};

Fault run(const Dilate& params, const Operands& operands, TileRange) noexcept {
  kernels::fill_elements(operands.inputs[2], params.width, operands.outputs[0], params.elements);
  kernels::run_strided_copy(params.copy, operands.inputs[0], operands.outputs[0]);
  return Fault::none;
}

Step prepare(const PrepareContext& context) {
  const TensorInfo& x = context.input(0);
  const std::int64_t width = element_bytes(context, x);
  const auto dilations = context.ints(1).value();
  const auto from = dense_strides(x.shape, width);
  const auto to = dense_strides(context.output().shape, width);
  std::vector<kernels::CopyAxis> axes;
  for (std::size_t i = 0; i < from.size(); ++i)
    axes.push_back({x.shape[static_cast<int>(i)], from[i], dilations[i] * to[i]});
  Dilate params{kernels::plan_strided_copy(axes, width), elements(context.output().shape), width};
  return make_step<run>(std::move(params), "dilate/scalar");
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"DILATE"},
                                .builtin_code = 203,
                                .inputs = {3, 3},
                                .infer = infer,
                                .prepare = prepare,
                                .host = prepare_and_run}};
  return kOps;
}

}  // namespace litesmith::ops::dilate
