#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importers/emit/nodes.h"
#include "importers/keras/graph_builder.h"
#include "importers/keras/keras_graph.h"
#include "importers/keras/layer_rule.h"

namespace litesmith::importers::keras {

using emit::AxisSlice;
using emit::Dims;

/// What an import function sees of one call of one layer, and how it adds nodes.
class LayerContext final : public emit::Emitter {
 public:
  LayerContext(GraphBuilder& builder, const Owner& owner, int keras_major, const LayerRule& rule, const Layer& layer,
               const Call& call, std::vector<ir::TensorId> inputs)
      : Emitter(builder, owner),
        weights_(builder),
        keras_major_(keras_major),
        rule_(&rule),
        layer_(layer),
        call_(call),
        config_(layer.config),
        inputs_(std::move(inputs)) {}

  /// The same place in the graph for a layer or function that the layer holds, e.g. its activation.
  LayerContext inner(const LayerRule& rule, const Value& config, std::vector<ir::TensorId> inputs) const;
  /// The same call as if it were one of `layer`, which must outlive the context: for wrappers.
  LayerContext in_place(const LayerRule& rule, const Layer& layer) const {
    return {weights_, owner_, keras_major_, rule, layer, call_, inputs_};
  }

  int keras_major() const noexcept { return keras_major_; }
  const LayerRule& rule() const noexcept { return *rule_; }
  const Layer& layer() const noexcept { return layer_; }
  const Value& config() const noexcept { return config_; }
  const Value& args() const noexcept { return call_.args; }
  const Value& kwargs() const noexcept { return call_.kwargs; }
  /// A parameter by name ('|' separates spellings) from the call's keywords or the config, else the positional argument
  /// of that index.
  Value parameter(std::string_view names, int position = -1) const;
  double number_parameter(std::string_view names, double fallback, int position = -1) const;
  /// "channels_first" in the config.
  bool channels_first() const { return config_.get("data_format", "channels_last") == "channels_first"; }
  /// Some layer of the model is channels_first.
  bool channels_first_model() const noexcept { return weights_.channels_first(); }

  std::span<const ir::TensorId> inputs() const noexcept { return inputs_; }
  /// The only operand; fails when there are others.
  ir::TensorId input() const;
  /// Operand i; fails when there is none.
  ir::TensorId input_at(int i) const;
  /// input(), which must have `rank` dimensions.
  ir::TensorId input_of_rank(int rank) const;
  /// Array i of the record, as stored; floats as float32.
  ir::TensorId constant(int i);
  DType constant_type(int i) const { return weights_.weight(i).dtype; }

  /// A float32 tensor that lasts from run to run, zeros at first.
  ir::TensorId variable(std::string_view label, Shape shape);
  bool has_weight(std::string_view names) const { return find_weight(names) != nullptr; }
  /// Shape as stored. `names`: spellings separated by '|'.
  const Shape& weight_shape(std::string_view names) const;
  /// The weight in the given form; its stored shape must be `stored` (-1 = any size).
  ir::TensorId weight(std::string_view names, const Shape& stored, const WeightForm& form);
  /// The weight as stored.
  ir::TensorId weight(std::string_view names, const Shape& stored) {
    return weight(names, stored, {.order = {}, .shape = weight_shape(names), .reversed = {}});
  }
  /// Values of a weight as doubles.
  std::vector<double> weight_values(std::string_view names) const;

 private:
  const WeightRef* find_weight(std::string_view names) const;
  const WeightRef& required_weight(std::string_view names) const;

  GraphBuilder& weights_;
  int keras_major_;
  const LayerRule* rule_;
  const Layer& layer_;
  const Call& call_;
  Value config_;
  std::vector<ir::TensorId> inputs_;
  int depth_ = 0;
};

}  // namespace litesmith::importers::keras
