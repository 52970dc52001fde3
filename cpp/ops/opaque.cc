#include "ops/opaque.h"

#include <array>
#include <functional>

#include "ops/opaque_calls.h"
#include "schema/tflite_objects.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops {
namespace {

constexpr int kCodes = static_cast<int>(::tflite::BuiltinOperator::MAX) + 1;

namespace objects = ::tflite::objects;

/// A table of one of the two unions, unpacked.
template <class Union>
Union unpacked(const void* table, int type) {
  Union options;
  if (table == nullptr || type == 0) return options;
  options.type = static_cast<decltype(options.type)>(type);
  options.value = Union::UnPack(table, options.type, nullptr);
  return options;
}

template <class Union>
Bytes canonical(const void* table, int type) {
  flatbuffers::FlatBufferBuilder builder;
  const auto packed = unpacked<Union>(table, type).Pack(builder);
  if (packed.IsNull()) return {};
  builder.Finish(packed);
  return Bytes::copy(std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())));
}

template <class Union>
flatbuffers::Offset<void> copied(const Bytes& bytes, int type, schema::Builder& builder) {
  return unpacked<Union>(flatbuffers::GetRoot<flatbuffers::Table>(bytes.data()), type).Pack(builder);
}

ir::Attrs read(const ::tflite::Operator& node) {
  OpaqueAttrs attrs;
  if (node.builtin_options() != nullptr) {
    attrs.options_type = static_cast<int>(node.builtin_options_type());
    attrs.options = canonical<objects::BuiltinOptionsUnion>(node.builtin_options(), attrs.options_type);
  }
  if (node.builtin_options_2() != nullptr) {
    attrs.options_2_type = static_cast<int>(node.builtin_options_2_type());
    attrs.options_2 = canonical<objects::BuiltinOptions2Union>(node.builtin_options_2(), attrs.options_2_type);
  }
  return attrs;
}

OpDef row(std::string_view name, std::int32_t code) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = {0, Arity::kAny},
          .outputs = {0, Arity::kAny},
          .newest_version = INT32_MAX,
          .version = [](const VersionQuery& query) { return query.node.attrs.as<OpaqueAttrs>().version; },
          .read = read,
          .foldable = false,
          .calls = opaque_calls(code)};
}

const std::array<OpDef, kCodes>& rows() {
  static const auto kRows = [] {
    std::array<OpDef, kCodes> all;
    for (int code = 0; code < kCodes; ++code)
      all[static_cast<std::size_t>(code)] =
          row(::tflite::EnumNameBuiltinOperator(static_cast<::tflite::BuiltinOperator>(code)), code);
    OpDef& of_custom = all[kCustomCode];
    of_custom.version = [](const VersionQuery& query) { return query.node.attrs.as<CustomAttrs>().version; };
    of_custom.read = nullptr;
    return all;
  }();
  return kRows;
}

}  // namespace

const OpDef* opaque(std::int32_t builtin_code) noexcept {
  return builtin_code < 0 || builtin_code >= kCodes ? nullptr : &rows()[static_cast<std::size_t>(builtin_code)];
}

OpaqueTables write_opaque(const OpaqueAttrs& attrs, schema::Builder& builder) {
  OpaqueTables tables;
  if (attrs.options.size() > 0) {
    tables.options_type = attrs.options_type;
    tables.options = copied<objects::BuiltinOptionsUnion>(attrs.options, attrs.options_type, builder);
  }
  if (attrs.options_2.size() > 0) {
    tables.options_2_type = attrs.options_2_type;
    tables.options_2 = copied<objects::BuiltinOptions2Union>(attrs.options_2, attrs.options_2_type, builder);
  }
  return tables;
}

const OpDef& custom() { return rows()[kCustomCode]; }

std::string shown_name(const ir::Node& node) {
  return node.attrs.is<CustomAttrs>() ? node.attrs.as<CustomAttrs>().code : std::string(node.op->name);
}

std::size_t options_bytes(const ::tflite::Operator& node) {
  const ir::Attrs attrs = read(node);
  return attrs.as<OpaqueAttrs>().options.size() + attrs.as<OpaqueAttrs>().options_2.size();
}

bool is_opaque(const OpDef& op) noexcept {
  const OpDef* first = rows().data();
  return !std::less<>()(&op, first) && std::less<>()(&op, first + kCodes);
}

}  // namespace litesmith::ops
