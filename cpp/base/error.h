#pragma once

#include <cstdint>
#include <exception>
#include <sstream>
#include <string>
#include <utility>

namespace litesmith {

/// What went wrong, independent of the language at the edge. `runtime` = a failure while allocating or invoking.
enum class ErrorKind : std::uint8_t { value, type, io, unsupported, limit, runtime };

/// The one exception of the core: a message for the user plus lines of context, innermost first.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  ErrorKind kind() const noexcept { return kind_; }
  const char* what() const noexcept override { return message_.c_str(); }

  /// Appends one line such as "in layer 'block_1/conv'"; returns *this so that a handler can rethrow it.
  Error& add_context(const std::string& line) {
    message_ += "\n  " + line;
    return *this;
  }
  Error& set_kind(ErrorKind kind) noexcept {
    kind_ = kind;
    return *this;
  }

 private:
  ErrorKind kind_;
  std::string message_;
};

/// The parts written one after the other with operator<<.
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

template <class... Parts>
[[noreturn]] void fail(ErrorKind kind, const Parts&... parts) {
  throw Error(kind, concat(parts...));
}

}  // namespace litesmith
