#include "base/dtype.h"

namespace litesmith {
namespace {

struct Row {
  std::string_view name;
  std::string_view file_name;
  int bits;
  char family;  // f float, i integer, o other
};

constexpr Row kRows[kDTypeCount] = {{"float32", "FLOAT32", 32, 'f'},
                                    {"float16", "FLOAT16", 16, 'f'},
                                    {"int32", "INT32", 32, 'i'},
                                    {"uint8", "UINT8", 8, 'i'},
                                    {"int64", "INT64", 64, 'i'},
                                    {"string", "STRING", 0, 'o'},
                                    {"bool", "BOOL", 8, 'o'},
                                    {"int16", "INT16", 16, 'i'},
                                    {"complex64", "COMPLEX64", 64, 'o'},
                                    {"int8", "INT8", 8, 'i'},
                                    {"float64", "FLOAT64", 64, 'f'},
                                    {"complex128", "COMPLEX128", 128, 'o'},
                                    {"uint64", "UINT64", 64, 'i'},
                                    {"resource", "RESOURCE", 0, 'o'},
                                    {"variant", "VARIANT", 0, 'o'},
                                    {"uint32", "UINT32", 32, 'i'},
                                    {"uint16", "UINT16", 16, 'i'},
                                    {"int4", "INT4", 4, 'i'},
                                    {"bfloat16", "BFLOAT16", 16, 'f'},
                                    {"int2", "INT2", 2, 'i'},
                                    {"uint4", "UINT4", 4, 'i'},
                                    {"float8_e4m3fn", "FLOAT8_E4M3FN", 8, 'f'},
                                    {"float8_e5m2", "FLOAT8_E5M2", 8, 'f'}};

constexpr Row kUnknown = {"unknown", "UNKNOWN", 0, 'o'};

const Row& row(DType dtype) noexcept {
  const auto code = static_cast<int>(dtype);
  return code >= 0 && code < kDTypeCount ? kRows[code] : kUnknown;
}

}  // namespace

std::string_view name(DType dtype) noexcept { return row(dtype).name; }
std::string_view file_name(DType dtype) noexcept { return row(dtype).file_name; }
int bit_width(DType dtype) noexcept { return row(dtype).bits; }
std::size_t byte_width(DType dtype) noexcept {
  const int bits = row(dtype).bits;
  return bits % 8 == 0 ? static_cast<std::size_t>(bits / 8) : 0;
}
bool is_float(DType dtype) noexcept { return row(dtype).family == 'f'; }
bool is_integer(DType dtype) noexcept { return row(dtype).family == 'i'; }

std::optional<DType> dtype_from_name(std::string_view lower_case_name) noexcept {
  for (int code = 0; code < kDTypeCount; ++code)
    if (kRows[code].name == lower_case_name) return static_cast<DType>(code);
  return std::nullopt;
}

}  // namespace litesmith
