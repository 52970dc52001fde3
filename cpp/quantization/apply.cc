#include "quantization/apply.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "ops/op_def.h"
#include "quantization/weights.h"

namespace litesmith::quantization {
namespace {

std::size_t at(ir::TensorId id) { return static_cast<std::size_t>(id); }

/// A form in which a tensor exists, and the tensor that holds it.
struct Copy {
  Form form;
  ir::TensorId id;
};

class Rewriter {
 public:
  Rewriter(const GraphForms& forms, Placement placement, ir::Graph& graph)
      : forms_(forms),
        placement_(placement),
        graph_(graph),
        nodes_(std::exchange(graph.nodes, {})),
        readers_(graph.tensors.size()),
        copies_(graph.tensors.size()) {}

  void run() {
    collect_readers();
    for (std::size_t t = 0; t < forms_.tensors.size(); ++t) become_produced(t);
    emit_inputs();
    for (std::size_t n = 0; n < nodes_.size(); ++n) emit(n);
  }

  /// The graph's outputs in the forms that the caller gets, in order. Outputs keep their names.
  std::vector<ir::TensorId> emit_outputs() {
    std::vector<ir::TensorId> outputs = graph_.outputs;
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      const ir::TensorId id = graph_.outputs[o];
      if (is_constant(id) || forms_.outputs[o] == produced(id)) continue;
      outputs[o] = is_shared() ? shared(id, forms_.outputs[o], {}) : separate(id, forms_.outputs[o], {});
      take_name(outputs[o], id);
    }
    return outputs;
  }

 private:
  bool is_shared() const { return placement_ == Placement::after_producer; }
  const Form& produced(ir::TensorId id) const { return forms_.tensors[at(id)].produced; }
  const Form& integer(ir::TensorId id) const { return forms_.tensors[at(id)].integer; }
  bool is_constant(ir::TensorId id) const { return graph_.tensor(id).is_constant(); }
  bool is_input(ir::TensorId id) const { return std::ranges::find(graph_.inputs, id) != graph_.inputs.end(); }

  void collect_readers() {
    for (std::size_t n = 0; n < nodes_.size(); ++n)
      for (std::size_t i = 0; i < nodes_[n].inputs.size(); ++i)
        if (nodes_[n].inputs[i] != ir::kAbsent) readers_[at(nodes_[n].inputs[i])].push_back(forms_.operands[n][i]);
    for (std::size_t o = 0; o < graph_.outputs.size(); ++o)
      readers_[at(graph_.outputs[o])].push_back(forms_.outputs[o]);
  }

  void become_produced(std::size_t t) {
    const Form& form = forms_.tensors[t].produced;
    if (form.is_float()) return;
    graph_.tensors[t].dtype = form.dtype;
    graph_.tensors[t].quantization = form.quantization;
  }

  ir::TensorId add_copy(ir::TensorId id, const Form& form, const char* suffix) {
    ir::Tensor copy = graph_.tensor(id);
    copy.dtype = form.dtype;
    copy.quantization = form.quantization;
    copy.name += suffix;
    return graph_.add_tensor(std::move(copy));
  }

  static const char* suffix(const Form& from, const Form& to) {
    if (to.is_float()) return "_float";
    if (from.dtype == to.dtype) return "_requantized";
    return to.dtype == DType::int16 ? "_int16" : (to.dtype == DType::uint8 ? "_uint8" : "_int8");
  }

  Copy convert(const Copy& from, const Form& to, const std::vector<std::string>& origins) {
    const ir::TensorId id = add_copy(from.id, to, suffix(from.form, to));
    const char* name = to.is_float() ? "DEQUANTIZE" : "QUANTIZE";
    graph_.nodes.push_back(ops::make_node(name, {}, {from.id}, {id}, origins));
    return {to, id};
  }

  /// Whether the tensor becomes its own integers before it takes the form `to`.
  bool goes_through_integer(ir::TensorId id, const Form& to) const {
    if (integer(id).is_float() || to == integer(id) || produced(id) == integer(id)) return false;
    if (produced(id).dtype == DType::uint8 && integer(id).dtype == DType::int8) return !to.is_float();
    return produced(id).is_float() && (integer(id).dtype == to.dtype || to.dtype == DType::uint8);
  }

  ir::TensorId shared(ir::TensorId id, const Form& to, const std::vector<std::string>& origins) {
    if (to == produced(id)) return id;
    for (const Copy& copy : copies_[at(id)])
      if (copy.form == to) return copy.id;
    const Copy from =
        goes_through_integer(id, to) ? Copy{integer(id), shared(id, integer(id), origins)} : Copy{produced(id), id};
    copies_[at(id)].push_back(convert(from, to, origins));
    return copies_[at(id)].back().id;
  }

  /// A float input that was read as integers is read from these ever after.
  ir::TensorId separate(ir::TensorId id, const Form& to, const std::vector<std::string>& origins) {
    const bool was_integer = read_integers_.contains(id);
    if (to == produced(id) && !(to.is_float() && was_integer)) return id;
    Copy from{produced(id), id};
    if (is_input(id) && (!to.is_float() || was_integer)) from = {integer(id), shared(id, integer(id), origins)};
    if (!to.is_float()) read_integers_.insert(id);
    if (from.form == to) return from.id;
    if (goes_through_integer(id, to) && from.form.is_float()) from = convert(from, integer(id), origins);
    return convert(from, to, origins).id;
  }

  ir::TensorId constant(ir::TensorId id, const Form& to) {
    if (to.is_float()) return id;
    for (const Copy& copy : copies_[at(id)])
      if (copy.form == to) return copy.id;
    const ir::TensorId copy = add_copy(id, to, "");
    graph_.tensor(copy).data = quantized_values(graph_.tensor(id), to);
    copies_[at(id)].push_back({to, copy});
    return copy;
  }

  /// Integers first, then float32, in the order of the readers. uint8 beside int8 is for the outputs, at the end.
  void emit_conversions(ir::TensorId id, const std::vector<std::string>& origins) {
    for (const bool to_float : {false, true})
      for (const Form& form : readers_[at(id)])
        if (form.is_float() == to_float && (form.dtype != DType::uint8 || integer(id).dtype == DType::uint8))
          shared(id, form, origins);
  }

  void emit_inputs() {
    const auto wants_integers = [&](ir::TensorId id) {
      return std::ranges::any_of(readers_[at(id)], [](const Form& form) { return !form.is_float(); });
    };
    if (is_shared()) {
      for (const ir::TensorId id : graph_.inputs) emit_conversions(id, {});
    } else {
      for (auto id = graph_.inputs.rbegin(); id != graph_.inputs.rend(); ++id)
        if (produced(*id).is_float() && wants_integers(*id)) shared(*id, integer(*id), {});
    }
  }

  void emit(std::size_t n) {
    ir::Node node = std::move(nodes_[n]);
    // requantizations stand last, in reverse order
    const auto is_requantization = [&](std::size_t i) {
      const Form& form = forms_.operands[n][i];
      return !form.is_float() && !is_constant(node.inputs[i]) && form != integer(node.inputs[i]);
    };
    std::vector<std::size_t> last;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == ir::kAbsent) continue;
      if (!is_shared() && is_requantization(i))
        last.push_back(i);
      else
        replace_operand(node, n, i);
    }
    for (auto i = last.rbegin(); i != last.rend(); ++i) replace_operand(node, n, *i);
    const std::vector<ir::TensorId> outputs = node.outputs;
    const std::vector<std::string> origins = node.origins;
    graph_.nodes.push_back(std::move(node));
    if (!is_shared()) return;
    for (const ir::TensorId id : outputs)
      if (id != ir::kAbsent) emit_conversions(id, origins);
  }

  void replace_operand(ir::Node& node, std::size_t n, std::size_t i) {
    const Form& form = forms_.operands[n][i];
    ir::TensorId& id = node.inputs[i];
    if (is_constant(id))
      id = constant(id, form);
    else
      id = is_shared() ? shared(id, form, node.origins) : separate(id, form, node.origins);
  }

  /// The copy takes the name of the tensor, which gets the suffix of its type instead.
  void take_name(ir::TensorId copy, ir::TensorId original) {
    if (is_input(original) || !renamed_.insert(original).second) return;
    graph_.tensor(copy).name = graph_.tensor(original).name;
    graph_.tensor(original).name += suffix(graph_form(copy), produced(original));
  }

  Form graph_form(ir::TensorId id) const { return {graph_.tensor(id).dtype, graph_.tensor(id).quantization}; }

  const GraphForms& forms_;
  Placement placement_;
  ir::Graph& graph_;
  std::vector<ir::Node> nodes_;
  std::vector<std::vector<Form>> readers_;
  std::vector<std::vector<Copy>> copies_;
  std::set<ir::TensorId> renamed_{};
  std::set<ir::TensorId> read_integers_{};
};

}  // namespace

GraphForms float_forms(const ir::Graph& graph) {
  GraphForms forms;
  forms.tensors.resize(graph.tensors.size());
  forms.operands.reserve(graph.nodes.size());
  for (const ir::Node& node : graph.nodes) forms.operands.emplace_back(node.inputs.size());
  forms.outputs.resize(graph.outputs.size());
  return forms;
}

void apply(const GraphForms& forms, Placement placement, ir::Model& model, std::size_t index) {
  ir::Graph& graph = model.graphs[index];
  Rewriter rewriter(forms, placement, graph);
  rewriter.run();
  const std::vector<ir::TensorId> outputs = rewriter.emit_outputs();
  for (ir::Signature& signature : model.signatures) {
    if (static_cast<std::size_t>(signature.graph) != index) continue;
    for (ir::Signature::Entry& entry : signature.outputs) {
      const auto place = std::ranges::find(graph.outputs, entry.tensor);
      if (place != graph.outputs.end()) entry.tensor = outputs[static_cast<std::size_t>(place - graph.outputs.begin())];
    }
  }
  graph.outputs = outputs;
}

}  // namespace litesmith::quantization
