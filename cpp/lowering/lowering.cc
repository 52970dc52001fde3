#include "lowering/lowering.h"

#include "base/error.h"
#include "ir/verify.h"
#include "ops/op_def.h"
#include "ops/remove_dead.h"

namespace litesmith::lowering {
namespace {

constexpr passes::Pass kRules[] = {
    {"lower_batch_normalization", "what could not be folded into a neighbour", lower_batch_normalization},
    {"lower_erf", "what is not part of GELU", lower_erf},
    {"add_zero_bias", "after folding, which adds biases itself", add_zero_bias},
    {"drop_zero_bias", "after folding, which may leave zeros", drop_zero_bias},
};

}  // namespace

void lower(ir::Model& model) {
  passes::run(kRules, model);
  share_constants(model);
  name_interface(model);
  ops::remove_dead(model);
  ops::remove_unreached_graphs(model);
  ir::verify(model, "after lowering");
  verify_lowered(model);
}

void verify_lowered(const ir::Model& model) {
  std::string list;
  for (const ir::Graph& graph : model.graphs)
    for (const ir::Node& node : graph.nodes)
      if (ops::def(node).builtin_code < 0) list += "\n  " + ir::describe(node);
  if (!list.empty()) fail(ErrorKind::unsupported, "these operators have no TFLite form:", list);
}

}  // namespace litesmith::lowering
