#include "ops/opaque.h"

#include <array>
#include <functional>

#include "schema/tflite_schema.h"

namespace litesmith::ops {
namespace {

constexpr int kCodes = static_cast<int>(::tflite::BuiltinOperator::MAX) + 1;

template <class Union>
Bytes packed(const Union& options) {
  flatbuffers::FlatBufferBuilder builder;
  const auto table = options.Pack(builder);
  if (table.IsNull()) return {};
  builder.Finish(table);
  return Bytes::copy(std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())));
}

template <class Union, class Type>
void unpack(const Bytes& bytes, int type, Union& options) {
  if (type == 0) return;
  const auto* table = flatbuffers::GetRoot<flatbuffers::Table>(bytes.data());
  options.Reset();
  options.value = Union::UnPack(table, static_cast<Type>(type), nullptr);
  options.type = static_cast<Type>(type);
}

ir::Attrs read(const ::tflite::Operator& node) {
  OpaqueAttrs attrs;
  if (node.builtin_options() != nullptr) {
    ::tflite::BuiltinOptionsUnion options;
    options.value = ::tflite::BuiltinOptionsUnion::UnPack(node.builtin_options(), node.builtin_options_type(), nullptr);
    options.type = node.builtin_options_type();
    attrs.options_type = static_cast<int>(node.builtin_options_type());
    attrs.options = packed(options);
  }
  if (node.builtin_options_2() != nullptr) {
    ::tflite::BuiltinOptions2Union options;
    options.value =
        ::tflite::BuiltinOptions2Union::UnPack(node.builtin_options_2(), node.builtin_options_2_type(), nullptr);
    options.type = node.builtin_options_2_type();
    attrs.options_2_type = static_cast<int>(node.builtin_options_2_type());
    attrs.options_2 = packed(options);
  }
  return attrs;
}

void write(const ir::Attrs& attrs, ::tflite::OperatorT& node) {
  const auto& opaque = attrs.as<OpaqueAttrs>();
  unpack<::tflite::BuiltinOptionsUnion, ::tflite::BuiltinOptions>(opaque.options, opaque.options_type,
                                                                  node.builtin_options);
  unpack<::tflite::BuiltinOptions2Union, ::tflite::BuiltinOptions2>(opaque.options_2, opaque.options_2_type,
                                                                    node.builtin_options_2);
}

OpDef row(std::string_view name, std::int32_t code) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = {0, Arity::kAny},
          .outputs = {0, Arity::kAny},
          .newest_version = INT32_MAX,
          .version = [](const VersionQuery& query) { return query.node.attrs.as<OpaqueAttrs>().version; },
          .read = read,
          .write = write,
          .foldable = false};
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
    of_custom.write = [](const ir::Attrs& attrs, ::tflite::OperatorT& node) {
      const auto bytes = attrs.as<CustomAttrs>().options.view();
      const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
      node.custom_options.assign(first, first + bytes.size());
    };
    return all;
  }();
  return kRows;
}

}  // namespace

const OpDef* opaque(std::int32_t builtin_code) noexcept {
  return builtin_code < 0 || builtin_code >= kCodes ? nullptr : &rows()[static_cast<std::size_t>(builtin_code)];
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
