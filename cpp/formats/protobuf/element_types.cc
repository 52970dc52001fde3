#include <array>

#include "base/error.h"
#include "formats/protobuf/graph_def.h"

namespace litesmith::formats {
namespace {

struct TypeRow {
  std::string_view name;
  std::optional<DType> dtype;
};

/// By the numbers of TensorFlow's DataType.
constexpr std::array<TypeRow, 33> kTypes{{
    {"", std::nullopt},
    {"float32", DType::float32},
    {"float64", DType::float64},
    {"int32", DType::int32},
    {"uint8", DType::uint8},
    {"int16", DType::int16},
    {"int8", DType::int8},
    {"string", DType::string},
    {"complex64", DType::complex64},
    {"int64", DType::int64},
    {"bool", DType::boolean},
    {"qint8", DType::int8},
    {"quint8", DType::uint8},
    {"qint32", DType::int32},
    {"bfloat16", DType::bfloat16},
    {"qint16", DType::int16},
    {"quint16", DType::uint16},
    {"uint16", DType::uint16},
    {"complex128", DType::complex128},
    {"float16", DType::float16},
    {"resource", DType::resource},
    {"variant", DType::variant},
    {"uint32", DType::uint32},
    {"uint64", DType::uint64},
    {"float8_e5m2", DType::float8_e5m2},
    {"float8_e4m3fn", DType::float8_e4m3fn},
    {"float8_e4m3fnuz", std::nullopt},
    {"float8_e4m3b11fnuz", std::nullopt},
    {"float8_e5m2fnuz", std::nullopt},
    {"int4", DType::int4},
    {"uint4", DType::uint4},
    {"int2", DType::int2},
    {"uint2", std::nullopt},
}};

const TypeRow* row_of(TypeCode type) noexcept {
  if (type.code <= 0 || type.code >= static_cast<std::int32_t>(kTypes.size())) return nullptr;
  return &kTypes[static_cast<std::size_t>(type.code)];
}

}  // namespace

std::optional<DType> element_type(TypeCode type) noexcept {
  const TypeRow* row = row_of(type);
  return row ? row->dtype : std::nullopt;
}

std::string type_name(TypeCode type) {
  const TypeRow* row = row_of(type);
  return row ? std::string(row->name) : concat("type ", type.code);
}

}  // namespace litesmith::formats
