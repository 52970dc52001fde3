#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "importers/emit/graph_builder.h"

namespace litesmith::importers::emit {

/// Adds the nodes that one layer or operator of the source becomes.
class Emitter {
 public:
  Emitter(GraphBuilder& builder, const Owner& owner) : builder_(builder), owner_(owner) {}

  const Shape& shape(ir::TensorId id) const { return builder_.shape(id); }
  int rank(ir::TensorId id) const { return builder_.shape(id).rank(); }
  DType dtype(ir::TensorId id) const { return builder_.dtype(id); }
  /// The dimension, which must be known; `what` says why.
  int known_dim(ir::TensorId id, int axis, std::string_view what) const;

  /// A node with one result of the operand's type (unless inference knows better).
  ir::TensorId add(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> inputs);
  ir::TensorId add(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> inputs, DType dtype,
                   ir::Quantization quantization = {});
  std::vector<ir::TensorId> add_many(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> inputs,
                                     int results);

  ir::TensorId floats(std::string_view label, Shape shape, std::span<const float> values);
  /// A vector, or the given shape.
  ir::TensorId ints(std::string_view label, const std::vector<std::int32_t>& values);
  ir::TensorId ints(std::string_view label, const std::vector<std::int32_t>& values, Shape shape);
  ir::TensorId int_scalar(std::string_view label, std::int32_t value);
  /// A number of rank 0 with the given type: a float, an integer up to 64 bits, or bool.
  ir::TensorId number(std::string_view label, double value, DType dtype = DType::float32);

  void warn(std::string text) { builder_.warnings().push_back(std::move(text)); }
  /// The config or the operands cannot be right.
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    litesmith::fail(ErrorKind::value, parts...);
  }
  /// Right, but without a conversion.
  template <class... Parts>
  [[noreturn]] void unsupported(const Parts&... parts) const {
    litesmith::fail(ErrorKind::unsupported, parts...);
  }

 protected:
  ~Emitter() = default;
  Emitter(const Emitter&) = default;

  GraphBuilder& builder_;
  const Owner& owner_;
};

}  // namespace litesmith::importers::emit
