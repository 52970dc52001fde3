#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace litesmith::interpreter {

/// One block of memory that is needed from time `first` to time `last`, both included.
struct Lifetime {
  std::size_t bytes = 0;
  std::int32_t first = 0;
  std::int32_t last = 0;
};

struct Placement {
  /// One offset per block, 64-byte aligned.
  std::vector<std::size_t> offsets;
  std::size_t total = 0;
};

/// Offsets in one buffer such that blocks that live at the same time do not overlap: biggest first, each in the gap
/// that fits best; very many blocks are placed in the order of time instead. Throws Error(limit) when the sum of sizes
/// exceeds 2^62.
Placement place(std::span<const Lifetime> blocks);

/// Hands out memory as long as a limit allows it; memory that is given back counts no more.
class Budget {
 public:
  static constexpr std::size_t kUnlimited = SIZE_MAX;
  explicit Budget(std::size_t limit) : limit_(limit), used_(std::make_shared<std::atomic<std::size_t>>(0)) {}

  std::size_t limit() const noexcept { return limit_; }
  std::size_t used() const noexcept { return *used_; }
  /// Zeroed, 64-byte aligned. Throws Error(limit), before anything is allocated, when the limit is too small, and when
  /// the machine has no such memory. `what` completes "memory for ...".
  std::shared_ptr<std::byte[]> allocate(std::size_t bytes, std::string_view what);
  /// Counts memory that is taken elsewhere until the result is gone. Throws Error(limit).
  std::shared_ptr<const void> reserve(std::size_t bytes, std::string_view what);

 private:
  void count(std::size_t bytes, std::string_view what);

  std::size_t limit_;
  std::shared_ptr<std::atomic<std::size_t>> used_;
};

}  // namespace litesmith::interpreter
