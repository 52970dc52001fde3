#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

namespace litesmith {

/// Read-only bytes with shared ownership: a slice of a mapped file, of a caller's array, or of a private copy.
class Bytes {
 public:
  Bytes() = default;
  /// `view` must stay valid as long as `owner` lives.
  Bytes(std::shared_ptr<const void> owner, std::span<const std::byte> view) : owner_(std::move(owner)), view_(view) {}

  /// A private copy.
  static Bytes copy(std::span<const std::byte> source) {
    auto owned = std::make_shared<std::vector<std::byte>>(source.begin(), source.end());
    return Bytes(owned, *owned);
  }
  template <class T>
  static Bytes copy_of(std::span<const T> values) {
    return copy(std::as_bytes(values));
  }
  static Bytes take(std::vector<std::byte> source) {
    auto owned = std::make_shared<std::vector<std::byte>>(std::move(source));
    return Bytes(owned, *owned);
  }

  std::span<const std::byte> view() const noexcept { return view_; }
  const std::byte* data() const noexcept { return view_.data(); }
  std::size_t size() const noexcept { return view_.size(); }
  bool empty() const noexcept { return view_.empty(); }
  /// The same owner, fewer bytes; the range must lie inside.
  Bytes slice(std::size_t offset, std::size_t size) const { return Bytes(owner_, view_.subspan(offset, size)); }
  /// The values as T, copied, so that the address may be unaligned. A remainder smaller than T is dropped.
  template <class T>
  std::vector<T> to_vector() const {
    std::vector<T> values(view_.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), view_.data(), values.size() * sizeof(T));
    return values;
  }

  /// Equal content (not: equal owner).
  bool operator==(const Bytes& other) const noexcept {
    return size() == other.size() && (empty() || std::memcmp(data(), other.data(), size()) == 0);
  }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> view_;
};

}  // namespace litesmith
