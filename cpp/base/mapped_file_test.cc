#include "base/mapped_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "testing/scratch_folder.h"

namespace litesmith {
namespace {

namespace fs = std::filesystem;

using Folder = testing::ScratchFolder;

void write(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  REQUIRE(file.write(text.data(), static_cast<std::streamsize>(text.size())));
}

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string refusal(const std::string& path) {
  try {
    map_file(path);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::io);
    return error.what();
  }
  return "opened";
}

TEST_CASE("a file is read as it is, copied or mapped") {
  const Folder folder;
  write(folder.file("a"), "first");
  const Bytes copied = map_file(folder.file("a"));
  const Bytes mapped = map_file(folder.file("a"), 0);
  CHECK(copied == Bytes::copy(bytes("first")));
  CHECK(mapped == copied);
  write(folder.file("b"), "second one");
  CHECK(map_file(folder.file("b"), 0) == Bytes::copy(bytes("second one")));
}

TEST_CASE("cutting a small file short leaves its bytes in use alone") {
  const Folder folder;
  write(folder.file("a"), "content");
  const Bytes before = map_file(folder.file("a"));
  REQUIRE(::truncate(folder.file("a").c_str(), 0) == 0);
  CHECK(before == Bytes::copy(bytes("content")));
  CHECK(map_file(folder.file("a")).empty());
}

TEST_CASE("what is no regular file is refused by name") {
  const Folder folder;
  REQUIRE(::mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK(refusal(folder.file("missing")).find("Could not open '" + folder.file("missing") + "'.") == 0);
  CHECK(refusal(folder.file("")).find("a folder") != std::string::npos);
  CHECK(refusal(folder.file("pipe")).find("not a regular file") != std::string::npos);
  CHECK(refusal("/dev/null").find("not a regular file") != std::string::npos);
  CHECK(refusal(std::string("a\0b", 3)).find("NUL") != std::string::npos);
  CHECK(refusal(std::string(5000, 'x')).find("Could not open") == 0);
}

}  // namespace
}  // namespace litesmith
