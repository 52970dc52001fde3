#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "ir/model.h"

namespace litesmith::testing {

/// A graph under construction with seeded weights.
class Net {
 public:
  explicit Net(Shape input);
  ir::Graph& graph() { return model.graphs[0]; }
  ir::TensorId tensor(const std::string& name, Shape shape);
  ir::TensorId floats(const std::vector<float>& values, Shape shape);
  ir::TensorId number(float value) { return floats({value}, {}); }
  ir::TensorId weights(const Shape& shape, float low = -1, float high = 1);
  ir::TensorId ints(const std::vector<std::int32_t>& values, const Shape& shape);
  ir::TensorId add(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> inputs);
  /// The results of an operator that has `count` of them.
  std::vector<ir::TensorId> add_many(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> inputs, int count);
  ir::TensorId batch_normalization(ir::TensorId input, std::int32_t channels, std::int32_t axis);

  ir::Model model;
  ir::TensorId x = ir::kAbsent;
  /// Inputs are fed with values in [-amplitude, amplitude].
  float amplitude = 1;

 private:
  std::mt19937 random_{5};
};

/// The result of a model with one input and one output for seeded values.
std::vector<float> run(const ir::Model& model, const Shape& input, float amplitude);

/// Runs the model lowered without and with the pipeline; the results must agree to `tolerance` of the largest one.
/// Returns the optimised model.
ir::Model optimise_and_compare(Net& net, ir::TensorId output, const Shape& input, double tolerance = 1e-5);

/// Operators of the main graph.
using Names = std::vector<std::string>;
Names names(const ir::Model& model);

}  // namespace litesmith::testing
