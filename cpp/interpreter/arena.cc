#include "interpreter/arena.h"

#include <algorithm>
#include <new>
#include <numeric>

#include "base/aligned_buffer.h"
#include "base/error.h"

namespace litesmith::interpreter {
namespace {

constexpr std::size_t kLargest = std::size_t{1} << 62;

bool meet(const Lifetime& a, const Lifetime& b) noexcept { return a.first <= b.last && b.first <= a.last; }

/// Lowest offset of the tightest gap between the placed blocks that `block` meets; `placed` is ordered by offset.
std::size_t best_gap(const Lifetime& block, std::span<const Lifetime> blocks, std::span<const std::size_t> offsets,
                     std::span<const std::size_t> placed) {
  const std::size_t need = align_up(block.bytes);
  std::size_t best = kLargest;
  std::size_t best_waste = kLargest;
  std::size_t free_from = 0;
  for (const std::size_t other : placed) {
    if (!meet(block, blocks[other])) continue;
    if (offsets[other] >= free_from + need && offsets[other] - free_from - need < best_waste) {
      best_waste = offsets[other] - free_from - need;
      best = free_from;
    }
    free_from = std::max(free_from, offsets[other] + align_up(blocks[other].bytes));
  }
  return best == kLargest ? free_from : best;
}

}  // namespace

Placement place(std::span<const Lifetime> blocks) {
  std::size_t sum = 0;
  for (const Lifetime& block : blocks) {
    if (block.bytes > kLargest - sum) fail(ErrorKind::limit, "the tensors of the graph need more than 2^62 bytes");
    sum += align_up(block.bytes);
  }
  std::vector<std::size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return blocks[a].bytes > blocks[b].bytes; });
  Placement result{std::vector<std::size_t>(blocks.size(), 0), 0};
  std::vector<std::size_t> placed;  // by ascending offset
  placed.reserve(blocks.size());
  for (const std::size_t i : order) {
    if (blocks[i].bytes == 0) continue;
    result.offsets[i] = best_gap(blocks[i], blocks, result.offsets, placed);
    result.total = std::max(result.total, result.offsets[i] + align_up(blocks[i].bytes));
    const auto after = std::upper_bound(placed.begin(), placed.end(), result.offsets[i],
                                        [&](std::size_t offset, std::size_t j) { return offset < result.offsets[j]; });
    placed.insert(after, i);
  }
  return result;
}

std::shared_ptr<std::byte[]> Budget::allocate(std::size_t bytes, std::string_view what) {
  const std::size_t before = used_->fetch_add(bytes);
  const auto release = [used = used_, bytes] { used->fetch_sub(bytes); };
  if (bytes > limit_ || before > limit_ - bytes) {
    release();
    fail(ErrorKind::limit, "memory for ", what, " takes ", bytes, " bytes on top of ", before,
         ", which exceeds memory_limit = ", limit_, " bytes; raise the limit or choose smaller input shapes");
  }
  try {
    auto buffer = aligned_buffer(bytes);
    std::byte* address = buffer.get();
    return {address, [buffer = std::move(buffer), release](std::byte*) { release(); }};
  } catch (const std::bad_alloc&) {
    release();
    fail(ErrorKind::limit, "memory for ", what, " takes ", bytes, " bytes, which this machine cannot give");
  }
}

}  // namespace litesmith::interpreter
