#pragma once

#include <cstdint>

#include "base/error.h"

namespace litesmith::tflite {

/// Bytes that reading a file may take beside the file itself. Tables and vectors of a flatbuffer may be shared without
/// limit, so that a small file can describe far more than memory holds.
class Allowance {
 public:
  explicit Allowance(std::uint64_t file_bytes) : left_(kFixed + 2 * file_bytes), most_(left_) {}

  /// Throws Error(value) when nothing is left.
  void spend(std::uint64_t bytes) {
    if (bytes > left_)
      fail(ErrorKind::value, "the tables of the file describe more than ", most_,
           " bytes; they refer to the same parts again and again, as no converter writes them");
    left_ -= bytes;
  }

 private:
  static constexpr std::uint64_t kFixed = std::uint64_t{64} << 20;
  std::uint64_t left_;
  std::uint64_t most_;
};

}  // namespace litesmith::tflite
