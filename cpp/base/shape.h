#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "base/dtype.h"

namespace litesmith {

inline constexpr std::int32_t kUnknownDim = -1;

/// Dimensions of a tensor, outermost first; -1 = not known yet. A shape may also have an unknown rank.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int32_t> dims) : dims_(dims) {}
  explicit Shape(std::vector<std::int32_t> dims) : dims_(std::move(dims)) {}
  static Shape unknown_rank() {
    Shape shape;
    shape.has_rank_ = false;
    return shape;
  }

  bool has_rank() const noexcept { return has_rank_; }
  int rank() const noexcept { return static_cast<int>(dims_.size()); }
  /// Throws Error(value) where the shape has no such axis.
  std::int32_t operator[](int axis) const { return dims_[place(axis)]; }
  std::int32_t& operator[](int axis) { return dims_[place(axis)]; }
  /// Dimension counted from the end: back(1) is the innermost one. Throws as operator[] does.
  std::int32_t back(int from_end = 1) const { return dims_[place(rank() - from_end)]; }
  const std::vector<std::int32_t>& dims() const noexcept { return dims_; }
  std::vector<std::int32_t>& dims() noexcept { return dims_; }
  auto begin() const noexcept { return dims_.begin(); }
  auto end() const noexcept { return dims_.end(); }

  /// True when the rank and every dimension are known.
  bool is_static() const noexcept;
  /// Product of the dimensions; nullopt when not static. Throws Error(limit) when it exceeds 2^62.
  std::optional<std::int64_t> element_count() const;
  /// Product of dims [first, last); every one of them must be known.
  std::int64_t count(int first, int last) const;

  bool operator==(const Shape&) const = default;

 private:
  std::size_t place(int axis) const {
    if (axis < 0 || axis >= rank()) fail_axis(axis);
    return static_cast<std::size_t>(axis);
  }
  [[noreturn]] void fail_axis(int axis) const;

  std::vector<std::int32_t> dims_;
  bool has_rank_ = true;
};

/// "[1, ?, 3]", "[]" for a scalar, "[...]" for an unknown rank.
std::string to_string(const Shape& shape);
std::ostream& operator<<(std::ostream& out, const Shape& shape);

/// Element count of a static shape; throws Error(value) when the shape is not static.
std::int64_t elements(const Shape& shape);

/// Bytes of `count` packed elements (int4 and int2 round up to whole bytes). Throws Error(limit) on overflow.
std::size_t packed_bytes(DType dtype, std::int64_t count);

/// a * b for sizes; throws Error(limit) when the product exceeds 2^62. Both must be >= 0.
std::int64_t checked_product(std::int64_t a, std::int64_t b);

/// Axis in [-rank, rank) made non-negative; nullopt when outside.
std::optional<int> normalize_axis(std::int64_t axis, int rank) noexcept;

/// Shape of a numpy-style broadcast; unknown dims stay unknown where the other side does not decide. nullopt when
/// the shapes do not fit.
std::optional<Shape> broadcast(const Shape& a, const Shape& b);

}  // namespace litesmith
