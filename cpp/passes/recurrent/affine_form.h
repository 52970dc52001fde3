#pragma once

#include <map>
#include <optional>
#include <vector>

#include "passes/pass.h"

namespace litesmith::passes {

/// y[b, j] = bias[j] + sum of products[s][j, :] . s[b, :] + sum of factors[s][j] * s[b, j] over tensors s of the graph.
struct AffineForm {
  /// Rows as FULLY_CONNECTED has them, `count` times the last dimension of the tensor.
  std::map<ir::TensorId, std::vector<float>> products{};
  std::map<ir::TensorId, std::vector<float>> factors{};
  std::vector<double> bias{};
  /// The nodes that the form replaces.
  std::vector<ir::NodeId> nodes{};
};

/// How a result [batch, count] follows from others by ADD, FULLY_CONNECTED, MUL by constants, SPLIT and CONCATENATION
/// along the last axis. nullopt where it does not.
std::optional<AffineForm> affine_form(const ir::Model& model, const ir::Graph& graph, const ir::Uses& uses,
                                      ir::TensorId y);

/// The values of a float32 constant that is stored plainly.
std::optional<std::vector<float>> plain_floats(const ir::Tensor& tensor);

}  // namespace litesmith::passes
