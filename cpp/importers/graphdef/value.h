#pragma once

#include <cstdint>
#include <vector>

#include "ir/model.h"

namespace litesmith::importers::graphdef {

/// What an edge of TensorFlow's graph carries in the graph under construction.
struct Value {
  enum class Kind : std::uint8_t {
    none,          // nothing that can be used: the node before has no conversion, or gives no value
    tensor,        // `tensor`
    variable,      // a handle: number `resource` of ModelImport's variables
    reference,     // the same of TF1: an operand that wants a tensor reads it
    table,         // a handle: number `resource` of ModelImport's tables
    tensor_list,   // `tensor` holds the elements stacked along a new first axis
    tensor_array,  // a handle: number `resource` of ModelImport's tensor arrays
  };
  Kind kind = Kind::none;
  ir::TensorId tensor = ir::kAbsent;
  int resource = -1;

  static Value of(ir::TensorId tensor) { return {Kind::tensor, tensor, -1}; }
  static Value none() { return {}; }
  bool is_tensor() const noexcept { return kind == Kind::tensor; }
  bool operator==(const Value&) const = default;
};

/// What a node gives: one value or several; results that nobody can read may be missing at the end.
struct Results {
  Results() = default;
  Results(ir::TensorId one) : values{Value::of(one)} {}
  Results(Value one) : values{one} {}
  Results(const std::vector<ir::TensorId>& many) {
    for (const ir::TensorId id : many) values.push_back(Value::of(id));
  }
  Results(std::vector<Value> many) : values(std::move(many)) {}
  std::vector<Value> values;
};

}  // namespace litesmith::importers::graphdef
