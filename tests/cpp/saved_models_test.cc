#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "formats/bundle/crc32c.h"
#include "importers/saved_model/checkpoint_graph.h"
#include "importers/saved_model/saved_model.h"

/// SavedModels and checkpoints that TensorFlow has written.
namespace litesmith::importers::saved_model {
namespace {

namespace fs = std::filesystem;

/// The folder of test material; the tests that need it are skipped while LITESMITH_SHARED does not name it.
const char* shared() { return std::getenv("LITESMITH_SHARED"); }

std::string path_of(const char* name) { return (fs::path(shared()) / name).string(); }

VariableValues values_of(const char* folder) {
  const SavedModel model = SavedModel::open(path_of(folder), {"serve"});
  std::vector<WantedPart> parts;
  for (const Signature& signature : model.signatures({})) parts.push_back(part_of(signature));
  return model.surroundings(parts).variables;
}

/// The CRC of all values one after the other, by name.
std::uint32_t crc_of(const VariableValues& values) {
  std::uint32_t crc = 0;
  for (const auto& [name, value] : values) crc = formats::crc32c(value.data.view(), crc);
  return crc;
}

struct Row {
  const char* folder;
  std::size_t variables;
  /// Of the values that TensorFlow 2.21 reads for the same handles.
  std::uint32_t crc;
};

TEST_CASE("variables of SavedModels have the values that TensorFlow reads" * doctest::skip(shared() == nullptr)) {
  static constexpr Row kRows[] = {
      {"corpus/models/serving_half_plus_two_cpu", 5, 2704547233u},
      {"corpus/models/serving_half_plus_two_tf2", 3, 1112706215u},
      {"corpus/models/t2o_regression_savedmodel", 2, 3920122834u},
      {"corpus/models/tiny_kws", 56, 1081783584u},
      {"scenarios/01_keras_mnist_cnn/k2_small_savedmodel", 8, 65769610u},
      {"scenarios/01_keras_mnist_cnn/k3_small_savedmodel", 8, 2457474588u},
      {"scenarios/02_savedmodel_optimizations/k2_saved_model/1", 8, 515399540u},
      {"scenarios/02_savedmodel_optimizations/k3_export", 8, 2014928151u},
      {"scenarios/02_savedmodel_optimizations/k3_saved_model/1", 8, 2014928151u},
      {"scenarios/03_full_integer/k2_lstm_saved_model", 5, 1159416891u},
      {"scenarios/03_full_integer/k3_lstm_export", 5, 1159416891u},
      {"scenarios/03_full_integer/k3_lstm_saved_model", 5, 1159416891u},
      {"scenarios/08_concrete_functions/k2_keras_saved_model", 8, 695708465u},
      {"scenarios/08_concrete_functions/k3_export_archive", 8, 695708465u},
      {"scenarios/08_concrete_functions/k3_keras_saved_model", 8, 695708465u},
      {"scenarios/08_concrete_functions/tf215_module", 2, 144168986u},
      {"scenarios/08_concrete_functions/tf215_module_state", 1, 3167049278u},
      {"scenarios/08_concrete_functions/tf221_module", 2, 144168986u},
      {"scenarios/08_concrete_functions/tf221_module_state", 1, 3167049278u},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.folder);
    const VariableValues values = values_of(row.folder);
    CHECK(values.size() == row.variables);
    CHECK(crc_of(values) == row.crc);
  }
}

TEST_CASE("a Keras 3 model that tf.saved_model.save wrote binds the values of its export" *
          doctest::skip(shared() == nullptr)) {
  const VariableValues saved = values_of("scenarios/02_savedmodel_optimizations/k3_saved_model/1");
  const VariableValues exported = values_of("scenarios/02_savedmodel_optimizations/k3_export");
  REQUIRE(saved.size() == 8);
  for (const auto& [name, value] : saved) {
    CAPTURE(name);
    CHECK(value.data == exported.at(name + "_1").data);
  }
  CHECK_FALSE(saved.at("sequential/dense/kernel").data == saved.at("sequential/dense_1/kernel").data);
}

TEST_CASE("a checkpoint folder gives the newest values for the graph beside them" *
          doctest::skip(shared() == nullptr)) {
  const std::string folder = path_of("scenarios/05_tf1_graphs/model_dir");
  const CheckpointGraph newest = open_checkpoint({folder, {}, {}, {}, {"rescnn/ln"}});
  const CheckpointGraph older = open_checkpoint({folder + "/model.ckpt-240", {}, {}, {}, {"rescnn/ln"}});
  const VariableValues& values = newest.surroundings.variables;
  CHECK(values.size() > 4);
  CHECK(values.size() == older.surroundings.variables.size());
  CHECK(crc_of(values) != crc_of(older.surroundings.variables));
  const formats::Checkpoint checkpoint = formats::Checkpoint::open(folder + "/model.ckpt-320");
  for (const auto& [name, value] : values) CHECK(value.data == checkpoint.read(name).data);
}

}  // namespace
}  // namespace litesmith::importers::saved_model
