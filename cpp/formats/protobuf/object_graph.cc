#include "formats/protobuf/object_graph.h"

#include "base/error.h"
#include "formats/protobuf/wire.h"

namespace litesmith::formats {
namespace {

ObjectChild read_child(Message child) {
  ObjectChild read;
  while (child.next()) {
    if (child.field() == 1) read.node = child.enumeration();
    if (child.field() == 2) read.name = child.string();
  }
  return read;
}

SavedObject read_object(Message object) {
  SavedObject read;
  while (object.next()) switch (object.field()) {
      case 1: read.children.push_back(read_child(object.message())); break;
      case 4:
        for (Message user = object.message(); user.next();) {
          if (user.field() == 1) read.identifier = user.string();
          if (user.field() == 3) read.metadata = user.string();
        }
        break;
      case 7:
        read.is_variable = true;
        for (Message variable = object.message(); variable.next();)
          if (variable.field() == 6) read.name = variable.string();
        break;
      default: break;
    }
  return read;
}

std::vector<int> read_captures(Message function) {
  std::vector<std::int32_t> captures;
  while (function.next())
    if (function.field() == 2) function.append(captures);
  return captures;
}

TrackableObject::Attribute read_attribute(Message attribute) {
  TrackableObject::Attribute read;
  while (attribute.next()) switch (attribute.field()) {
      case 1: read.name = attribute.string(); break;
      case 2: read.full_name = attribute.string(); break;
      case 3: read.checkpoint_key = attribute.string(); break;
      default: break;
    }
  return read;
}

TrackableObject read_trackable(Message object) {
  TrackableObject read;
  while (object.next()) switch (object.field()) {
      case 1: read.children.push_back(read_child(object.message())); break;
      case 2: read.attributes.push_back(read_attribute(object.message())); break;
      default: break;
    }
  return read;
}

void check_number(int number, std::size_t count, std::string_view source) {
  if (number < 0 || static_cast<std::size_t>(number) >= count)
    fail(ErrorKind::value, "'", source, "' is damaged: its object graph of ", count, " objects names object ", number,
         ". Get the file again from where it was made");
}

template <class Object>
void check_numbers(const std::vector<Object>& objects, std::string_view source) {
  for (const Object& object : objects)
    for (const ObjectChild& child : object.children) check_number(child.node, objects.size(), source);
}

}  // namespace

SavedObjectGraph read_saved_object_graph(const Bytes& message, std::string_view source) {
  const WireSource file{message, std::string(source)};
  SavedObjectGraph read;
  for (Message graph(file); graph.next();) {
    if (graph.field() == 1) read.objects.push_back(read_object(graph.message()));
    if (graph.field() != 2) continue;
    MapEntry entry = read_map_entry(graph.message());
    for (const Message& function : entry.value) read.captures[entry.key] = read_captures(function);
  }
  check_numbers(read.objects, source);
  for (const auto& [function, captures] : read.captures)
    for (const int number : captures) check_number(number, read.objects.size(), source);
  return read;
}

std::vector<TrackableObject> read_trackable_object_graph(const Bytes& message, std::string_view source) {
  const WireSource file{message, std::string(source)};
  std::vector<TrackableObject> objects;
  for (Message graph(file); graph.next();)
    if (graph.field() == 1) objects.push_back(read_trackable(graph.message()));
  check_numbers(objects, source);
  return objects;
}

}  // namespace litesmith::formats
