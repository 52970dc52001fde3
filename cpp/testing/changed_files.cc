#include "testing/changed_files.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "tflite/reader.h"

namespace litesmith::testing {

void check(const std::vector<ChangedFile>& files) {
  for (const ChangedFile& row : files) {
    INFO(row.what);
    FileModel file;
    REQUIRE_NOTHROW(tflite::read(file.bytes(), "unchanged"));
    row.change(file);
    std::string message;
    try {
      tflite::read(file.bytes(), "changed.tflite");
    } catch (const Error& error) {
      message = error.what();
      CHECK(error.kind() == ErrorKind::value);
      CHECK(message.find("changed.tflite") != std::string::npos);
    }
    INFO(message);
    if (*row.message == '\0')
      CHECK(message == "");
    else
      CHECK(message.find(row.message) != std::string::npos);
  }
}

}  // namespace litesmith::testing
