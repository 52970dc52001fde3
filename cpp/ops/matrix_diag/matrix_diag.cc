#include <algorithm>
#include <cstring>
#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/op_def.h"
#include "ops/static_rules.h"

namespace litesmith::ops::matrix_diag {
namespace {

void infer_diag(InferContext& context) {
  const TensorInfo& x = context.input(0);
  Shape result = shape_up_to(context, 0, kMaxRank - 1);
  if (result.has_rank() && result.rank() == 0)
    context.fail("'", x.name, "' is a scalar but must have one dimension at least, the diagonal");
  if (result.has_rank()) result.dims().push_back(result.back());
  context.set_output(0, x.dtype, std::move(result));
}

/// Shape of the diagonals of matrices.
Shape diagonal_of(const Shape& matrices) {
  const std::int32_t rows = matrices.back(2);
  const std::int32_t columns = matrices.back(1);
  Shape result = matrices;
  result.dims().pop_back();
  result[result.rank() - 1] = rows == kUnknownDim || columns == kUnknownDim ? kUnknownDim : std::min(rows, columns);
  return result;
}

void infer_set_diag(InferContext& context) {
  context.require_same_type(0, 1);
  const TensorInfo& x = context.input(0);
  const TensorInfo& diagonal = context.input(1);
  const Shape& shape = shape_up_to(context, 0);
  if (shape.has_rank() && shape.rank() < 2)
    context.fail("'", x.name, "' has shape ", shape, " but must have two dimensions at least");
  if (shape.has_rank() && diagonal.shape.has_rank()) {
    const Shape wanted = diagonal_of(shape);
    bool fits = diagonal.shape.rank() == wanted.rank();
    for (int i = 0; fits && i < wanted.rank(); ++i)
      fits = wanted[i] == kUnknownDim || diagonal.shape[i] == kUnknownDim || wanted[i] == diagonal.shape[i];
    if (!fits)
      context.fail("'", diagonal.name, "' has shape ", diagonal.shape, " but the diagonals of '", x.name, "' of shape ",
                   shape, " have shape ", wanted);
  }
  context.set_output(0, x.dtype, shape);
}

struct Diagonals {
  kernels::StridedCopy copy;
  std::size_t bytes;
  /// Operand with the diagonals; the other entries come from operand 0 when this is 1, and are zero when it is 0.
  int operand;
};

Fault run(const Diagonals& params, const Operands& operands, TileRange) noexcept {
  std::byte* result = operands.outputs[0];
  if (params.bytes > 0 && params.operand == 0) std::memset(result, 0, params.bytes);
  if (params.bytes > 0 && params.operand == 1 && result != operands.inputs[0])
    std::memcpy(result, operands.inputs[0], params.bytes);
  kernels::run_strided_copy(params.copy, operands.inputs[params.operand], result);
  return Fault::none;
}

Step prepare(const PrepareContext& context) {
  const Shape& result = context.output().shape;
  const std::int64_t width = element_bytes(context, context.output());
  const std::int64_t row = result.back(1) * width;
  const std::int64_t length = std::min(result.back(1), result.back(2));
  Diagonals params{.copy = {},
                   .bytes = packed_bytes(context.output().dtype, elements(result)),
                   .operand = context.input_count() - 1};
  const kernels::CopyAxis axes[] = {
      {result.count(0, result.rank() - 2), length * width, checked_product(row, result.back(2))},
      {length, width, row + width}};
  params.copy = kernels::plan_strided_copy(axes, width);
  return make_step<run>(std::move(params), "matrix_diag/scalar");
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"MATRIX_DIAG"},
                                .builtin_code = 113,
                                .infer = infer_diag,
                                .options_type = 88,
                                .prepare = prepare,
                                .quantization = {.int8 = kFree}},
                               {.identity = {"MATRIX_SET_DIAG"},
                                .builtin_code = 115,
                                .inputs = {2, 2},
                                .infer = infer_set_diag,
                                .options_type = 90,
                                .prepare = prepare,
                                .quantization = {.int8 = kFree}}};
  return kOps;
}

}  // namespace litesmith::ops::matrix_diag
