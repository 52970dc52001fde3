#pragma once

#include <string>

#include "base/bytes.h"
#include "ops/op_def.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops {

/// Attributes of an operator that has no folder: its options tables, each packed into a flatbuffer of its own in a
/// canonical form, so that equal options are equal bytes. Type 0 = no table.
struct OpaqueAttrs {
  int options_type = 0;
  Bytes options{};
  int options_2_type = 0;
  Bytes options_2{};
  /// Version as the file gives it: there is no rule to find it again.
  int version = 1;
  bool operator==(const OpaqueAttrs&) const = default;
};

/// Attributes of a custom operator: the options stay the bytes that they are.
struct CustomAttrs {
  std::string code{};
  Bytes options{};
  int version = 1;
  bool operator==(const CustomAttrs&) const = default;
};

/// Code of custom operators in the file. An OpDef with this code stands for the custom operator of its name; its
/// attributes are CustomAttrs.
inline constexpr std::int32_t kCustomCode = 32;

/// From this code on, OpDef::options_type is a member of the format's second union of options (BuiltinOptions2).
inline constexpr std::int32_t kFirstCodeOfSecondUnion = 162;

/// An OpDef for each code of the file format, without inference and kernels; attributes are OpaqueAttrs. nullptr when
/// the format has no such code.
const OpDef* opaque(std::int32_t builtin_code) noexcept;
/// The OpDef of custom operators that the project does not know; attributes are CustomAttrs.
const OpDef& custom();
/// The options tables of an opaque node in a file under construction.
struct OpaqueTables {
  int options_type = 0;
  flatbuffers::Offset<void> options{};
  int options_2_type = 0;
  flatbuffers::Offset<void> options_2{};
};
OpaqueTables write_opaque(const OpaqueAttrs& attrs, schema::Builder& builder);
/// How users know a node's operator: its name, the code of a custom one.
std::string shown_name(const ir::Node& node);
/// Bytes that the options tables of a node hold, those of the vectors in them included.
std::size_t options_bytes(const ::tflite::Operator& node);
/// True for the operators of this header.
bool is_opaque(const OpDef& op) noexcept;

}  // namespace litesmith::ops
