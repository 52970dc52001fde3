#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/dtype.h"
#include "base/shape.h"

/// TensorFlow's graphs as records: what the messages GraphDef, NodeDef, FunctionDef and AttrValue say, not what it
/// means (reference: importers.md §1.1). Byte strings and tensors are views that share ownership of the file.
namespace litesmith::formats {

/// A number of TensorFlow's DataType without the 100 that marks references; the type is unknown to us where
/// `element_type` has none.
struct TypeCode {
  std::int32_t code = 0;
  bool operator==(const TypeCode&) const = default;
};
/// nullopt for types without a counterpart (qint8 ... count as their integers).
std::optional<DType> element_type(TypeCode type) noexcept;
/// "float32", "variant", "type 57": for messages.
std::string type_name(TypeCode type);

/// A TensorProto as it stands in the file.
struct EncodedTensor {
  Bytes message;
  bool operator==(const EncodedTensor&) const = default;
};
/// A TensorProto decoded: row-major little-endian elements, strings as base/string_buffer.h has them. `data` is a slice
/// of the file where the message holds raw content.
struct DenseTensor {
  DType dtype = DType::float32;
  Shape shape;
  Bytes data;
};
/// Throws Error(value) when the content contradicts shape or type, Error(unsupported) for types without a counterpart,
/// Error(limit) when the shape has more elements than the message can stand for.
DenseTensor decode_tensor(const EncodedTensor& tensor);

struct FunctionReference;
struct AttrList;
struct Placeholder {  // stands for an attribute of the enclosing function
  std::string name;
  bool operator==(const Placeholder&) const = default;
};

/// std::monostate: the message names none of its fields. Strings are bytes, not text. Shapes have -1 for unknown dims.
using AttrValue = std::variant<std::monostate, std::string, std::int64_t, float, bool, TypeCode, Shape, EncodedTensor,
                               Placeholder, FunctionReference, AttrList>;
using AttrMap = std::map<std::string, AttrValue, std::less<>>;

struct FunctionReference {
  std::string name;
  AttrMap attrs;
  bool operator==(const FunctionReference&) const;
};
/// At most one of the lists has entries.
struct AttrList {
  std::vector<std::string> strings;
  std::vector<std::int64_t> ints;
  std::vector<float> floats;
  std::vector<bool> bools;
  std::vector<TypeCode> types;
  std::vector<Shape> shapes;
  std::vector<EncodedTensor> tensors;
  std::vector<FunctionReference> functions;
  bool operator==(const AttrList&) const;
};

/// `inputs` as written: "node", "node:1", "^node"; in a function "argument", "node:result:0".
struct NodeRecord {
  std::string name, op, device;
  std::vector<std::string> inputs;
  AttrMap attrs;
  /// The message itself, for operators that are written as they are.
  Bytes message;
};

/// An argument or result of a function.
struct ArgumentRecord {
  std::string name;
  TypeCode type;
  std::string type_attr, number_attr, type_list_attr;
};

struct FunctionRecord {
  std::string name;
  std::vector<ArgumentRecord> inputs, outputs;
  std::vector<NodeRecord> nodes;
  /// Result name -> "node:result:0" or an argument.
  std::map<std::string, std::string> returns;
  /// Nodes that run for their effects.
  std::vector<std::string> control_returns;
  AttrMap attrs;
};

struct GraphRecord {
  std::vector<NodeRecord> nodes;
  std::map<std::string, FunctionRecord, std::less<>> functions;
  /// versions.producer; 0 = not stated.
  std::int32_t producer = 0;
};

/// Reads a GraphDef. Throws Error(value) where the message is cut off, a length lies or nesting exceeds a bound; names
/// `source` and the byte offset.
GraphRecord read_graph(const Bytes& message, std::string_view source);

}  // namespace litesmith::formats
