#include "base/mapped_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/error.h"

namespace litesmith {
namespace {

namespace fs = std::filesystem;

/// A new folder, removed with all that is in it.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "litesmith.XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  std::string file(const char* name) const { return (path_ / name).string(); }
  std::size_t count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
  }

 private:
  fs::path path_;
};

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

TEST_CASE("a file is written whole and read back, copied or mapped") {
  const Folder folder;
  write_file_atomically(folder.file("a"), bytes("first"));
  const Bytes copied = map_file(folder.file("a"));
  const Bytes mapped = map_file(folder.file("a"), 0);
  CHECK(copied == Bytes::copy(bytes("first")));
  CHECK(mapped == copied);
  write_file_atomically(folder.file("a"), bytes("second one"));
  CHECK(map_file(folder.file("a")) == Bytes::copy(bytes("second one")));
  CHECK(mapped == copied);
  CHECK(folder.count() == 1);
}

TEST_CASE("cutting a small file short leaves its bytes in use alone") {
  const Folder folder;
  write_file_atomically(folder.file("a"), bytes("content"));
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

TEST_CASE("a failed write leaves the old file and nothing else") {
  const Folder folder;
  fs::create_directory(folder.file("taken"));
  CHECK_THROWS_AS(write_file_atomically(folder.file("taken"), bytes("x")), Error);
  CHECK_THROWS_AS(write_file_atomically(folder.file("absent/file"), bytes("x")), Error);
  CHECK(folder.count() == 1);
}

TEST_CASE("a replaced file keeps its access rights") {
  const Folder folder;
  write_file_atomically(folder.file("a"), bytes("x"));
  fs::permissions(folder.file("a"), fs::perms::owner_read | fs::perms::owner_write);
  write_file_atomically(folder.file("a"), bytes("y"));
  CHECK(fs::status(folder.file("a")).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

}  // namespace
}  // namespace litesmith
