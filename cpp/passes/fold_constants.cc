#include "ops/evaluate.h"
#include "passes/learnt_steps.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

/// A folded constant may be this much larger than what it was computed from before folding bloats the file.
constexpr std::size_t kFreeBytes = 4096;

bool is_foldable(const Site& site) {
  const ops::OpDef& op = ops::def(site.node());
  if (!op.foldable || op.builtin_code < 0 || (op.prepare == nullptr && op.host == nullptr)) return false;
  if (site.node().inputs.empty() || site.node().outputs.empty()) return false;
  for (const ir::TensorId id : site.node().inputs) {
    if (id == ir::kAbsent) continue;
    const ir::Tensor& tensor = site.graph.tensor(id);
    if (!tensor.is_constant() || tensor.sparsity != nullptr) return false;
    // integers of which nothing else is known stay what the file will hold
    if (!tensor.quantization.empty() && tensor.dtype != DType::float32 && !gives_learnt_steps(site)) return false;
  }
  return true;
}

}  // namespace

std::optional<ir::Patch> fold_constants(const Site& site) {
  if (!is_foldable(site)) return std::nullopt;
  std::vector<ops::EvaluationInput> inputs;
  std::size_t input_bytes = 0;
  for (const ir::TensorId id : site.node().inputs) {
    if (id == ir::kAbsent) {
      inputs.push_back({.tensor = {}, .data = {}, .constant = true, .absent = true});
      continue;
    }
    const ir::Tensor& tensor = site.graph.tensor(id);
    inputs.push_back({.tensor = tensor, .data = *tensor.data, .constant = true, .absent = false});
    input_bytes += tensor.data->size();
  }
  std::vector<ir::Tensor> declared;
  for (const ir::TensorId id : site.node().outputs) declared.push_back(site.graph.tensor(id));
  const auto results = ops::evaluate(site.node(), inputs, declared, {simd::active_isa(), ops::Arithmetic::litert, 1});

  ir::Patch patch(site.graph);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].data.size() > 2 * input_bytes + kFreeBytes) return std::nullopt;
    ir::Tensor tensor = declared[i];
    tensor.dtype = results[i].dtype;
    tensor.shape = results[i].shape;
    tensor.data = Bytes::take(results[i].data);
    if (tensor.dtype == DType::float32) tensor.quantization = steps_of_result(site, tensor.shape);
    patch.replace_tensor(site.node().outputs[i], std::move(tensor));
  }
  patch.drop_node(site.id);
  return patch;
}

}  // namespace litesmith::passes
