#include "formats/protobuf/attr_value.h"

#include "base/error.h"

namespace litesmith::formats {
namespace {

/// The numbers 101 to 199 are references to the types 1 to 99.
constexpr std::int32_t kFirstReference = 100, kLastReference = 199;

TypeCode type_of(std::int32_t code) noexcept {
  return {code > kFirstReference && code <= kLastReference ? code - kFirstReference : code};
}

EncodedTensor read_tensor(Message& field) { return {field.message().whole()}; }

FunctionReference read_reference(Message reference) {
  FunctionReference read;
  while (reference.next()) {
    if (reference.field() == 1) read.name = reference.string();
    if (reference.field() == 2) read_attr(reference, read.attrs);
  }
  return read;
}

void append_types(Message& field, std::vector<TypeCode>& types) {
  std::vector<std::int32_t> codes;
  field.append(codes);
  for (const std::int32_t code : codes) types.push_back(type_of(code));
}

void read_list(Message list, AttrList& read) {
  while (list.next()) switch (list.field()) {
      case 2: read.strings.push_back(list.string()); break;
      case 3: list.append(read.ints); break;
      case 4: list.append(read.floats); break;
      case 5: list.append(read.bools); break;
      case 6: append_types(list, read.types); break;
      case 7: read.shapes.push_back(read_shape(list.message())); break;
      case 8: read.tensors.push_back(read_tensor(list)); break;
      case 9: read.functions.push_back(read_reference(list.message())); break;
      default: break;
    }
}

AttrValue read_value(Message value) {
  AttrValue read;
  while (value.next()) switch (value.field()) {
      case 1:
        if (!std::holds_alternative<AttrList>(read)) read = AttrList{};
        read_list(value.message(), std::get<AttrList>(read));
        break;
      case 2: read = value.string(); break;
      case 3: read = value.integer(); break;
      case 4: read = value.float32(); break;
      case 5: read = value.boolean(); break;
      case 6: read = read_type(value); break;
      case 7: read = read_shape(value.message()); break;
      case 8: read = read_tensor(value); break;
      case 9: read = Placeholder{value.string()}; break;
      case 10: read = read_reference(value.message()); break;
      default: break;
    }
  return read;
}

}  // namespace

bool FunctionReference::operator==(const FunctionReference&) const = default;
bool AttrList::operator==(const AttrList&) const = default;

TypeCode read_type(Message& field) { return type_of(field.enumeration()); }

void read_attr(Message& owner, AttrMap& attrs) {
  MapEntry read = read_map_entry(owner.message());
  AttrValue value;
  if (!read.value.empty()) value = read_value(read.value.front());
  if (!attrs.try_emplace(read.key, std::move(value)).second)
    owner.refuse(concat("the attribute '", read.key, "' is there twice"));
}

}  // namespace litesmith::formats
