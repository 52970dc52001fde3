#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "importers/keras/importer.h"

/// Small records for tests.
namespace litesmith::importers::keras::test {

inline WeightView weight(Shape shape, std::vector<float> values) {
  return {DType::float32, std::move(shape), Bytes::copy_of<float>(values)};
}

inline WeightView zeros(Shape shape) {
  const auto count = static_cast<std::size_t>(elements(shape));
  return weight(std::move(shape), std::vector<float>(count));
}

/// A record with one input of the given shape and layers called one after the other. Each layer: its JSON without path.
inline std::string chain(const std::string& shape, const std::vector<std::string>& layers, int keras_major = 3) {
  std::string all = R"({"name":"x","class_name":"InputLayer","config":{},"weights":[]})";
  std::string calls = R"({"layer":0,"inputs":[],"args":[],"kwargs":{}})";
  for (std::size_t i = 0; i < layers.size(); ++i) {
    all += "," + layers[i];
    calls += concat(R"(,{"layer":)", i + 1, R"(,"inputs":[[)", i, R"(,0]],"args":[{"tensor":0}],"kwargs":{}})");
  }
  return concat(R"({"keras_version":"","keras_major":)", keras_major, R"(,"name":"m","notices":[],"layers":[)", all,
                R"(],"calls":[)", calls, R"(],"inputs":[{"call":0,"name":"x","shape":)", shape,
                R"(,"dtype":"float32"}],"outputs":[{"call":)", layers.size(), R"(,"tensor":0,"name":"y"}]})");
}

inline std::string layer(const std::string& class_name, const std::string& config, const std::string& weights = "") {
  return concat(R"({"name":"layer","class_name":")", class_name, R"(","config":{)", config, R"(},"weights":[)", weights,
                "]}");
}

inline std::string refusal(const std::string& json, const std::vector<WeightView>& weights = {}) {
  try {
    static_cast<void>(import_keras(json, weights));
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

inline std::vector<std::string_view> operators(const ir::Graph& graph) {
  std::vector<std::string_view> names;
  for (const ir::Node& node : graph.nodes) names.push_back(node.op->name);
  return names;
}

using Names = std::vector<std::string_view>;

}  // namespace litesmith::importers::keras::test
