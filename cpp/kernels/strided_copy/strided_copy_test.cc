#include "kernels/strided_copy/strided_copy.h"

#include <doctest/doctest.h>

#include <vector>

namespace litesmith::kernels {
namespace {

std::vector<std::byte> ascending(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i % 251 + 1);
  return bytes;
}

TEST_CASE("rows of any length are copied and nothing beside them is written") {
  constexpr std::int64_t kCount = 3, kGap = 5;
  for (std::int64_t bytes = 1; bytes < 300; ++bytes)
    for (const std::int64_t step : {std::int64_t{0}, bytes, bytes + 7}) {
      const std::vector<std::byte> from = ascending(static_cast<std::size_t>(kCount * (bytes + 7)));
      std::vector<std::byte> expected(static_cast<std::size_t>(kCount * (bytes + kGap)));
      std::vector<std::byte> to = expected;
      for (std::int64_t row = 0; row < kCount; ++row)
        for (std::int64_t i = 0; i < bytes; ++i)
          expected[static_cast<std::size_t>(row * (bytes + kGap) + i)] = from[static_cast<std::size_t>(row * step + i)];
      REQUIRE(to != expected);
      copy_rows({kCount, step, bytes + kGap}, bytes, from.data(), to.data());
      CHECK_MESSAGE(to == expected, bytes, " bytes, step ", step);
    }
}

}  // namespace
}  // namespace litesmith::kernels
