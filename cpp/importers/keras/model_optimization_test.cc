#include <doctest/doctest.h>

#include <cmath>

#include "importers/keras/test_record.h"

namespace litesmith::importers::keras {
namespace {

using namespace test;

/// A wrapper around a Dense layer of two inputs and two units without bias.
std::string wrapped(const std::string& wrapper, const std::string& weights, const std::string& activation = "linear") {
  const std::string config =
      concat(R"("layer":{"class_name":"Dense","config":{"units":2,"use_bias":false,"activation":)",
             activation == "linear" ? R"("linear")" : activation, "}}");
  return layer(wrapper, config, R"({"name":"kernel","index":0})" + weights);
}

const std::string kRange = R"(,{"name":"kernel_min","index":1},{"name":"kernel_max","index":2})";

TEST_CASE("a quantization wrapper leaves its layer's weights on the learnt grid, and their step with the constant") {
  const std::vector<WeightView> weights{weight({2, 2}, {0.5F, -1.27F, 0.014F, 2.0F}), weight({}, {-1.27F}),
                                        weight({}, {1.27F})};
  const auto imported = import_keras(chain("[null,2]", {wrapped("QuantizeWrapperV2", kRange)}, 2), weights);
  const ir::Graph& graph = imported.model.main();
  REQUIRE(operators(graph) == Names{"FULLY_CONNECTED"});
  const ir::Tensor& kernel = graph.tensor(graph.nodes[0].input(1));
  REQUIRE(kernel.quantization.scales.size() == 1);
  CHECK(kernel.quantization.scales[0] == doctest::Approx(0.01).epsilon(1e-6));
  const std::vector<float> values = kernel.data->to_vector<float>();
  const std::vector<float> expected{0.5F, 0.01F, -1.27F, 1.27F};  // 2.0 is beyond the range
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == doctest::Approx(expected[i]).epsilon(1e-6));
  CHECK(graph.nodes[0].origins == std::vector<std::string>{"layer"});
}

TEST_CASE("learnt ranges of activations and results become QUANTIZE and DEQUANTIZE around zero-preserving grids") {
  const std::string aware = R"({"class_name":"QuantizeAwareActivation","config":{"activation":"relu"}})";
  const std::string ranges = R"(,{"name":"post_activation_min","index":1},{"name":"post_activation_max","index":2})";
  const std::vector<WeightView> weights{zeros({2, 2}), weight({}, {-1.0F}), weight({}, {4.1F})};
  const auto imported = import_keras(chain("[null,2]", {wrapped("QuantizeWrapperV2", ranges, aware)}, 2), weights);
  const ir::Graph& graph = imported.model.main();
  REQUIRE(operators(graph) == Names{"FULLY_CONNECTED", "RELU", "QUANTIZE", "DEQUANTIZE"});
  const ir::Tensor& integers = graph.tensor(graph.nodes[2].output());
  CHECK(integers.dtype == DType::uint8);
  CHECK(integers.quantization.scales[0] == doctest::Approx(0.02).epsilon(1e-6));
  CHECK(integers.quantization.zero_points[0] == 50);
}

TEST_CASE("a range per channel keeps a step per output channel") {
  const std::string conv =
      layer("QuantizeWrapperV2",
            R"("layer":{"class_name":"Conv2D","config":{"filters":2,"kernel_size":[1,1],"use_bias":false}})",
            R"({"name":"kernel","index":0})" + kRange);
  const std::vector<WeightView> weights{weight({1, 1, 1, 2}, {1, 5}), weight({2}, {-1.27F, -12.7F}),
                                        weight({2}, {1.27F, 12.7F})};
  const auto imported = import_keras(chain("[null,4,4,1]", {conv}, 2), weights);
  const ir::Graph& graph = imported.model.main();
  const ir::Quantization& steps = graph.tensor(graph.nodes[0].input(1)).quantization;
  REQUIRE(steps.scales.size() == 2);
  CHECK(steps.dimension == 0);
  CHECK(steps.scales[1] == doctest::Approx(0.1).epsilon(1e-6));
}

TEST_CASE("pruning multiplies by the mask, clustering takes the nearest centroid") {
  const std::vector<WeightView> pruned{weight({2, 2}, {1, 2, 3, 4}), weight({2, 2}, {1, 0, 0, 1})};
  const auto values = [](const std::string& text, const std::vector<WeightView>& weights) {
    const auto imported = import_keras(chain("[null,2]", {text}, 2), weights);
    const ir::Graph& graph = imported.model.main();
    return graph.tensor(graph.nodes[0].input(1)).data->to_vector<float>();
  };
  CHECK(values(wrapped("PruneLowMagnitude", R"(,{"name":"mask","index":1})"), pruned) ==
        std::vector<float>{1, 0, 0, 4});
  const std::vector<WeightView> clustered{weight({2, 2}, {0.9F, 2.2F, -1, 1.4F}), weight({2}, {1, 2})};
  CHECK(values(wrapped("ClusterWeights", R"(,{"name":"cluster_centroids_kernel","index":1})"), clustered) ==
        std::vector<float>{1, 1, 2, 1});
}

TEST_CASE("an untrained range and a wrapped layer without conversion are refused with the way out") {
  const std::vector<WeightView> untrained{zeros({2, 2}), weight({}, {0}), weight({}, {0})};
  const std::string range = refusal(chain("[null,2]", {wrapped("QuantizeWrapperV2", kRange)}, 2), untrained);
  for (const char* part : {"'layer'", "0 to 0", "'kernel'", "train"}) CHECK(range.find(part) != std::string::npos);
  const std::string lambda = layer("QuantizeWrapperV2", R"("layer":{"class_name":"Lambda","config":{}})");
  CHECK(refusal(chain("[null,2]", {lambda}, 2)).find("Python code") != std::string::npos);
}

}  // namespace
}  // namespace litesmith::importers::keras
