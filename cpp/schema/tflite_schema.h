#pragma once

#include <tflite_generated.h>

#include <vector>

namespace litesmith::schema {

/// Builds the tables of a file. A class of its own because the library's builder is a class in some of its versions and
/// an alias of a template in others, which no declaration fits.
class Builder : public flatbuffers::FlatBufferBuilder {
 public:
  using flatbuffers::FlatBufferBuilder::FlatBufferBuilder;
};

/// The values as a vector of the file; no vector when there are none.
template <class T>
flatbuffers::Offset<flatbuffers::Vector<T>> vector_unless_empty(Builder& builder, const std::vector<T>& values) {
  if (values.empty()) return 0;
  return builder.CreateVector(values);
}

}  // namespace litesmith::schema
