#include "formats/protobuf/wire.h"

#include <bit>
#include <limits>
#include <protozero/exception.hpp>
#include <protozero/types.hpp>
#include <protozero/varint.hpp>

#include "base/error.h"

namespace litesmith::formats {
namespace {

using protozero::pbf_wire_type;

constexpr auto kVarint = static_cast<std::uint32_t>(pbf_wire_type::varint);
constexpr auto kFixed64 = static_cast<std::uint32_t>(pbf_wire_type::fixed64);
constexpr auto kLength = static_cast<std::uint32_t>(pbf_wire_type::length_delimited);
constexpr auto kFixed32 = static_cast<std::uint32_t>(pbf_wire_type::fixed32);

}  // namespace

void Message::refuse(std::string_view what) const {
  fail(ErrorKind::value, "'", source_->name, "' is damaged at byte ", field_start_, ": ", what,
       ". Get the file again from where it was made");
}

std::uint64_t Message::varint() {
  const char* const start = reinterpret_cast<const char*>(source_->bytes.data());
  const char* at = start + position_;
  try {
    const std::uint64_t value = protozero::decode_varint(&at, start + end_);
    position_ = static_cast<std::size_t>(at - start);
    return value;
  } catch (const protozero::exception&) {
    refuse("a number does not end within its message and ten bytes");
  }
}

std::uint64_t Message::little_endian(std::size_t width) {
  if (end_ - position_ < width) refuse("the message ends inside a number");
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i)
    value |= std::to_integer<std::uint64_t>(source_->bytes.view()[position_++]) << (8 * i);
  return value;
}

bool Message::next() {
  if (unread_) skip();
  field_start_ = position_;
  if (position_ == end_) return false;
  const std::uint64_t key = varint();
  field_ = static_cast<std::uint32_t>(key >> 3);
  wire_ = static_cast<std::uint32_t>(key & 7);
  if (key > std::numeric_limits<std::uint32_t>::max() || field_ == 0)
    refuse("no field has the number that stands here");
  if (wire_ != kVarint && wire_ != kFixed64 && wire_ != kLength && wire_ != kFixed32)
    refuse(concat("field ", field_, " is written in the unknown way ", wire_));
  unread_ = true;
  return true;
}

void Message::skip() {
  if (wire_ == kVarint) varint();
  if (wire_ == kFixed64) little_endian(8);
  if (wire_ == kFixed32) little_endian(4);
  if (wire_ == kLength) extent();
  unread_ = false;
}

void Message::expect(std::uint32_t wire) {
  if (wire_ != wire) refuse(concat("field ", field_, " is written in way ", wire_, ", not ", wire));
  unread_ = false;
}

std::pair<std::size_t, std::size_t> Message::extent() {
  const std::uint64_t length = varint();
  if (length > end_ - position_)
    refuse(concat("field ", field_, " says it has ", length, " bytes where ", end_ - position_, " are left"));
  const std::size_t begin = position_;
  position_ += static_cast<std::size_t>(length);
  return {begin, position_};
}

std::int64_t Message::integer() {
  expect(kVarint);
  return static_cast<std::int64_t>(varint());
}
std::uint32_t Message::fixed32() {
  expect(kFixed32);
  return static_cast<std::uint32_t>(little_endian(4));
}
std::uint64_t Message::fixed64() {
  expect(kFixed64);
  return little_endian(8);
}
float Message::float32() { return std::bit_cast<float>(fixed32()); }
double Message::float64() { return std::bit_cast<double>(fixed64()); }

Bytes Message::bytes() {
  expect(kLength);
  const auto [begin, end] = extent();
  return source_->bytes.slice(begin, end - begin);
}

std::string_view Message::text() {
  expect(kLength);
  const auto [begin, end] = extent();
  return {reinterpret_cast<const char*>(source_->bytes.data()) + begin, end - begin};
}

Message Message::message() {
  if (depth_ == kDeepestMessage) refuse(concat("messages are nested more than ", kDeepestMessage, " deep"));
  expect(kLength);
  const auto [begin, end] = extent();
  return Message(*source_, begin, end, depth_ + 1);
}

template <class T, class Read>
void Message::append_numbers(std::vector<T>& values, std::uint32_t wire, Read read) {
  if (!has_length()) {
    expect(wire);
    values.push_back(read(*this));
    return;
  }
  expect(kLength);
  const auto [begin, end] = extent();
  Message packed(*source_, begin, end, depth_);
  packed.field_start_ = field_start_;
  if (wire == kFixed32) values.reserve(values.size() + (end - begin) / 4);
  if (wire == kFixed64) values.reserve(values.size() + (end - begin) / 8);
  while (packed.position_ != packed.end_) values.push_back(read(packed));
}

void Message::append(std::vector<std::int64_t>& values) {
  append_numbers(values, kVarint, [](Message& m) { return static_cast<std::int64_t>(m.varint()); });
}
void Message::append(std::vector<std::uint64_t>& values) {
  append_numbers(values, kVarint, [](Message& m) { return m.varint(); });
}
void Message::append(std::vector<std::int32_t>& values) {
  append_numbers(values, kVarint, [](Message& m) { return static_cast<std::int32_t>(m.varint()); });
}
void Message::append(std::vector<bool>& values) {
  append_numbers(values, kVarint, [](Message& m) { return m.varint() != 0; });
}
void Message::append(std::vector<float>& values) {
  append_numbers(values, kFixed32,
                 [](Message& m) { return std::bit_cast<float>(static_cast<std::uint32_t>(m.little_endian(4))); });
}
void Message::append(std::vector<double>& values) {
  append_numbers(values, kFixed64, [](Message& m) { return std::bit_cast<double>(m.little_endian(8)); });
}

Bytes Message::whole() const { return source_->bytes.slice(start_, end_ - start_); }

MapEntry read_map_entry(Message entry) {
  MapEntry read;
  while (entry.next()) {
    if (entry.field() == 1) read.key = entry.string();
    if (entry.field() == 2) read.value.assign(1, entry.message());
  }
  return read;
}

std::pair<std::string, std::string> read_text_entry(Message entry) {
  std::pair<std::string, std::string> read;
  while (entry.next()) {
    if (entry.field() == 1) read.first = entry.string();
    if (entry.field() == 2) read.second = entry.string();
  }
  return read;
}

Shape read_shape(Message shape) {
  std::vector<std::int32_t> dims;
  bool has_rank = true;
  while (shape.next()) {
    if (shape.field() == 3 && shape.boolean()) has_rank = false;
    if (shape.field() != 2) continue;
    std::int64_t size = 0;
    Message dim = shape.message();
    while (dim.next())
      if (dim.field() == 1) size = dim.integer();
    if (size < kUnknownDim) shape.refuse(concat("a shape has the dimension ", size));
    if (size > std::numeric_limits<std::int32_t>::max())
      fail(ErrorKind::limit, "a shape has the dimension ", size, "; dimensions beyond 2^31 - 1 are not supported");
    dims.push_back(static_cast<std::int32_t>(size));
  }
  return has_rank ? Shape(std::move(dims)) : Shape::unknown_rank();
}

}  // namespace litesmith::formats
