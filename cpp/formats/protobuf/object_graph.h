#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

/// The graphs of Python objects that SavedModels and checkpoints carry (importers.md §1.1).
namespace litesmith::formats {

/// An edge: the attribute or item of an object, and the object there. Numbers are checked against the graph.
struct ObjectChild {
  std::string name;
  int node = 0;
};
/// SavedObject: what is needed to tell variables apart.
struct SavedObject {
  std::vector<ObjectChild> children;
  bool is_variable = false;
  /// Of a variable.
  std::string name;
  /// Of a user's object: "_tf_keras_layer", ..., and Keras' JSON.
  std::string identifier, metadata;
};

/// SavedObjectGraph. Object 0 is the root.
struct SavedObjectGraph {
  std::vector<SavedObject> objects;
  /// Objects that a function captures, in the order of the arguments that follow those of its caller.
  std::map<std::string, std::vector<int>, std::less<>> captures;
};
SavedObjectGraph read_saved_object_graph(const Bytes& message, std::string_view source);

/// TrackableObjectGraph: what a checkpoint holds for every object.
struct TrackableObject {
  struct Attribute {
    std::string name, full_name, checkpoint_key;
  };
  std::vector<ObjectChild> children;
  std::vector<Attribute> attributes;
};
std::vector<TrackableObject> read_trackable_object_graph(const Bytes& message, std::string_view source);

}  // namespace litesmith::formats
