#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ir/model.h"

namespace litesmith::importers::emit {

/// Where new nodes and tensors belong: the prefix of their names and the path that nodes carry as origin.
struct Owner {
  std::string prefix;
  std::string path;
};

/// Adds nodes and constants to the graph under construction; infers every result's type and shape.
class GraphBuilder {
 public:
  GraphBuilder() = default;
  GraphBuilder(const GraphBuilder&) = delete;
  GraphBuilder& operator=(const GraphBuilder&) = delete;
  virtual ~GraphBuilder() = default;

  ir::Graph& graph() noexcept { return graph_; }
  const ir::Graph& graph() const noexcept { return graph_; }
  std::vector<std::string>& warnings() noexcept { return warnings_; }
  const Shape& shape(ir::TensorId id) const { return graph_.tensor(id).shape; }
  DType dtype(ir::TensorId id) const { return graph_.tensor(id).dtype; }

  /// A name that no other tensor has: `wish`, else "wish_1", "wish_2" ...
  std::string unique_name(const std::string& wish);
  void rename(ir::TensorId id, const std::string& wish);

  ir::TensorId add_tensor(const std::string& name_wish, DType dtype, Shape shape);
  /// A node of the named operator; its results get the type `dtype` unless inference decides otherwise.
  virtual std::vector<ir::TensorId> add(const Owner& owner, std::string_view op, ir::Attrs attrs,
                                        std::vector<ir::TensorId> inputs, int results, DType dtype);
  ir::TensorId add_constant(const std::string& name, DType dtype, Shape shape, Bytes data);

 private:
  ir::Graph graph_;
  std::set<std::string> names_;
  std::map<std::string, int> next_suffix_;
  std::vector<std::string> warnings_;
};

}  // namespace litesmith::importers::emit
