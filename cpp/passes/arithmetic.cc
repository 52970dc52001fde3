#include <algorithm>
#include <optional>

#include "ops/elementwise_binary/elementwise_binary.h"
#include "ops/op_def.h"
#include "passes/pattern.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

/// Operators whose result is operand 0 when operand 1 is this number, or the other way round when they commute.
struct Neutral {
  std::string_view op;
  float number;
  bool commutes;
};
constexpr Neutral kNeutrals[] = {
    {"ADD", 0, true}, {"SUB", 0, false}, {"MUL", 1, true}, {"DIV", 1, false}, {"POW", 1, false},
};

/// Every element of a float32 or int32 constant is `number`.
bool is_all(const ir::Tensor& tensor, float number) {
  if (!tensor.is_constant() || tensor.sparsity != nullptr || !tensor.quantization.empty()) return false;
  const auto all = [number](const auto& values) {
    for (const auto value : values)
      if (static_cast<float>(value) != number) return false;
    return !values.empty();
  };
  if (tensor.dtype == DType::float32) return all(tensor.data->to_vector<float>());
  if (tensor.dtype == DType::int32) return all(tensor.data->to_vector<std::int32_t>());
  return tensor.dtype == DType::int64 && all(tensor.data->to_vector<std::int64_t>());
}

bool is_unfused(const Site& site) {
  const ops::FusedActivation& fused = ops::def(site.node()).fused_activation;
  return fused.get == nullptr || fused.get(site.node().attrs) == ops::Activation::none;
}

/// Every element lies between -1 and 1: a gate, or a part of one.
bool is_bounded(std::optional<Site> site) {
  constexpr std::string_view kParts[] = {"SPLIT", "SPLIT_V", "STRIDED_SLICE", "SLICE", "RESHAPE", "UNPACK"};
  for (int steps = 0; site && steps < 4; ++steps) {
    if (site->is("LOGISTIC") || site->is("TANH")) return true;
    if (std::find(std::begin(kParts), std::end(kParts), site->node().op->name) == std::end(kParts)) return false;
    const auto producer = site->producer_of(site->is("SPLIT") ? 1 : 0);
    site.reset();
    if (producer) site.emplace(*producer);
  }
  return false;
}

}  // namespace

/// The first step of an unrolled recurrent cell multiplies gates by a state of zeros.
std::optional<ir::Patch> multiply_by_zero(const Site& site) {
  if (!site.is("MUL") || !is_unfused(site) || !site.output().shape.is_static()) return std::nullopt;
  for (int operand = 0; operand < 2; ++operand) {
    const ir::Tensor& zeros = site.input(operand);
    if (zeros.shape != site.output().shape || !is_all(zeros, 0) || !is_bounded(site.producer_of(1 - operand))) continue;
    if (!site.may_redirect(site.node().input(operand))) continue;
    ir::Patch patch(site.graph);
    patch.redirect(site.node().output(), site.node().input(operand));
    patch.drop_node(site.id);
    return patch;
  }
  return std::nullopt;
}

std::optional<ir::Patch> remove_neutral(const Site& site) {
  for (const Neutral& row : kNeutrals) {
    if (!site.is(row.op) || !is_unfused(site)) continue;
    for (int operand = 0; operand < (row.commutes ? 2 : 1); ++operand) {
      const ir::Tensor& x = site.input(operand);
      if (!x.shape.has_rank() || x.shape != site.output().shape || !is_all(site.input(1 - operand), row.number))
        continue;
      if (!site.may_redirect(site.node().input(operand))) continue;
      ir::Patch patch(site.graph);
      patch.redirect(site.node().output(), site.node().input(operand));
      patch.drop_node(site.id);
      return patch;
    }
  }
  return std::nullopt;
}

std::optional<ir::Patch> divide_by_multiplying(const Site& site) {
  if (!site.is("DIV") || site.output().dtype != DType::float32 || !site.is_constant(1)) return std::nullopt;
  ir::Tensor divisor = site.input(1);
  if (divisor.dtype != DType::float32 || divisor.sparsity != nullptr || !divisor.quantization.empty())
    return std::nullopt;
  std::vector<float> values = divisor.data->to_vector<float>();
  for (float& value : values) {
    if (value == 0) return std::nullopt;
    value = 1 / value;
  }
  divisor.data = Bytes::copy_of(std::span<const float>(values));
  divisor.name += "/reciprocal";
  ir::Patch patch(site.graph);
  ir::Node node = site.node();
  node.op = &ops::op("MUL").identity;
  node.inputs[1] = patch.add_tensor(std::move(divisor));
  patch.replace_node(site.id, std::move(node));
  return patch;
}

}  // namespace litesmith::passes
