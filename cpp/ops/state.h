#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"
#include "base/shape.h"

namespace litesmith::ops {

/// The values of a tensor as graphs, variables and operators pass them on; whoever gives it says how long it is valid.
struct TensorValue {
  DType dtype = DType::float32;
  Shape shape;
  /// Packed as in the file.
  std::span<const std::byte> bytes;
};

/// Another graph of the model as a host operator sees it. Its plan and memory belong to the interpreter.
class CalledGraph {
 public:
  virtual ~CalledGraph() = default;
  virtual int input_count() const = 0;
  virtual int output_count() const = 0;
  /// Whether anything in the graph depends on input i; one that nothing reads need not be given.
  virtual bool reads(int i) const = 0;
  /// Runs the graph on one value per input, which may be results of this graph's or another's last run; plans it anew
  /// for shapes that it has not seen. Throws Error(runtime) naming the graph and the node.
  virtual void run(std::span<const TensorValue> inputs) = 0;
  /// How often the graph has been run.
  virtual std::uint64_t runs() const = 0;
  /// Result i of the last run, valid while `runs` stays.
  virtual TensorValue result(int i) const = 0;
};

/// A table from strings to int64 or back, filled once.
class HashTable {
 public:
  virtual ~HashTable() = default;
  virtual DType key_type() const = 0;
  virtual DType value_type() const = 0;
  virtual bool is_filled() const = 0;
  virtual std::int64_t size() const = 0;
  /// Takes the values of the keys, pair by pair; the first of equal keys stays, and a filled table stays as it is.
  virtual void fill(const TensorValue& keys, const TensorValue& values) = 0;
  /// Position of the key's value in the order of filling, -1 when there is none.
  virtual std::int64_t find(std::string_view key) const = 0;
  virtual std::int64_t find(std::int64_t key) const = 0;
  virtual std::string_view string_at(std::int64_t position) const = 0;
  virtual std::int64_t integer_at(std::int64_t position) const = 0;
};

/// Variables, tables and what has run once: belongs to an interpreter and is shared by its graphs. A tensor of type
/// resource holds one int32, the handle. Unknown handles throw Error(value).
class State {
 public:
  virtual ~State() = default;
  /// Handle of the variable of this name; a new one has no value.
  virtual std::int32_t variable(std::string_view container, std::string_view shared_name) = 0;
  /// "'shared_name'", for messages.
  virtual std::string variable_name(std::int32_t handle) const = 0;
  /// nullptr until the variable is assigned; valid until it is assigned again.
  virtual const TensorValue* read(std::int32_t handle) const = 0;
  /// Keeps a copy. Throws Error(limit) when memory does not suffice.
  virtual void assign(std::int32_t handle, const TensorValue& value) = 0;
  /// Handle of the table of this number, made at first use. Throws Error(value) when it exists with other types.
  virtual std::int32_t table(std::int32_t table_id, DType key_type, DType value_type) = 0;
  virtual HashTable& table(std::int32_t handle) = 0;
  /// Whether a CALL_ONCE has run the graph to its end.
  virtual bool has_run(std::int32_t graph) const = 0;
  virtual void set_run(std::int32_t graph) = 0;
};

}  // namespace litesmith::ops
