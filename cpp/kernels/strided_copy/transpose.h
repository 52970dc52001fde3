#pragma once

#include <cstddef>
#include <cstdint>

namespace litesmith::kernels {

/// Row i of the target is column i of the source: elements of 1, 2, 4, 8 or 16 bytes stand next to each other along the
/// columns of the target and along its rows in the source. Steps count bytes.
struct Transposition {
  int width;
  std::int64_t rows;       // of the target
  std::int64_t columns;    // of the target
  std::int64_t from_step;  // between neighbours of a row of the target
  std::int64_t to_step;    // between rows of the target
  const std::byte* from;
  std::byte* to;
};

void transpose(const Transposition& matrix) noexcept;

}  // namespace litesmith::kernels
