#include "tflite/origins.h"

#include <doctest/doctest.h>

#include "base/error.h"

namespace litesmith::tflite {
namespace {

using Paths = std::vector<std::string>;

ir::Model model_of(const std::vector<std::vector<Paths>>& graphs) {
  ir::Model model;
  for (const auto& nodes : graphs) {
    model.graphs.emplace_back();
    for (const Paths& origins : nodes) model.graphs.back().nodes.push_back({.origins = origins});
  }
  return model;
}

const std::vector<std::vector<Paths>> kOrigins = {{{"net/a"}, {}, {"net/a", "net/ab/c"}}, {{"other"}, {"net/a"}}};

TEST_CASE("origins survive encoding") {
  const std::vector<std::byte> bytes = encode_origins(model_of(kOrigins));
  ir::Model model = model_of({{{}, {}, {}}, {{}, {}}});
  CHECK(decode_origins(bytes, model));
  for (std::size_t g = 0; g < kOrigins.size(); ++g)
    for (std::size_t n = 0; n < kOrigins[g].size(); ++n) CHECK(model.graphs[g].nodes[n].origins == kOrigins[g][n]);
  CHECK(encode_origins(model_of({{{}, {}}})).empty());
}

TEST_CASE("origins of a model that another program changed are left alone") {
  const std::vector<std::byte> bytes = encode_origins(model_of(kOrigins));
  ir::Model fewer_nodes = model_of({{{"mine"}, {}}, {{}, {}}});
  CHECK_FALSE(decode_origins(bytes, fewer_nodes));
  CHECK(fewer_nodes.graphs[0].nodes[0].origins == Paths{"mine"});
  ir::Model fewer_graphs = model_of({{{}, {}, {}}});
  CHECK_FALSE(decode_origins(bytes, fewer_graphs));
}

TEST_CASE("damaged origins end in an error or in a decision, never outside the bytes") {
  const std::vector<std::byte> good = encode_origins(model_of(kOrigins));
  int refused = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int value : {0, 1, 0x7f, 0x80, 0xff}) {
      std::vector<std::byte> bytes = good;
      bytes[at] = static_cast<std::byte>(value);
      ir::Model model = model_of({{{}, {}, {}}, {{}, {}}});
      try {
        decode_origins(bytes, model);
        decode_origins(std::span(bytes).first(at), model);
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::value);
        ++refused;
      }
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("a few bytes cannot stand for endless text") {
  std::vector<std::byte> bytes = {std::byte{1}};
  const auto put = [&](std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) bytes.push_back(static_cast<std::byte>(number & 0x7f) | std::byte{0x80});
    bytes.push_back(static_cast<std::byte>(number));
  };
  put(100'001);
  put(0);
  put(16'000);
  bytes.insert(bytes.end(), 16'000, std::byte{'a'});
  for (int i = 0; i < 100'000; ++i) {
    put(16'000);
    put(0);
  }
  put(0);
  ir::Model model;
  CHECK_THROWS_AS(decode_origins(bytes, model), Error);
}

TEST_CASE("layer paths are the folders of TensorFlow's fused names") {
  const struct {
    const char* name;
    Paths paths;
  } rows[] = {
      {"net/d1/MatMul;net/d1/Relu;net/d1/BiasAdd", {"net/d1"}},
      {"net/conv/Conv2D;net/bn/add", {"net/conv", "net/bn"}},
      {"StatefulPartitionedCall:0", {"StatefulPartitionedCall"}},
      {"softmax", {"softmax"}},
      {"", {}},
      {";;/;", {}},
      {"a/b:0;c", {"a", "c"}},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    CHECK(origins_from_name(row.name) == row.paths);
  }
}

}  // namespace
}  // namespace litesmith::tflite
