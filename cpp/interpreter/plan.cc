#include "interpreter/plan.h"

#include <algorithm>

#include "interpreter/layout.h"
#include "ops/evaluate.h"
#include "ops/opaque.h"
#include "ops/recurrent/state_shapes.h"

namespace litesmith::interpreter {
namespace {

/// Folding may make constants this much bigger (int4 to float32), plus room for shapes.
constexpr std::size_t kFoldGrowth = 8;
constexpr std::size_t kFoldFloor = 1 << 16;

class Planner {
 public:
  Planner(const ir::Graph& graph, std::vector<Known>& known, const Options& options, PlanCache& cache)
      : graph_(graph), known_(known), options_(options), cache_(cache), layout_(graph, cache) {}

  Segment plan(ir::NodeId first) {
    const auto count = static_cast<ir::NodeId>(graph_.nodes.size());
    for (ir::NodeId n = first; n < count && segment_.host < 0; ++n) {
      try {
        visit(n);
      } catch (Error& error) {
        if (error.kind() != ErrorKind::limit) error.set_kind(ErrorKind::runtime);
        throw error.add_context(concat("Node number ", n, " (", ops::shown_name(node(n)), ") failed to prepare."));
      }
    }
    layout_.finish(segment_);
    return std::move(segment_);
  }

 private:
  const ir::Node& node(ir::NodeId n) const { return graph_.nodes[static_cast<std::size_t>(n)]; }
  Known& known(ir::TensorId id) { return known_[static_cast<std::size_t>(id)]; }

  ops::TensorInfo info(ir::TensorId id) {
    const ir::Tensor& tensor = graph_.tensor(id);
    Known& state = known(id);
    return {.name = tensor.name,
            .dtype = state.dtype,
            .shape = state.shape,
            .quantization = &tensor.quantization,
            .data = state.value ? &*state.value : nullptr,
            .is_variable = tensor.is_variable};
  }

  void gather(const ir::Node& node) {
    operands_.clear();
    inputs_.clear();
    outputs_.clear();
    operands_.reserve(node.inputs.size());
    for (const ir::TensorId id : node.inputs) {
      if (id == ir::kAbsent) {
        inputs_.push_back(nullptr);
        continue;
      }
      if (!known(id).defined)
        fail(ErrorKind::value, describe(node), ": its operand '", graph_.tensor(id).name, "' is written by nothing");
      operands_.push_back(info(id));
      inputs_.push_back(&operands_.back());
    }
    for (const ir::TensorId id : node.outputs) {
      if (id == ir::kAbsent) fail(ErrorKind::value, describe(node), ": a result is missing");
      outputs_.push_back(info(id));
      // What graphs and variables give follows from no declaration.
      if (ops::def(node).stateful) outputs_.back().shape = Shape::unknown_rank();
    }
  }

  void infer(const ir::Node& node) {
    ops::InferContext context(node, inputs_, outputs_);
    ops::check_operands(context);
    if (context.op().infer != nullptr) context.op().infer(context);
  }

  /// States of recurrent operators follow the batch of their input.
  void fit_states(const ir::Node& node) {
    const auto shapes = ops::recurrent::state_shapes(ops::NodeView(node, inputs_));
    if (shapes.empty()) return;
    for (const auto& [operand, shape] : shapes) {
      const ir::TensorId id = node.inputs[static_cast<std::size_t>(operand)];
      known(id).shape = shape;
      segment_.variable_shapes.emplace_back(id, shape);
    }
    gather(node);
  }

  void visit(ir::NodeId n) {
    const ir::Node& it = node(n);
    const ops::OpDef& op = ops::def(it);
    gather(it);
    fit_states(it);
    infer(it);
    const bool is_static =
        std::all_of(outputs_.begin(), outputs_.end(), [](const ops::TensorInfo& o) { return o.shape.is_static(); });
    const bool has_bytes = std::all_of(operands_.begin(), operands_.end(), is_plain) &&
                           std::all_of(outputs_.begin(), outputs_.end(), is_plain);
    if (is_static && has_bytes && op.foldable && fold(n)) return;
    if (is_static && op.is_view && layout_.view(n, outputs_[0], known_, segment_)) return define(it);
    if (is_static && has_bytes && op.prepare != nullptr) return add_step(n);
    if (op.host == nullptr)
      fail(ErrorKind::runtime, describe(it), ": the shape of its result ",
           "depends on values, which this operator does not support; results are ", describe_shapes());
    segment_.host = n;
    for (const ops::TensorInfo& output : outputs_) {
      segment_.host_types.push_back(output.dtype);
      segment_.host_shapes.push_back(output.shape);
    }
  }

  static bool is_plain(const ops::TensorInfo& info) { return bit_width(info.dtype) > 0; }

  std::string describe_shapes() const {
    std::string text;
    for (const ops::TensorInfo& output : outputs_)
      text += concat(text.empty() ? "" : ", ", "'", output.name, "' ", output.shape);
    return text;
  }

  void define(const ir::Node& node) {
    for (std::size_t i = 0; i < node.outputs.size(); ++i)
      known(node.outputs[i]) = {outputs_[i].dtype, outputs_[i].shape, std::nullopt, false, true};
  }

  void add_step(ir::NodeId n) {
    const ir::Node& it = node(n);
    segment_.steps.push_back({n, prepare(n)});
    segment_.scratch_bytes = std::max(segment_.scratch_bytes, segment_.steps.back().step.scratch_bytes);
    layout_.step(n, outputs_, known_, segment_);
    define(it);
  }

  /// The step of an earlier plan when neither shapes nor known operands changed, so that packed weights are kept.
  ops::Step prepare(ir::NodeId n) {
    const ir::Node& it = node(n);
    bool keeps = true;
    std::vector<Shape> shapes;
    for (const ir::TensorId id : it.inputs) {
      if (id == ir::kAbsent) continue;
      keeps = keeps && (!known(id).value || known(id).fixed);
      shapes.push_back(known(id).shape);
    }
    for (const ops::TensorInfo& output : outputs_) shapes.push_back(output.shape);
    PlanCache::Entry& entry = cache_.entry(n);
    if (keeps && entry.step && entry.shapes == shapes) return *entry.step;
    std::vector<const ops::TensorInfo*> inputs = inputs_;
    std::vector<ops::TensorInfo> intermediates;
    for (const ir::TensorId id : it.intermediates) intermediates.push_back(info(id));
    const int most = ops::def(it).inputs.most;
    if (!intermediates.empty() && most < ops::Arity::kAny) {
      inputs.resize(
          static_cast<std::size_t>(most));  // intermediates, whose scales kernels need, come after all operands
      for (const ops::TensorInfo& one : intermediates) inputs.push_back(&one);
    }
    ops::Step step = ops::def(it).prepare(ops::PrepareContext(it, inputs, outputs_, settings()));
    if (keeps) {
      entry.shapes = std::move(shapes);
      entry.step = step;
    }
    return step;
  }

  ops::PrepareContext::Settings settings() const { return {options_.isa, options_.arithmetic, options_.threads}; }

  bool worth_folding(const ops::OpDef& op) const {
    std::size_t bytes_in = 0;
    bool all_known = !operands_.empty();
    for (const ops::TensorInfo& operand : operands_) {
      all_known = all_known && operand.is_known();
      if (operand.is_known()) bytes_in += operand.data->size();
    }
    std::size_t bytes_out = 0;
    for (const ops::TensorInfo& output : outputs_) bytes_out += packed_bytes(output.dtype, elements(output.shape));
    return (all_known || op.reads_shapes_only) && op.prepare != nullptr &&
           bytes_out <= kFoldGrowth * bytes_in + kFoldFloor;
  }

  bool fold(ir::NodeId n) {
    const ir::Node& it = node(n);
    if (!worth_folding(ops::def(it))) return false;
    bool fixed = true;
    for (const ir::TensorId id : it.inputs) fixed = fixed && (id == ir::kAbsent || known(id).fixed);
    PlanCache::Entry& entry = cache_.entry(n);
    std::vector<Bytes> values;
    if (ops::def(it).is_view && bit_width(outputs_[0].dtype) > 0) {
      values = {*known(it.input(0)).value};
    } else if (fixed && entry.folded) {
      values = *entry.folded;
    } else {
      for (ops::EvaluationResult& result : evaluate(it)) values.push_back(Bytes::take(std::move(result.data)));
      if (fixed) entry.folded = values;
    }
    for (std::size_t i = 0; i < it.outputs.size(); ++i) {
      known(it.outputs[i]) = {outputs_[i].dtype, outputs_[i].shape, values[i], fixed, true};
      segment_.definitions.push_back({it.outputs[i], it.outputs[i], known(it.outputs[i]), values[i].size(), 0});
    }
    return true;
  }

  std::vector<ops::EvaluationResult> evaluate(const ir::Node& it) {
    std::vector<ops::EvaluationInput> inputs;
    for (const ir::TensorId id : it.inputs) {
      if (id == ir::kAbsent) {
        inputs.push_back({{}, {}, false, true});
        continue;
      }
      ops::EvaluationInput input{graph_.tensor(id), known(id).value.value_or(Bytes()), known(id).value.has_value(),
                                 false};
      input.tensor.dtype = known(id).dtype;
      input.tensor.shape = known(id).shape;
      input.tensor.sparsity = nullptr;
      inputs.push_back(std::move(input));
    }
    std::vector<ir::Tensor> declared;
    for (std::size_t i = 0; i < it.outputs.size(); ++i) {
      declared.push_back(graph_.tensor(it.outputs[i]));
      declared.back().dtype = outputs_[i].dtype;
      declared.back().shape = outputs_[i].shape;
    }
    return ops::evaluate(it, inputs, declared, settings());
  }

  const ir::Graph& graph_;
  std::vector<Known>& known_;
  const Options& options_;
  PlanCache& cache_;
  Layout layout_;
  Segment segment_;
  std::vector<ops::TensorInfo> operands_, outputs_;
  std::vector<const ops::TensorInfo*> inputs_;
};

}  // namespace

PlanCache::PlanCache(const ir::Graph& graph, bool preserve_all_tensors)
    : last_use_(graph.tensors.size(), preserve_all_tensors ? kForever : -1),
      is_output_(graph.tensors.size(), false),
      entries_(graph.nodes.size()) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    for (const ir::TensorId id : graph.nodes[n].inputs)
      if (id != ir::kAbsent)
        last_use_.at(static_cast<std::size_t>(id)) =
            std::max(last_use_[static_cast<std::size_t>(id)], static_cast<ir::NodeId>(n));
  for (const ir::TensorId id : graph.outputs) {
    is_output_.at(static_cast<std::size_t>(id)) = true;
    last_use_[static_cast<std::size_t>(id)] = kForever;
  }
}

Segment plan_segment(const ir::Graph& graph, ir::NodeId first, std::vector<Known>& known, const Options& options,
                     PlanCache& cache) {
  return Planner(graph, known, options, cache).plan(first);
}

std::string to_text(const Segment& segment, const ir::Graph& graph) {
  std::string text;
  for (const PlannedStep& planned : segment.steps)
    text += concat(planned.node, "  ", describe(graph.nodes[static_cast<std::size_t>(planned.node)]), "  ",
                   planned.step.kernel, "  ", simd::isa_name(planned.step.isa), "  tiles=", planned.step.tiles,
                   "  work=", planned.step.work, "\n");
  if (segment.host >= 0)
    text += concat(segment.host, "  ", describe(graph.nodes[static_cast<std::size_t>(segment.host)]), "  host\n");
  return text;
}

}  // namespace litesmith::interpreter
