// Otherwise strings are read as numbers through a part of the library that must be linked, and that is not built for
// shared objects everywhere.
#define FLATBUFFERS_LOCALE_INDEPENDENT 0

#include "schema/flexbuffer.h"

#include <flatbuffers/flexbuffers.h>

#include <algorithm>
#include <span>
#include <vector>

#include "base/error.h"

namespace litesmith::schema {
namespace {

bool is_sound(const std::vector<std::uint8_t>& bytes) {
  constexpr std::size_t kLargest = 1U << 20;
  if (bytes.size() < 3 || bytes.size() > kLargest) return false;
  std::vector<std::uint8_t> seen;
  return flexbuffers::VerifyBuffer(bytes.data(), bytes.size(), &seen) &&
         flexbuffers::GetRoot(bytes.data(), bytes.size()).IsMap();
}

void add(FlexMap& map, const char* name, flexbuffers::Reference value) {
  if (value.IsBool())
    map[name] = value.AsBool();
  else if (value.IsIntOrUint())
    map[name] = value.AsInt64();
  else if (value.IsFloat())
    map[name] = value.AsFloat();
  else if (value.IsString())
    map[name] = value.AsString().str();
}

}  // namespace

FlexMap flex_map(const Bytes& flexbuffer) {
  const auto bytes = flexbuffer.to_vector<std::uint8_t>();  // aligned, as the library wants it
  if (!is_sound(bytes)) fail(ErrorKind::value, "the custom options, ", bytes.size(), " bytes, are no flexbuffer map");
  const flexbuffers::Map map = flexbuffers::GetRoot(bytes.data(), bytes.size()).AsMap();
  const flexbuffers::TypedVector names = map.Keys();
  const flexbuffers::Vector values = map.Values();
  FlexMap result;
  for (std::size_t i = 0; i < std::min(names.size(), values.size()); ++i) add(result, names[i].AsKey(), values[i]);
  return result;
}

Bytes flexbuffer_of(const FlexMap& map) {
  flexbuffers::Builder builder;
  builder.Map([&] {
    for (const auto& [name, value] : map) {
      builder.Key(name);
      if (const auto* flag = std::get_if<bool>(&value))
        builder.Bool(*flag);
      else if (const auto* number = std::get_if<std::int64_t>(&value))
        builder.Int(*number);
      else if (const auto* real = std::get_if<float>(&value))
        builder.Float(*real);
      else
        builder.String(std::get<std::string>(value));
    }
  });
  builder.Finish();
  return Bytes::copy(std::as_bytes(std::span(builder.GetBuffer())));
}

}  // namespace litesmith::schema
