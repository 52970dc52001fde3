#include "ops/hashtable/hashtable.h"

#include <span>

#include "ops/file_enum.h"
#include "ops/infer.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::hashtable {
namespace {

using enum DType;

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* table = node.builtin_options_as_HashtableOptions();
  if (table == nullptr) fail(ErrorKind::value, "there are no options that say which table is meant");
  return HashtableAttrs{table->table_id(), enum_from_file(table->key_dtype(), float8_e5m2, "type of keys"),
                        enum_from_file(table->value_dtype(), float8_e5m2, "type of values")};
}
flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  const HashtableAttrs& a = attrs.as<HashtableAttrs>();
  return ::tflite::CreateHashtableOptions(builder, a.table_id, static_cast<::tflite::TensorType>(a.key_dtype),
                                          static_cast<::tflite::TensorType>(a.value_dtype))
      .Union();
}

bool is_possible(DType keys, DType values) {
  return (keys == string && values == int64) || (keys == int64 && values == string);
}

void infer_table(InferContext& context) {
  const HashtableAttrs& a = context.attrs<HashtableAttrs>();
  context.require(is_possible(a.key_dtype, a.value_dtype), "its keys are ", name(a.key_dtype), " and its values ",
                  name(a.value_dtype), "; tables lead from string to int64 or from int64 to string");
  context.set_output(0, resource, {1});
}

void require_pair(const InferContext& context) {
  context.require_type(0, {resource});
  context.require(is_possible(context.input(1).dtype, context.input(2).dtype), "its keys '", context.input(1).name,
                  "' are ", name(context.input(1).dtype), " and its values '", context.input(2).name, "' ",
                  name(context.input(2).dtype), "; tables lead from string to int64 or from int64 to string");
}

void infer_find(InferContext& context) {
  require_pair(context);
  context.set_output(0, context.input(2).dtype, Shape(context.input(1).shape));
}

void infer_import(InferContext& context) { require_pair(context); }

void infer_size(InferContext& context) {
  context.require_type(0, {resource});
  context.set_output(0, int64, {1});
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"HASHTABLE"},
                                .builtin_code = 136,
                                .inputs = {0, 0},
                                .infer = infer_table,
                                .read = read,
                                .write = write,
                                .options_type = 107,
                                .foldable = false,
                                .stateful = true},
                               {.identity = {"HASHTABLE_FIND"},
                                .builtin_code = 137,
                                .inputs = {3, 3},
                                .infer = infer_find,
                                .options_type = 108,
                                .foldable = false,
                                .stateful = true},
                               {.identity = {"HASHTABLE_IMPORT"},
                                .builtin_code = 138,
                                .inputs = {3, 3},
                                .outputs = {0, 0},
                                .infer = infer_import,
                                .options_type = 109,
                                .foldable = false,
                                .stateful = true},
                               {.identity = {"HASHTABLE_SIZE"},
                                .builtin_code = 139,
                                .infer = infer_size,
                                .options_type = 110,
                                .foldable = false,
                                .stateful = true}};
  return kOps;
}

}  // namespace litesmith::ops::hashtable
