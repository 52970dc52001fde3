#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "importers/keras/importer.h"
#include "importers/keras/weight_form.h"
#include "ir/model.h"

namespace litesmith::importers::keras {

/// Where new nodes and tensors belong: the prefix of their names and the layer path that nodes carry as origin.
struct Owner {
  std::string prefix;
  std::string path;
};

/// Adds nodes, constants and weights to the graph under construction; infers every result's type and shape.
class GraphBuilder {
 public:
  /// `channels_first`: some layer of the model has that data format.
  GraphBuilder(std::span<const WeightView> weights, bool channels_first)
      : weights_(weights), channels_first_(channels_first) {}

  ir::Graph& graph() noexcept { return graph_; }
  bool channels_first() const noexcept { return channels_first_; }
  std::vector<std::string>& warnings() noexcept { return warnings_; }
  const Shape& shape(ir::TensorId id) const { return graph_.tensor(id).shape; }
  DType dtype(ir::TensorId id) const { return graph_.tensor(id).dtype; }

  /// A name that no other tensor has: `wish`, else "wish_1", "wish_2" ...
  std::string unique_name(const std::string& wish);
  void rename(ir::TensorId id, const std::string& wish);

  ir::TensorId add_tensor(const std::string& name_wish, DType dtype, Shape shape);
  /// A node of the named operator; its results get the type `dtype` unless inference decides otherwise.
  std::vector<ir::TensorId> add(const Owner& owner, std::string_view op, ir::Attrs attrs,
                                std::vector<ir::TensorId> inputs, int results, DType dtype);
  ir::TensorId add_constant(const std::string& name, DType dtype, Shape shape, Bytes data);

  /// Array `index` of the record in the given form, as float32 when it holds floats; one constant however often it is
  /// asked for. `values`, float32 in the stored order, stand in for the array's own.
  ir::TensorId add_weight(const Owner& owner, const std::string& name, int index, const WeightForm& form,
                          std::optional<Bytes> values = {});
  /// Throws Error(value) when the record has no such array or its size does not fit its shape.
  const WeightView& weight(int index) const;

 private:
  using FormKey = std::tuple<int, std::vector<int>, std::vector<std::int32_t>, std::vector<bool>>;

  void warn_if_not_finite(const Owner& owner, const std::string& name, int index, const WeightView& view);

  ir::Graph graph_;
  std::span<const WeightView> weights_;
  bool channels_first_;
  std::set<std::string> names_;
  std::map<std::string, int> next_suffix_;
  std::map<FormKey, ir::TensorId> forms_;
  std::set<int> checked_;
  std::vector<std::string> warnings_;
};

}  // namespace litesmith::importers::keras
