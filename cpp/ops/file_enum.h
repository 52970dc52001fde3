#pragma once

#include <string_view>

#include "base/error.h"

namespace litesmith::ops {

/// The value of E that a number in a file stands for; throws Error(value) unless 0 <= number <= last.
template <class E, class Number>
E enum_from_file(Number number, E last, std::string_view what) {
  const auto code = static_cast<int>(number);
  if (code < 0 || code > static_cast<int>(last))
    fail(ErrorKind::value, what, " ", code, " is unknown; known are 0 to ", static_cast<int>(last));
  return static_cast<E>(code);
}

}  // namespace litesmith::ops
