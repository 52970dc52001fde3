#include <algorithm>

#include "ops/activation/activation.h"
#include "ops/op_def.h"
#include "passes/pattern.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

/// A way to write slope(x): x is place 0, the constant place 1.
struct Slope {
  Pattern pattern;
  /// The slope is the constant times this.
  float factor = 1;
  /// Holds only for slopes from 0 to 1.
  bool is_contraction = false;
};

const std::vector<Slope>& slopes() {
  static const std::vector<Slope> kSlopes = [] {
    const Pattern x = place(0), a = constant(1), zero = number(0);
    const Pattern ax = op("MUL", {a, x});
    const auto select = [](const Pattern& condition, const Pattern& yes, const Pattern& no) {
      return any_of({op("SELECT_V2", {condition, yes, no}), op("SELECT", {condition, yes, no})});
    };
    const Pattern positive = any_of({op("GREATER", {x, zero}), op("GREATER_EQUAL", {x, zero})});
    const Pattern negative = any_of({op("LESS", {x, zero}), op("LESS_EQUAL", {x, zero})});
    const Pattern above = op("RELU", {x});
    const Pattern below = op("RELU", {op("NEG", {x})});
    const Pattern minimum = any_of({op("MINIMUM", {x, zero}), op("NEG", {below})});
    const Pattern twice_minimum = op("SUB", {x, op("ABS", {x})});
    return std::vector<Slope>{
        {op("MAXIMUM", {x, ax}), 1, true},
        {select(positive, x, ax)},
        {select(negative, ax, x)},
        {op("SUB", {above, op("MUL", {a, below})})},
        {op("ADD", {above, op("NEG", {op("MUL", {a, below})})})},
        {op("ADD", {above, op("MUL", {a, minimum})})},
        {op("ADD", {above, op("MUL", {a, below})}), -1},
        {op("ADD", {above, product(0.5, a, twice_minimum)})},
        {op("ADD", {above, op("MUL", {a, twice_minimum})}), 2},
    };
  }();
  return kSlopes;
}

/// The slopes of PRELU broadcast to one sample and are the same for all of them.
bool broadcasts_to_sample(const Shape& slopes, const Shape& x) {
  const int rank = slopes.rank();
  if (rank > x.rank() || (rank == x.rank() && rank > 0 && slopes[0] != 1)) return false;
  for (int i = 1; i <= rank; ++i)
    if (slopes.back(i) != 1 && slopes.back(i) != x.back(i)) return false;
  return true;
}

}  // namespace

std::optional<ir::Patch> recognize_slopes(const Site& site) {
  if (site.node().outputs.size() != 1 || site.output().dtype != DType::float32) return std::nullopt;
  for (const Slope& slope : slopes()) {
    const auto found = match(slope.pattern, site);
    if (!found) continue;
    const ir::Tensor& x = site.graph.tensor(found->tensors[0]);
    ir::Tensor constant = site.graph.tensor(found->tensors[1]);
    if (!x.shape.has_rank() || x.shape != site.output().shape || constant.sparsity != nullptr ||
        !constant.quantization.empty())
      continue;
    std::vector<float> values = constant.data->to_vector<float>();
    for (float& value : values) value *= slope.factor;
    const auto contracts = [](float a) { return a >= 0 && a <= 1; };
    if (slope.is_contraction && !std::all_of(values.begin(), values.end(), contracts)) continue;
    ir::Patch patch(site.graph);
    ir::Node node;
    if (values.size() == 1) {
      node = ops::make_node("LEAKY_RELU", ops::LeakyReluAttrs{values[0]}, {found->tensors[0]}, site.node().outputs);
    } else if (broadcasts_to_sample(constant.shape, x.shape)) {
      constant.data = Bytes::copy_of(std::span<const float>(values));
      if (constant.shape.rank() == x.shape.rank()) constant.shape.dims().erase(constant.shape.dims().begin());
      node =
          ops::make_node("PRELU", {}, {found->tensors[0], patch.add_tensor(std::move(constant))}, site.node().outputs);
    } else {
      continue;
    }
    node.origins = origins_of(site, *found);
    patch.replace_node(site.id, std::move(node));
    return patch;
  }
  return std::nullopt;
}

}  // namespace litesmith::passes
