#include "formats/protobuf/wire.h"

#include <doctest/doctest.h>

#include "base/error.h"

namespace litesmith::formats {
namespace {

using namespace std::string_literals;

WireSource source(const std::string& bytes) { return {Bytes::copy_of<char>(bytes), "some.pb"}; }

std::string refusal(const std::string& bytes, const auto& read) {
  const WireSource from = source(bytes);
  try {
    Message message(from);
    while (message.next()) read(message);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::value);
    return error.what();
  }
  return "read";
}

TEST_CASE("fields come one after the other, unread ones are skipped") {
  const WireSource from = source(
      "\x08\x96\x01\x12\x03"
      "abc\x1D\x00\x00\x80\x3F\x21\x00\x00\x00\x00\x00\x00\xF0\x3F"s);
  Message message(from);
  REQUIRE(message.next());
  CHECK(message.integer() == 150);
  REQUIRE(message.next());
  CHECK(message.has_length());
  REQUIRE(message.next());
  CHECK(message.field() == 3);
  CHECK(message.float32() == 1.0F);
  REQUIRE(message.next());
  CHECK(message.float64() == 1.0);
  CHECK_FALSE(message.next());
}

TEST_CASE("repeated numbers are read packed and one by one") {
  const WireSource from = source("\x0A\x03\x01\x96\x01\x08\x05\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s);
  std::vector<std::int64_t> values;
  for (Message message(from); message.next();) message.append(values);
  CHECK(values == std::vector<std::int64_t>{1, 150, 5, -1});
}

TEST_CASE("lengths that lie, other wire types and ends inside of a field are refused with their place") {
  const auto text = [](Message& message) { message.text(); };
  const auto nothing = [](Message&) {};
  CHECK(refusal("\x0A\x7F"
                "abc"s,
                text)
            .find("'some.pb' is damaged at byte 0") == 0);
  CHECK(refusal("\x08\x01\x0A\x7F"
                "abc"s,
                nothing)
            .find("byte 2") != std::string::npos);
  CHECK(refusal("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s, nothing).find("bytes where 0 are left") !=
        std::string::npos);
  CHECK(refusal("\x08\x01"s, text).find("is written in way 0, not 2") != std::string::npos);
  for (const std::string& bytes : {"\x08"s, "\x0D\x00"s, "\x0B"s, "\x00\x01"s, "\x80"s, std::string(11, '\x88')})
    CHECK(refusal(bytes, nothing).find("damaged") != std::string::npos);
  CHECK(refusal("\x12\x01"
                "a"s,
                text) == "read");
}

TEST_CASE("messages nest as deep as the bound and no deeper") {
  const auto nested = [](int depth) {
    std::string bytes;
    for (int i = 0; i < depth; ++i) {
      std::string length;
      std::size_t size = bytes.size();
      for (; size >= 0x80; size >>= 7) length += static_cast<char>(size | 0x80);
      bytes = "\x0A" + length + static_cast<char>(size) + bytes;
    }
    const WireSource from = source(bytes);
    Message message(from);
    while (message.next()) message = message.message();
  };
  CHECK_NOTHROW(nested(kDeepestMessage));
  CHECK_THROWS_AS(nested(kDeepestMessage + 1), Error);
}

TEST_CASE("shapes have unknown dims and ranks, and bounds") {
  const auto shape = [](const std::string& bytes) {
    const WireSource from = source(bytes);
    return read_shape(Message(from));
  };
  CHECK(shape("") == Shape{});
  CHECK(shape("\x12\x02\x08\x03\x12\x0B\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x12\x00"s) == Shape{3, -1, 0});
  CHECK_FALSE(shape("\x18\x01"s).has_rank());
  CHECK_THROWS_AS(shape("\x12\x0B\x08\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s), Error);
  CHECK_THROWS_AS(shape("\x12\x06\x08\x80\x80\x80\x80\x08"s), Error);
}

}  // namespace
}  // namespace litesmith::formats
