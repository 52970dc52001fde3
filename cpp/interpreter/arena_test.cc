#include "interpreter/arena.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>

#include "base/aligned_buffer.h"
#include "base/error.h"

namespace litesmith::interpreter {
namespace {

bool overlaps(const std::vector<Lifetime>& blocks, const Placement& placement) {
  for (std::size_t i = 0; i < blocks.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const bool in_time = blocks[i].first <= blocks[j].last && blocks[j].first <= blocks[i].last;
      const bool in_space = placement.offsets[i] < placement.offsets[j] + blocks[j].bytes &&
                            placement.offsets[j] < placement.offsets[i] + blocks[i].bytes;
      if (in_time && in_space) return true;
    }
  return false;
}

TEST_CASE("blocks that live one after the other share their place") {
  const std::vector<Lifetime> chain = {{1000, 0, 1}, {1000, 1, 2}, {1000, 2, 3}, {1000, 3, 4}};
  const Placement placement = place(chain);
  CHECK(placement.total == 2 * align_up(1000));
  CHECK_FALSE(overlaps(chain, placement));
}

TEST_CASE("blocks that live at the same time never overlap and every offset is aligned") {
  std::mt19937 random(7);
  std::vector<Lifetime> blocks;
  for (int i = 0; i < 200; ++i) {
    const auto first = static_cast<std::int32_t>(random() % 100);
    blocks.push_back({random() % 5000, first, first + static_cast<std::int32_t>(random() % 20)});
  }
  const Placement placement = place(blocks);
  CHECK_FALSE(overlaps(blocks, placement));
  std::size_t sum = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    CHECK(placement.offsets[i] % kAlignment == 0);
    CHECK(placement.offsets[i] + blocks[i].bytes <= placement.total);
    sum += align_up(blocks[i].bytes);
  }
  CHECK(placement.total < sum / 2);
}

TEST_CASE("a hundred thousand blocks take a moment, do not overlap, and a chain of them takes the room of two") {
  std::vector<Lifetime> chain, mixed;
  std::mt19937 random(11);
  for (std::int32_t i = 0; i < 100000; ++i) {
    chain.push_back({1000, i, i + 1});
    mixed.push_back({random() % 3000, i / 8, i / 8 + static_cast<std::int32_t>(random() % 6)});
  }
  CHECK(place(chain).total == 2 * align_up(1000));
  const Placement placement = place(mixed);
  CHECK(placement.total < std::size_t{3000} * 8 * 8);
  constexpr std::size_t kWindow = 12000;  // neighbours in time
  mixed.resize(kWindow);
  Placement window = placement;
  window.offsets.resize(kWindow);
  bool apart = true;
  for (std::size_t first = 0; first + 300 <= kWindow; first += 150)
    apart = apart && !overlaps({mixed.begin() + static_cast<std::ptrdiff_t>(first),
                                mixed.begin() + static_cast<std::ptrdiff_t>(first + 300)},
                               {{window.offsets.begin() + static_cast<std::ptrdiff_t>(first),
                                 window.offsets.begin() + static_cast<std::ptrdiff_t>(first + 300)},
                                window.total});
  CHECK(apart);
}

TEST_CASE("sizes that do not add up in 62 bits are an error and not a small buffer") {
  const std::vector<Lifetime> blocks(5, {std::size_t{1} << 60, 0, 1});
  CHECK_THROWS_AS(place(blocks), Error);
}

TEST_CASE("a budget refuses before allocating and forgets memory that is given back") {
  Budget budget(1000);
  auto first = budget.allocate(600, "a test");
  CHECK(reinterpret_cast<std::uintptr_t>(first.get()) % kAlignment == 0);
  CHECK_THROWS_AS(static_cast<void>(budget.allocate(600, "a test")), Error);
  CHECK(budget.used() == 600);
  first.reset();
  CHECK(budget.used() == 0);
  CHECK_NOTHROW(static_cast<void>(budget.allocate(1000, "a test")));
}

}  // namespace
}  // namespace litesmith::interpreter
