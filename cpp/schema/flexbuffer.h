#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "base/bytes.h"

namespace litesmith::schema {

using FlexValue = std::variant<bool, std::int64_t, float, std::string>;
/// A flexbuffer map without nesting, as custom operators have it for options.
using FlexMap = std::map<std::string, FlexValue>;

/// The scalars of a flexbuffer map by name; entries of other kinds are left out. Every offset is checked first. Throws
/// Error(value) on bytes that are no flexbuffer map.
FlexMap flex_map(const Bytes& flexbuffer);

/// The flexbuffer that TensorFlow's converter writes for these options.
Bytes flexbuffer_of(const FlexMap& map);

}  // namespace litesmith::schema
