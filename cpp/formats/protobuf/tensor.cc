#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/string_buffer.h"
#include "formats/protobuf/attr_value.h"
#include "formats/protobuf/graph_def.h"
#include "formats/protobuf/wire.h"

namespace litesmith::formats {
namespace {

/// What a message that repeats its last value may grow to, whatever its own size.
constexpr std::int64_t kLargestFill = std::int64_t{256} << 20;
constexpr std::int64_t kMostGrowth = 1000;

enum class Coding { fixed32, fixed64, varint, truth, bytes };

/// Where a TensorProto holds the values of a type one by one.
struct ValueField {
  DType dtype;
  std::uint32_t field;
  Coding coding;
};

constexpr std::array<ValueField, 20> kValueFields{{
    {DType::float32, 5, Coding::fixed32},    {DType::float64, 6, Coding::fixed64},
    {DType::int32, 7, Coding::varint},       {DType::int16, 7, Coding::varint},
    {DType::int8, 7, Coding::varint},        {DType::uint16, 7, Coding::varint},
    {DType::uint8, 7, Coding::varint},       {DType::int4, 7, Coding::varint},
    {DType::uint4, 7, Coding::varint},       {DType::int2, 7, Coding::varint},
    {DType::complex64, 9, Coding::fixed32},  {DType::int64, 10, Coding::varint},
    {DType::boolean, 11, Coding::truth},     {DType::complex128, 12, Coding::fixed64},
    {DType::float16, 13, Coding::varint},    {DType::bfloat16, 13, Coding::varint},
    {DType::uint32, 16, Coding::varint},     {DType::uint64, 17, Coding::varint},
    {DType::float8_e5m2, 18, Coding::bytes}, {DType::float8_e4m3fn, 18, Coding::bytes},
}};

/// One element in a TensorProto: small integers take a byte each.
std::size_t element_bytes(DType dtype) noexcept { return std::max<std::size_t>(byte_width(dtype), 1); }

struct Header {
  TypeCode type;
  Shape shape;
  Bytes content;
};

Header read_header(Message tensor) {
  Header read;
  while (tensor.next()) switch (tensor.field()) {
      case 1: read.type = read_type(tensor); break;
      case 2: read.shape = read_shape(tensor.message()); break;
      case 4: read.content = tensor.bytes(); break;
      default: break;
    }
  return read;
}

void append_bytes(const Bytes& bytes, std::vector<std::byte>& values) {
  values.insert(values.end(), bytes.view().begin(), bytes.view().end());
}

/// The low `width` bytes of each number.
void append_varints(Message& tensor, std::size_t width, std::vector<std::byte>& values) {
  std::vector<std::int64_t> numbers;
  tensor.append(numbers);
  const std::size_t start = values.size();
  values.resize(start + numbers.size() * width);
  for (std::size_t i = 0; i < numbers.size(); ++i) std::memcpy(values.data() + start + i * width, &numbers[i], width);
}

void append_values(Message& tensor, const ValueField& row, std::vector<std::byte>& values) {
  const auto append_one = [&](auto number) {
    append_bytes(Bytes::copy_of(std::span<const decltype(number)>(&number, 1)), values);
  };
  switch (row.coding) {
    case Coding::fixed32:
      return tensor.has_length() ? append_bytes(tensor.bytes(), values) : append_one(tensor.fixed32());
    case Coding::fixed64:
      return tensor.has_length() ? append_bytes(tensor.bytes(), values) : append_one(tensor.fixed64());
    case Coding::bytes: return append_bytes(tensor.bytes(), values);
    case Coding::varint: return append_varints(tensor, element_bytes(row.dtype), values);
    case Coding::truth: break;
  }
  std::vector<bool> truths;
  tensor.append(truths);
  for (const bool truth : truths) values.push_back(static_cast<std::byte>(truth));
}

[[noreturn]] void refuse_count(const Header& header, std::size_t found, std::string_view unit, std::int64_t wanted) {
  fail(ErrorKind::value, "a constant of type ", type_name(header.type), " and shape ", header.shape, " holds ", found,
       unit, " where its shape asks for ", wanted, "; the file is damaged or was written wrongly");
}

void check_growth(const Header& header, std::size_t message_bytes, std::int64_t wanted) {
  const std::int64_t most =
      std::max(kLargestFill, checked_product(static_cast<std::int64_t>(message_bytes), kMostGrowth));
  if (wanted > most)
    fail(ErrorKind::limit, "a constant of shape ", header.shape, " would take ", wanted, " bytes, but ", message_bytes,
         " bytes of the file stand for it; up to ", most, " are filled. Make it with an operator Fill instead");
}

/// Elements as they stand one by one, the last one repeated up to the end.
std::vector<std::byte> read_values(Message tensor, const Header& header, const ValueField& row, std::int64_t count) {
  const std::size_t message_bytes = tensor.whole().size();
  const std::size_t width = element_bytes(row.dtype);
  std::vector<std::byte> values;
  while (tensor.next())
    if (tensor.field() == row.field) append_values(tensor, row, values);
  const std::int64_t wanted = checked_product(count, static_cast<std::int64_t>(width));
  if (values.size() % width != 0 || static_cast<std::int64_t>(values.size()) > wanted)
    refuse_count(header, values.size(), " bytes", wanted);
  check_growth(header, message_bytes, wanted);
  const std::size_t given = values.size();
  values.resize(static_cast<std::size_t>(wanted));
  if (given != 0)
    for (std::size_t i = given; i < values.size(); ++i) values[i] = values[i - width];
  return values;
}

Bytes read_strings(Message tensor, const Header& header, std::int64_t count) {
  const std::size_t message_bytes = tensor.whole().size();
  std::vector<std::string_view> strings;
  while (tensor.next())
    if (tensor.field() == 8) strings.push_back(tensor.text());
  if (static_cast<std::int64_t>(strings.size()) > count) refuse_count(header, strings.size(), " strings", count);
  const std::string_view last = strings.empty() ? std::string_view() : strings.back();
  const auto missing = count - static_cast<std::int64_t>(strings.size());
  const auto each = static_cast<std::int64_t>(last.size() + sizeof(std::string_view));
  check_growth(header, message_bytes, checked_product(missing, each));
  strings.resize(static_cast<std::size_t>(count), last);
  return Bytes::take(string_buffer(strings));
}

/// Bytes of one small integer each, packed as files hold them: the first one lowest in its byte.
Bytes pack_small(const Bytes& values, DType dtype) {
  const auto bits = static_cast<std::size_t>(bit_width(dtype)), per_byte = 8 / bits;
  const std::byte mask{static_cast<unsigned char>((1U << bits) - 1)};
  std::vector<std::byte> packed((values.size() + per_byte - 1) / per_byte);
  for (std::size_t i = 0; i < values.size(); ++i)
    packed[i / per_byte] |= (values.view()[i] & mask) << (i % per_byte * bits);
  return Bytes::take(std::move(packed));
}

Bytes read_elements(const Message& tensor, const Header& header, const ValueField& row) {
  const std::int64_t count = elements(header.shape);
  Bytes values = header.content;
  if (values.empty()) {
    values = Bytes::take(read_values(tensor, header, row, count));
  } else {
    const std::int64_t wanted = checked_product(count, static_cast<std::int64_t>(element_bytes(row.dtype)));
    if (static_cast<std::int64_t>(values.size()) != wanted) refuse_count(header, values.size(), " bytes", wanted);
  }
  return byte_width(row.dtype) == 0 ? pack_small(values, row.dtype) : values;
}

}  // namespace

DenseTensor decode_tensor(const EncodedTensor& tensor) {
  const WireSource source{tensor.message, "a constant"};
  const Message message(source);
  const Header header = read_header(message);
  if (!header.shape.is_static())
    fail(ErrorKind::value, "a constant has the shape ", header.shape, ", but every dimension of one must be known");
  const std::optional<DType> dtype = element_type(header.type);
  if (dtype == DType::string)
    return {DType::string, header.shape, read_strings(message, header, elements(header.shape))};
  const auto row =
      std::find_if(kValueFields.begin(), kValueFields.end(), [&](const ValueField& r) { return dtype == r.dtype; });
  if (row == kValueFields.end())
    fail(ErrorKind::unsupported, "the elements of a constant are ", type_name(header.type),
         ", whose values have no counterpart here");
  return {*dtype, header.shape, read_elements(message, header, *row)};
}

}  // namespace litesmith::formats
