#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/mapped_file.h"
#include "testing/model_difference.h"
#include "tflite/reader.h"
#include "tflite/writer.h"

namespace litesmith {
namespace {

namespace fs = std::filesystem;

/// Takes the rewritten models for tests that run them elsewhere; none when LITESMITH_REWRITTEN does not name a folder.
void hand_out(const std::string& file_name, std::span<const std::byte> bytes) {
  const char* folder = std::getenv("LITESMITH_REWRITTEN");
  if (folder == nullptr) return;
  std::ofstream file(fs::path(folder) / file_name, std::ios::binary);
  REQUIRE(file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())));
  REQUIRE(file.flush());
}

/// The folder of test material; the tests that need it are skipped while LITESMITH_SHARED does not name it.
const char* shared() { return std::getenv("LITESMITH_SHARED"); }

struct CorpusModel {
  fs::path file;
  /// LiteRT runs it with its plain or with its fast kernels.
  bool runs = false;
};

std::vector<CorpusModel> corpus() {
  const fs::path folder = fs::path(shared()) / "corpus";
  std::ifstream manifest(folder / "manifest.json");
  std::vector<CorpusModel> models;
  for (const auto& entry : nlohmann::json::parse(manifest)) {
    if (entry.at("kind") != "tflite") continue;
    const bool runs = entry.value("ref", "") == "ok" || entry.value("default", "") == "ok";
    models.push_back({folder / entry.at("files").at(0).get<std::string>(), runs});
  }
  return models;
}

TEST_CASE("every corpus model that LiteRT runs is accepted and survives writing and reading" *
          doctest::skip(shared() == nullptr)) {
  int accepted = 0;
  for (const CorpusModel& one : corpus()) {
    INFO(one.file.filename().string());
    const Bytes file = map_file(one.file);
    if (!one.runs) {
      try {
        tflite::read(file, one.file.string());
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::value);
      }
      continue;
    }
    try {
      const ir::Model model = tflite::read(file, one.file.string());
      const Bytes written = tflite::write(model);
      const ir::Model again = tflite::read(written, "written");
      CHECK(testing::difference(model, again) == "");
      CHECK(tflite::write(again) == written);
      hand_out(one.file.filename().string(), written.view());
      ++accepted;
    } catch (const Error& error) {
      FAIL_CHECK(error.what());
    }
  }
  MESSAGE(accepted, " models accepted");
  CHECK(accepted > 0);
}

}  // namespace
}  // namespace litesmith
