#include "quantization/schemes/static_scheme.h"

#include <algorithm>

#include "base/error.h"
#include "ops/remove_dead.h"
#include "passes/pass.h"
#include "quantization/learnt_forms.h"
#include "quantization/schemes/int16x8.h"
#include "quantization/schemes/int8.h"
#include "quantization/schemes/recurrent_forms.h"
#include "quantization/schemes/stated_ranges.h"

namespace litesmith::quantization {
namespace {

constexpr int kUint8Offset = 128;

bool is_entry(const ir::Model& model, std::size_t graph) {
  return graph == 0 || std::ranges::any_of(model.signatures, [&](const ir::Signature& signature) {
           return static_cast<std::size_t>(signature.graph) == graph;
         });
}

/// Nodes of the second plan join the first.
void join(const ir::Graph& graph, StaticPlan& plan, const StaticPlan& other) {
  const ir::Uses uses(graph);
  for (std::size_t n = 0; n < other.is_integer.size(); ++n)
    if (other.is_integer[n]) plan.forms.operands[n] = other.forms.operands[n];
  for (std::size_t t = 0; t < plan.forms.tensors.size(); ++t) {
    const ir::NodeId producer = uses.producer(static_cast<ir::TensorId>(t));
    const bool is_others = producer >= 0 && other.is_integer[static_cast<std::size_t>(producer)];
    if (is_others || plan.forms.tensors[t].integer.is_float()) plan.forms.tensors[t] = other.forms.tensors[t];
  }
}

/// The form at the edge of the graph, when the caller wants integers of this type.
Form edge_form(const ir::Tensor& tensor, const TensorForms& forms, DType wanted, const char* edge) {
  if (wanted == DType::float32) return {};
  if (wanted == DType::int16 && forms.integer.dtype != DType::int16 && tensor.dtype == DType::float32)
    fail(ErrorKind::value, "the ", edge, " '", tensor.name,
         "' stays float32, since the operator at this edge has no "
         "int16 form; leave inference_",
         edge, "_type at float32");
  Form form = forms.integer;
  if (wanted == DType::uint8 && form.dtype == DType::int8) {
    form.dtype = DType::uint8;
    form.quantization.zero_points.front() += kUint8Offset;
  }
  return form;
}

void set_edges(const ir::Graph& graph, const Policy& policy, GraphForms& forms) {
  for (const ir::TensorId id : graph.inputs) {
    TensorForms& own = forms.tensors[static_cast<std::size_t>(id)];
    own.produced = edge_form(graph.tensor(id), own, policy.input_type, "input");
  }
  for (std::size_t o = 0; o < graph.outputs.size(); ++o) {
    const ir::TensorId id = graph.outputs[o];
    if (!graph.tensor(id).is_constant())
      forms.outputs[o] =
          edge_form(graph.tensor(id), forms.tensors[static_cast<std::size_t>(id)], policy.output_type, "output");
  }
}

void quantize_graph(ir::Model& model, std::size_t index, const Ranges& ranges, const LearntForms& learnt,
                    const Policy& policy) {
  const std::set<Mode> modes = modes_in(policy);
  StaticPlan plan{float_forms(model.graphs[index]), {}};
  if (modes.contains(Mode::int8)) {
    plan = plan_int8(model, index, ranges, learnt, policy);
    set_recurrent_forms(model.graphs[index], index, ranges, plan);
  }
  if (modes.contains(Mode::int16x8)) {
    const StaticPlan wide = plan_int16x8(model, index, with_learnt_ranges(ranges, learnt), policy);
    join(model.graphs[index], plan, wide);
    set_int16_attributes(model.graphs[index], wide.is_integer, policy);
  }
  if (policy.integer_type == DType::uint8) make_unsigned(plan.forms);
  if (is_entry(model, index)) set_edges(model.graphs[index], policy, plan.forms);
  apply(plan.forms, modes.contains(Mode::int8) ? Placement::after_producer : Placement::before_reader, model, index);
}

}  // namespace

ir::Model quantize_static(const ir::Model& model, const Ranges& ranges, const Policy& policy) {
  if (!policy.allow_float) require_int16x8(model, policy);
  ir::Model result = model;
  LearntForms learnt = take_learnt_forms(result);
  if (policy.stated) add_input_statistics(result, policy, learnt);
  for (std::size_t index = 0; index < result.graphs.size(); ++index)
    quantize_graph(result, index, ranges, learnt, policy);
  ops::remove_dead(result);
  passes::infer_shapes(result, "after quantization");
  return result;
}

}  // namespace litesmith::quantization
