#include "formats/bundle/table.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "formats/bundle/crc32c.h"
#include "formats/bundle/snappy.h"
#include "formats/bundle/written_bundle.h"

namespace litesmith::formats {
namespace {

Bytes bytes_of(std::string_view text) { return Bytes::copy(std::as_bytes(std::span(text))); }

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string expanded(std::string_view block) { return text_of(decompress_snappy(std::as_bytes(std::span(block)))); }

written::Entries many_entries() {
  written::Entries entries;
  for (int i = 0; i < 50; ++i)
    entries["layer_" + std::to_string(100 + i) + "/kernel"] = std::string(static_cast<std::size_t>(i), 'v');
  return entries;
}

TEST_CASE("a CRC-32C is the published one, in one piece and in two") {
  const std::string_view digits = "123456789";
  CHECK(crc32c(std::as_bytes(std::span(digits))) == 0xE3069283u);
  const std::string long_text(1001, 'x');
  const auto bytes = std::as_bytes(std::span(long_text));
  CHECK(crc32c(bytes.subspan(13), crc32c(bytes.first(13))) == crc32c(bytes));
  CHECK(crc32c(bytes.first(1000)) != crc32c(bytes));
}

TEST_CASE("a compressed block is literals and copies that may reach into themselves") {
  using namespace std::string_literals;
  CHECK(expanded("\x03\x08"s + "abc") == "abc");
  CHECK(expanded("\x09\x08"s + "abc" + "\x09\x03") == "abcabcabc");
  CHECK(expanded("\x07\x08"s + "abc" + "\x0E\x02\x00"s) == "abcbcbc");
  CHECK(expanded("\x49\x00"s + "z" + "\xFE\x01\x00"s + "\x11\x01"s) == std::string(73, 'z'));
}

TEST_CASE("a damaged compressed block is refused") {
  using namespace std::string_literals;
  for (const std::string& block :
       {""s, "\x03"s, "\x03\x08"s + "ab", "\x02\x08"s + "abc", "\x09\x08"s + "abc" + "\x09\x04",
        "\xFF\xFF\xFF\xFF\xFF"s, "\xFF\xFF\xFF\x7F\x08"s + "abc", "\x09\x08"s + "abc" + "\x09\x00"s})
    CHECK_THROWS_AS(expanded(block), Error);
}

TEST_CASE("a table is read whatever its blocks look like") {
  const written::Entries entries = many_entries();
  for (const written::TableOptions& options : {written::TableOptions{}, written::TableOptions{7, 16, false},
                                               written::TableOptions{1, 1, true}, written::TableOptions{20, 4, true}}) {
    written::Entries read;
    for (const TableEntry& entry : read_table(bytes_of(written::TableWriter(options).write(entries)), "t.index"))
      read[entry.key] = text_of(entry.value.view());
    CHECK(read == entries);
  }
}

TEST_CASE("a table without entries is read") {
  CHECK(read_table(bytes_of(written::TableWriter({}).write({})), "t.index").empty());
}

TEST_CASE("every cut of a table is refused, naming the file") {
  const std::string file = written::TableWriter({7, 4, true}).write(many_entries());
  for (std::size_t size = 0; size < file.size(); ++size) {
    try {
      read_table(bytes_of(file.substr(0, size)), "cut.index");
      FAIL("a table of " << size << " bytes was read");
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find("cut.index") != std::string::npos);
    }
  }
}

TEST_CASE("a wrong CRC is told with both values") {
  std::string file = written::TableWriter({}).write(many_entries());
  const Bytes good = bytes_of(file);
  file[3] = static_cast<char>(file[3] ^ 0x10);
  try {
    read_table(bytes_of(file), "t.index");
    FAIL("a damaged block was read");
  } catch (const Error& error) {
    const std::string text = error.what();
    CHECK(text.find("CRC is ") != std::string::npos);
    CHECK(text.find("where the file says ") != std::string::npos);
  }
}

}  // namespace
}  // namespace litesmith::formats
