#include "importers/keras/importer.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "importers/keras/layer_context.h"
#include "importers/keras/unsupported.h"
#include "ir/verify.h"

namespace litesmith::importers::keras {
namespace {

using TensorIds = std::vector<ir::TensorId>;

bool is_channels_first(const Layer& layer) {
  const Value format = layer.config["data_format"];
  return format.is_string() && format.as<std::string>() == "channels_first";
}

/// One import: walks the calls in order and keeps what each of them gave.
class Import {
 public:
  Import(KerasGraph graph, std::span<const WeightView> weights, const Options& options)
      : source_(std::move(graph)),
        options_(options),
        builder_(weights, std::any_of(source_.layers.begin(), source_.layers.end(), is_channels_first)),
        results_(source_.calls.size()) {}

  Imported run() {
    builder_.warnings() = source_.notices;
    builder_.graph().name = source_.name.empty() ? "main" : source_.name;
    add_inputs();
    for (std::size_t i = 0; i < source_.calls.size(); ++i)
      if (results_[i].empty()) import_call(i);
    refuse_unsupported(source_.name, unsupported_);
    Imported imported;
    imported.model.signatures.push_back(signature());
    imported.model.graphs.push_back(std::move(builder_.graph()));
    imported.warnings = std::move(builder_.warnings());
    ir::verify(imported.model, "after the Keras importer");
    return imported;
  }

 private:
  void add_inputs() {
    check_option_names();
    for (const GraphInput& input : source_.inputs) {
      const ir::TensorId id = builder_.add_tensor(input.name, input.dtype, input_shape(input));
      builder_.graph().inputs.push_back(id);
      results_[static_cast<std::size_t>(input.call)] = {id};
    }
  }

  void check_option_names() const {
    for (const auto& [name, shape] : options_.input_shapes) {
      std::string known;
      bool found = false;
      for (const GraphInput& input : source_.inputs) {
        found = found || input.name == name;
        known += (known.empty() ? "'" : ", '") + input.name + "'";
      }
      if (!found)
        fail(ErrorKind::value, "a shape is given for the input '", name, "', but the model's inputs are ", known);
    }
  }

  Shape input_shape(const GraphInput& input) const {
    const auto wished = options_.input_shapes.find(input.name);
    if (wished == options_.input_shapes.end()) return input.shape;
    bool fits = wished->second.rank() == input.shape.rank();
    for (int i = 0; fits && i < input.shape.rank(); ++i)
      fits = input.shape[i] == kUnknownDim || input.shape[i] == wished->second[i];
    if (!fits)
      fail(ErrorKind::value, "the input '", input.name, "' has shape ", input.shape, ", which cannot become ",
           wished->second, "; only unknown dims can be set");
    return wished->second;
  }

  void import_call(std::size_t index) {
    const Call& call = source_.calls[index];
    const Layer& layer = source_.layers[static_cast<std::size_t>(call.layer)];
    const LayerRule* rule = find_rule(layer, source_.keras_major);
    if (rule == nullptr) return note(layer, reason_without_rule(layer));
    auto inputs = operands(call);
    if (!inputs) return;
    try {
      const std::size_t known_tensors = builder_.graph().tensors.size();
      check_weight_names(*rule, layer);
      const auto mask = incoming_mask(*rule, layer, call, *inputs);
      const Owner owner{source_.name.empty() ? layer.path : source_.name + "/" + layer.path, layer.path};
      LayerContext context(builder_, owner, source_.keras_major, *rule, layer, call, std::move(*inputs));
      results_[index] = rule->import(context).ids;
      name_results(owner, results_[index], known_tensors);
      if (mask)
        for (const ir::TensorId id : results_[index]) masks_[id] = *mask;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::unsupported) return note(layer, error.what());
      throw Error(error.kind(), concat("layer '", layer.path, "' (", layer.class_name, "): ", error.what()));
    }
  }

  void note(const Layer& layer, std::string reason) {
    if (!noted_.insert(&layer).second) return;
    unsupported_.push_back({layer.path, layer.class_name, std::move(reason)});
  }

  /// nullopt when a layer before this one could not be imported. A tensor that is only the mask is left out.
  std::optional<TensorIds> operands(const Call& call) const {
    const Value mask = call.kwargs["mask"]["tensor"];
    TensorIds ids;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      const TensorRef& ref = call.inputs[i];
      const TensorIds& produced = results_[static_cast<std::size_t>(ref.call)];
      if (produced.empty()) return std::nullopt;
      if (static_cast<std::size_t>(ref.output) >= produced.size())
        fail(ErrorKind::value, "layer '", source_.layers[static_cast<std::size_t>(call.layer)].path, "' reads output ",
             ref.output, " of a layer that has ", produced.size());
      if (mask && mask.as<std::int64_t>() == static_cast<std::int64_t>(i)) continue;
      ids.push_back(produced[static_cast<std::size_t>(ref.output)]);
    }
    return ids;
  }

  /// The layer whose mask the results carry. Throws Error(unsupported) where a mask would change the values.
  std::optional<std::string> incoming_mask(const LayerRule& rule, const Layer& layer, const Call& call,
                                           const TensorIds& inputs) const {
    if (rule.masks == Masks::make && layer.config.get("mask_zero", true)) return layer.path;
    std::optional<std::string> origin;
    if (call.kwargs.has("mask")) origin = "the argument 'mask'";
    for (const ir::TensorId id : inputs)
      if (const auto found = masks_.find(id); found != masks_.end()) origin = "layer '" + found->second + "'";
    const bool refuses = rule.masks == Masks::refuse || (rule.masks == Masks::refuse_in_3 && source_.keras_major >= 3);
    if (origin && refuses)
      fail(ErrorKind::unsupported, "the mask of ", *origin,
           " changes what this layer computes, and masks have no conversion; remove the mask (Masking layer, "
           "mask_zero=True) or put the layer before it");
    if (!origin || rule.masks != Masks::keep) return std::nullopt;
    for (const ir::TensorId id : inputs)
      if (const auto found = masks_.find(id); found != masks_.end()) return found->second;
    return std::nullopt;
  }

  void name_results(const Owner& owner, const TensorIds& ids, std::size_t known_tensors) {
    for (const ir::TensorId id : ids)
      if (static_cast<std::size_t>(id) >= known_tensors && !builder_.graph().tensor(id).is_constant())
        builder_.rename(id, owner.prefix);
  }

  ir::Signature signature() {
    ir::Graph& graph = builder_.graph();
    ir::Signature signature;
    for (std::size_t i = 0; i < source_.inputs.size(); ++i)
      signature.inputs.push_back({source_.inputs[i].name, graph.inputs[i]});
    std::set<ir::TensorId> named(graph.inputs.begin(), graph.inputs.end());
    for (const GraphOutput& output : source_.outputs) {
      const TensorIds& ids = results_[static_cast<std::size_t>(output.tensor.call)];
      if (output.tensor.output < 0 || static_cast<std::size_t>(output.tensor.output) >= ids.size())
        fail(ErrorKind::value, "the model's output '", output.name, "' is output ", output.tensor.output,
             " of a layer that has ", ids.size());
      const ir::TensorId id = ids[static_cast<std::size_t>(output.tensor.output)];
      if (named.insert(id).second) builder_.rename(id, output.name);
      graph.outputs.push_back(id);
      signature.outputs.push_back({output.name, id});
    }
    return signature;
  }

  const KerasGraph source_;
  const Options& options_;
  GraphBuilder builder_;
  std::vector<TensorIds> results_;
  std::map<ir::TensorId, std::string> masks_;
  std::vector<Unsupported> unsupported_;
  std::set<const Layer*> noted_;
};

}  // namespace

Imported import_keras(std::string_view graph_json, std::span<const WeightView> weights, const Options& options) {
  return Import(parse_graph(graph_json), weights, options).run();
}

}  // namespace litesmith::importers::keras
