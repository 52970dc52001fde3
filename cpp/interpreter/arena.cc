#include "interpreter/arena.h"

#include <algorithm>
#include <map>
#include <new>
#include <numeric>
#include <set>
#include <utility>

#include "base/aligned_buffer.h"
#include "base/error.h"

namespace litesmith::interpreter {
namespace {

constexpr std::size_t kLargest = std::size_t{1} << 62;
/// Placing by size looks at all pairs of blocks; with more blocks than this they are placed by time.
constexpr std::size_t kMostBySize = 10000;

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

/// Blocks in the order of time, each in the smallest hole that takes it: n log n.
class ByTime {
 public:
  explicit ByTime(std::span<const Lifetime> blocks) : blocks_(blocks), offsets_(blocks.size(), 0) {}

  Placement place() {
    std::vector<std::size_t> order(blocks_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return blocks_[a].first < blocks_[b].first; });
    std::set<std::pair<std::int32_t, std::size_t>> alive;  // by the time of their end
    for (const std::size_t i : order) {
      if (blocks_[i].bytes == 0) continue;
      while (!alive.empty() && alive.begin()->first < blocks_[i].first) {
        const std::size_t ended = alive.begin()->second;
        alive.erase(alive.begin());
        give_back(offsets_[ended], align_up(blocks_[ended].bytes));
      }
      offsets_[i] = take(align_up(blocks_[i].bytes));
      alive.emplace(blocks_[i].last, i);
    }
    return {std::move(offsets_), total_};
  }

 private:
  std::size_t take(std::size_t size) {
    const auto hole = by_size_.lower_bound({size, 0});
    if (hole == by_size_.end()) {
      total_ += size;
      return total_ - size;
    }
    const auto [hole_size, offset] = *hole;
    remove(offset, hole_size);
    if (hole_size > size) add(offset + size, hole_size - size);
    return offset;
  }
  void give_back(std::size_t offset, std::size_t size) {
    const auto after = by_offset_.find(offset + size);
    if (after != by_offset_.end()) {
      const std::size_t more = after->second;
      remove(offset + size, more);
      size += more;
    }
    auto before = by_offset_.lower_bound(offset);
    if (before != by_offset_.begin() && (--before)->first + before->second == offset) {
      const auto [start, more] = *before;
      remove(start, more);
      return add(start, size + more);
    }
    add(offset, size);
  }
  void add(std::size_t offset, std::size_t size) {
    by_size_.emplace(size, offset);
    by_offset_.emplace(offset, size);
  }
  void remove(std::size_t offset, std::size_t size) {
    by_size_.erase({size, offset});
    by_offset_.erase(offset);
  }

  std::span<const Lifetime> blocks_;
  std::vector<std::size_t> offsets_;
  std::size_t total_ = 0;
  std::set<std::pair<std::size_t, std::size_t>> by_size_;  // holes: size, offset
  std::map<std::size_t, std::size_t> by_offset_;           // holes: offset, size
};

}  // namespace

Placement place(std::span<const Lifetime> blocks) {
  std::size_t sum = 0;
  for (const Lifetime& block : blocks) {
    if (block.bytes > kLargest - sum) fail(ErrorKind::limit, "the tensors of the graph need more than 2^62 bytes");
    sum += align_up(block.bytes);
  }
  if (blocks.size() > kMostBySize) return ByTime(blocks).place();
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

void Budget::count(std::size_t bytes, std::string_view what) {
  const std::size_t before = used_->fetch_add(bytes);
  if (bytes <= limit_ && before <= limit_ - bytes) return;
  used_->fetch_sub(bytes);
  fail(ErrorKind::limit, "memory for ", what, " takes ", bytes, " bytes on top of ", before,
       ", which exceeds memory_limit = ", limit_, " bytes; raise the limit or choose smaller input shapes");
}

std::shared_ptr<const void> Budget::reserve(std::size_t bytes, std::string_view what) {
  count(bytes, what);
  return {this, [used = used_, bytes](const void*) { used->fetch_sub(bytes); }};
}

std::shared_ptr<std::byte[]> Budget::allocate(std::size_t bytes, std::string_view what) {
  count(bytes, what);
  const auto release = [used = used_, bytes] { used->fetch_sub(bytes); };
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
