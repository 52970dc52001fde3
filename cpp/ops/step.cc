#include "ops/step.h"

#include <cstring>

#include "ops/kernel_table.h"

namespace litesmith::ops {

std::string_view describe(Fault fault) noexcept {
  switch (fault) {
    case Fault::none: return "no fault";
    case Fault::index_out_of_range: return "an index is outside of the tensor it selects from";
    case Fault::division_by_zero: return "a divisor is zero";
    case Fault::axis_out_of_range: return "an axis is outside of the tensor's dimensions";
    case Fault::invalid_value: return "an operand holds a value that the operator cannot use";
  }
  return "unknown fault";
}

void PrepareContext::fail_no_kernel(std::string_view supported) const {
  std::string types;
  for (int i = 0; i < input_count(); ++i)
    if (has_input(i)) types += (types.empty() ? "" : ", ") + std::string(name(input(i).dtype));
  litesmith::fail(ErrorKind::unsupported, ir::describe(node()), ": there is no kernel for operands of type (", types,
                  "); it runs ", supported);
}

CalledGraph& HostContext::graph(std::int32_t index) {
  litesmith::fail(ErrorKind::unsupported, ir::describe(node()), ": it runs graph ", index,
                  " of its model, which only an interpreter of the model can do");
}

State& HostContext::state() {
  litesmith::fail(ErrorKind::unsupported, ir::describe(node()), ": it has state, which only an interpreter keeps");
}

TensorValue HostContext::value(int i) const {
  const TensorInfo& operand = input(i);
  return {operand.dtype, operand.shape, {input_data(i), operand.data->size()}};
}

void HostContext::give(int i, const TensorValue& value) {
  if (value.dtype != output(i).dtype)
    fail("its result '", output(i).name, "' is ", name(output(i).dtype), " but the value is ", name(value.dtype));
  std::byte* result = allocate_bytes(i, value.shape, value.bytes.size());
  if (!value.bytes.empty()) std::memcpy(result, value.bytes.data(), value.bytes.size());
}

namespace {

bool fits(const Kernel& row, const PrepareContext& context) {
  if (row.isa > context.isa() || !simd::supported(row.isa)) return false;
  if (row.arithmetic && *row.arithmetic != context.arithmetic()) return false;
  int i = 0;
  for (const DType type : row.types) {
    if (!context.has_input(i) || context.input(i).dtype != type) return false;
    ++i;
  }
  return row.accepts == nullptr || row.accepts(context);
}

}  // namespace

Step prepare_best(std::span<const Kernel> rows, const PrepareContext& context) {
  for (const Kernel& row : rows) {
    if (!fits(row, context)) continue;
    Step step = row.prepare(context, row.isa);
    if (step.kernel.empty()) step.kernel = row.name;
    if (row.isa != simd::Isa::scalar) step.isa = row.isa;
    return step;
  }
  std::string supported;
  for (const Kernel& row : rows) {
    std::string types;
    for (const DType type : row.types) types += (types.empty() ? "" : " x ") + std::string(name(type));
    if (supported.find(types) == std::string::npos) supported += (supported.empty() ? "" : ", ") + types;
  }
  context.fail_no_kernel(supported);
}

}  // namespace litesmith::ops
