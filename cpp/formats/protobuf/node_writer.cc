#include "formats/protobuf/node_writer.h"

#include <protozero/pbf_writer.hpp>
#include <variant>

namespace litesmith::formats {
namespace {

using Writer = protozero::pbf_writer;

template <class Fill>
void add_message(Writer& writer, std::uint32_t field, Fill fill) {
  std::string bytes;
  Writer inner(bytes);
  fill(inner);
  writer.add_message(field, bytes);
}

void write_shape(Writer& writer, const Shape& shape) {
  for (const std::int32_t dim : shape) add_message(writer, 2, [&](Writer& w) { w.add_int64(1, dim); });
  if (!shape.has_rank()) writer.add_bool(3, true);
}

void write_attrs(Writer& writer, std::uint32_t field, const AttrMap& attrs);

void write_function(Writer& writer, const FunctionReference& function) {
  writer.add_string(1, function.name);
  write_attrs(writer, 2, function.attrs);
}

void add_tensor(Writer& writer, std::uint32_t field, const EncodedTensor& tensor) {
  writer.add_message(field, reinterpret_cast<const char*>(tensor.message.data()), tensor.message.size());
}

void write_list(Writer& writer, const AttrList& list) {
  for (const std::string& value : list.strings) writer.add_bytes(2, value);
  writer.add_packed_int64(3, list.ints.begin(), list.ints.end());
  writer.add_packed_float(4, list.floats.begin(), list.floats.end());
  writer.add_packed_bool(5, list.bools.begin(), list.bools.end());
  std::vector<std::int32_t> types;
  for (const TypeCode type : list.types) types.push_back(type.code);
  writer.add_packed_enum(6, types.begin(), types.end());
  for (const Shape& shape : list.shapes) add_message(writer, 7, [&](Writer& w) { write_shape(w, shape); });
  for (const EncodedTensor& tensor : list.tensors) add_tensor(writer, 8, tensor);
  for (const FunctionReference& function : list.functions)
    add_message(writer, 9, [&](Writer& w) { write_function(w, function); });
}

struct ValueWriter {
  Writer& writer;

  void operator()(std::monostate) const {}
  void operator()(const std::string& value) const { writer.add_bytes(2, value); }
  void operator()(std::int64_t value) const { writer.add_int64(3, value); }
  void operator()(float value) const { writer.add_float(4, value); }
  void operator()(bool value) const { writer.add_bool(5, value); }
  void operator()(TypeCode value) const { writer.add_enum(6, value.code); }
  void operator()(const Shape& value) const {
    add_message(writer, 7, [&](Writer& w) { write_shape(w, value); });
  }
  void operator()(const EncodedTensor& value) const { add_tensor(writer, 8, value); }
  void operator()(const Placeholder& value) const { writer.add_string(9, value.name); }
  void operator()(const FunctionReference& value) const {
    add_message(writer, 10, [&](Writer& w) { write_function(w, value); });
  }
  void operator()(const AttrList& value) const {
    add_message(writer, 1, [&](Writer& w) { write_list(w, value); });
  }
};

void write_attrs(Writer& writer, std::uint32_t field, const AttrMap& attrs) {
  for (const auto& [name, value] : attrs)
    add_message(writer, field, [&, &key = name, &content = value](Writer& entry) {
      entry.add_string(1, key);
      add_message(entry, 2, [&](Writer& w) { std::visit(ValueWriter{w}, content); });
    });
}

}  // namespace

std::string write_node(std::string_view op, std::size_t operands, const AttrMap& attrs) {
  std::string bytes;
  Writer writer(bytes);
  writer.add_string(2, op.data(), op.size());
  for (std::size_t i = 0; i < operands; ++i) writer.add_string(3, "");
  write_attrs(writer, 5, attrs);
  writer.add_message(6, std::string());
  return bytes;
}

}  // namespace litesmith::formats
