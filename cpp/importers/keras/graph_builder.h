#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "importers/emit/graph_builder.h"
#include "importers/emit/weight_form.h"
#include "importers/keras/importer.h"

namespace litesmith::importers::keras {

using emit::first_not_finite;
using emit::Owner;
using emit::reorder;
using emit::WeightForm;
using emit::widen_to_float32;

/// A graph under construction whose constants are arrays of the record.
class GraphBuilder final : public emit::GraphBuilder {
 public:
  /// `channels_first`: some layer of the model has that data format.
  GraphBuilder(std::span<const WeightView> weights, bool channels_first)
      : weights_(weights), channels_first_(channels_first) {}

  bool channels_first() const noexcept { return channels_first_; }

  /// Array `index` of the record in the given form, as float32 when it holds floats; one constant however often it is
  /// asked for. `values`, float32 in the stored order, stand in for the array's own.
  ir::TensorId add_weight(const Owner& owner, const std::string& name, int index, const WeightForm& form,
                          std::optional<Bytes> values = {});
  /// Throws Error(value) when the record has no such array or its size does not fit its shape.
  const WeightView& weight(int index) const;

 private:
  using FormKey = std::tuple<int, std::vector<int>, std::vector<std::int32_t>, std::vector<bool>>;

  void warn_if_not_finite(const Owner& owner, const std::string& name, int index, const WeightView& view);

  std::span<const WeightView> weights_;
  bool channels_first_;
  std::map<FormKey, ir::TensorId> forms_;
  std::set<int> checked_;
};

}  // namespace litesmith::importers::keras
