#include "ops/hashtable/hashtable.h"

#include <cstring>
#include <span>
#include <vector>

#include "base/string_buffer.h"
#include "ops/file_enum.h"
#include "ops/step.h"
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

void run_table(HostContext& context) {
  const HashtableAttrs& a = context.attrs<HashtableAttrs>();
  const std::int32_t handle = context.state().table(a.table_id, a.key_dtype, a.value_dtype);
  std::memcpy(context.allocate_bytes(0, {1}, sizeof handle), &handle, sizeof handle);
}

HashTable& table_of(HostContext& context) {
  std::int32_t handle = 0;
  if (context.value(0).bytes.size() != sizeof handle) context.fail("its handle '", context.input(0).name, "' is empty");
  std::memcpy(&handle, context.input_data(0), sizeof handle);
  return context.state().table(handle);
}

/// The table of a node whose operands 1 and 2 have the types of its keys and values.
HashTable& table_for_pair(HostContext& context) {
  HashTable& table = table_of(context);
  if (table.key_type() != context.input(1).dtype)
    context.fail("its keys are ", name(context.input(1).dtype), " but the table's are ", name(table.key_type()));
  return table;
}

void run_import(HostContext& context) {
  const Shape& keys = context.input(1).shape;
  const Shape& values = context.input(2).shape;
  if (elements(keys) != elements(values)) context.fail("has keys of shape ", keys, " but values of shape ", values);
  table_for_pair(context).fill(context.value(1), context.value(2));
}

std::vector<std::string_view> strings(const HostContext& context, int i) {
  std::vector<std::string_view> list = strings_in(context.value(i).bytes);
  if (static_cast<std::int64_t>(list.size()) != elements(context.input(i).shape))
    context.fail("'", context.input(i).name, "' has shape ", context.input(i).shape, " but holds ", list.size(),
                 " strings");
  return list;
}

void find_integers(HostContext& context, const HashTable& table) {
  const std::int64_t missing = *context.in<std::int64_t>(2);
  const std::vector<std::string_view> keys = strings(context, 1);
  auto* y = reinterpret_cast<std::int64_t*>(context.allocate_output(0, Shape(context.input(1).shape)));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::int64_t at = table.find(keys[i]);
    y[i] = at < 0 ? missing : table.integer_at(at);
  }
}

void find_strings(HostContext& context, const HashTable& table) {
  const std::string_view missing = strings(context, 2).front();
  const std::int64_t* keys = context.in<std::int64_t>(1);
  std::vector<std::string_view> found(static_cast<std::size_t>(elements(context.input(1).shape)), missing);
  for (std::size_t i = 0; i < found.size(); ++i)
    if (const std::int64_t at = table.find(keys[i]); at >= 0) found[i] = table.string_at(at);
  const std::vector<std::byte> buffer = string_buffer(found);
  std::memcpy(context.allocate_bytes(0, Shape(context.input(1).shape), buffer.size()), buffer.data(), buffer.size());
}

void run_find(HostContext& context) {
  const HashTable& table = table_for_pair(context);
  if (!table.is_filled())
    context.fail("hashtable need to be initialized before using: no HASHTABLE_IMPORT has filled the table; run the ",
                 "graph that does, usually an initializing one that CALL_ONCE runs");
  if (elements(context.input(2).shape) != 1)
    context.fail("its default '", context.input(2).name, "' must be one value but has shape ", context.input(2).shape);
  table.key_type() == string ? find_integers(context, table) : find_strings(context, table);
}

void run_size(HostContext& context) {
  const std::int64_t size = table_of(context).size();
  std::memcpy(context.allocate_output(0, {1}), &size, sizeof size);
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
                                .host = run_table,
                                .foldable = false,
                                .stateful = true},
                               {.identity = {"HASHTABLE_FIND"},
                                .builtin_code = 137,
                                .inputs = {3, 3},
                                .infer = infer_find,
                                .options_type = 108,
                                .host = run_find,
                                .foldable = false,
                                .stateful = true},
                               {.identity = {"HASHTABLE_IMPORT"},
                                .builtin_code = 138,
                                .inputs = {3, 3},
                                .outputs = {0, 0},
                                .infer = infer_import,
                                .options_type = 109,
                                .host = run_import,
                                .foldable = false,
                                .stateful = true},
                               {.identity = {"HASHTABLE_SIZE"},
                                .builtin_code = 139,
                                .infer = infer_size,
                                .options_type = 110,
                                .host = run_size,
                                .foldable = false,
                                .stateful = true}};
  return kOps;
}

}  // namespace litesmith::ops::hashtable
