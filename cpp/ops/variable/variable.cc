#include "ops/variable/variable.h"

#include <cstring>
#include <span>

#include "ops/step.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::variable {
namespace {

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* table = node.builtin_options_as_VarHandleOptions();
  VarHandleAttrs attrs;
  if (table == nullptr) return attrs;
  if (table->container() != nullptr) attrs.container = table->container()->str();
  if (table->shared_name() != nullptr) attrs.shared_name = table->shared_name()->str();
  return attrs;
}
flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  const VarHandleAttrs& a = attrs.as<VarHandleAttrs>();
  const auto container = builder.CreateString(a.container);
  const auto shared_name = builder.CreateString(a.shared_name);
  return ::tflite::CreateVarHandleOptions(builder, container, shared_name).Union();
}

void infer_handle(InferContext& context) {
  const Shape& declared = context.declared_output_shape(0);
  context.set_output(0, DType::resource, declared.is_static() ? Shape(declared) : Shape{});
}

/// What the variable holds is known while the model runs only; type and shape are those that the graph declares.
void infer_with_handle(InferContext& context) { context.require_type(0, {DType::resource}); }

std::int32_t handle_of(const HostContext& context) {
  std::int32_t handle = 0;
  if (context.value(0).bytes.size() != sizeof handle) context.fail("its handle '", context.input(0).name, "' is empty");
  std::memcpy(&handle, context.input_data(0), sizeof handle);
  return handle;
}

void run_handle(HostContext& context) {
  const VarHandleAttrs& a = context.attrs<VarHandleAttrs>();
  const std::int32_t handle = context.state().variable(a.container, a.shared_name);
  std::memcpy(context.allocate_bytes(0, Shape(context.output(0).shape), sizeof handle), &handle, sizeof handle);
}

void run_read(HostContext& context) {
  const std::int32_t handle = handle_of(context);
  const TensorValue* value = context.state().read(handle);
  if (value == nullptr)
    context.fail("variable != nullptr was not true: the variable ", context.state().variable_name(handle),
                 " has not been assigned; run what assigns it first, an initializing signature or the other graph");
  context.give(0, *value);
}

void run_assign(HostContext& context) { context.state().assign(handle_of(context), context.value(1)); }

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"VAR_HANDLE"},
                                .builtin_code = 142,
                                .inputs = {0, 0},
                                .infer = infer_handle,
                                .read = read,
                                .write = write,
                                .options_type = 111,
                                .host = run_handle,
                                .foldable = false,
                                .stateful = true},
                               {.identity = {"READ_VARIABLE"},
                                .builtin_code = 143,
                                .infer = infer_with_handle,
                                .options_type = 112,
                                .host = run_read,
                                .foldable = false,
                                .stateful = true},
                               {.identity = {"ASSIGN_VARIABLE"},
                                .builtin_code = 144,
                                .inputs = {2, 2},
                                .outputs = {0, 0},
                                .infer = infer_with_handle,
                                .options_type = 113,
                                .host = run_assign,
                                .foldable = false,
                                .stateful = true}};
  return kOps;
}

}  // namespace litesmith::ops::variable
