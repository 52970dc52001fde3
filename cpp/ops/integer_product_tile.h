#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <type_traits>
#include <vector>

#include "kernels/row_dot/row_dot.h"
#include "ops/product_constants.h"

/// How integer_product_step() runs.
namespace litesmith::ops::integer_product {

/// Rows that are summed before they are finished.
inline constexpr std::int64_t kRowBlock = 32;
/// Rows of a tile: columns that a tile has to convert are then used often enough.
inline constexpr std::int64_t kTileRows = 256;
template <class X>
using SumOf = std::conditional_t<sizeof(X) == 1, std::int32_t, std::int64_t>;

inline void sum_rows(const kernels::RowDots& dots, const kernels::RowDotShape& shape, const std::int8_t* x,
                     const std::int8_t* w, std::int32_t* sums) noexcept {
  dots.int8(shape, x, w, sums);
}
inline void sum_rows(const kernels::RowDots& dots, const kernels::RowDotShape& shape, const std::int16_t* x,
                     const std::int8_t* w, std::int64_t* sums) noexcept {
  dots.int16_by_int8(shape, x, w, sums);
}
inline void sum_rows(const kernels::RowDots& dots, const kernels::RowDotShape& shape, const std::int16_t* x,
                     const std::int16_t* w, std::int64_t* sums) noexcept {
  dots.int16(shape, x, w, sums);
}

/// Where a tile's arrays lie in its scratch, in bytes.
struct ScratchLayout {
  std::size_t x, floats, w, w_sums, offsets, x_sums, scales, sums, narrow, bytes;
};

template <class X, class W>
struct Prepared {
  using Sum = SumOf<X>;

  IntegerProduct product;
  const kernels::RowDots* dots = nullptr;
  const kernels::RequantizeLoops* requantize = nullptr;
  const kernels::RowQuantizer* quantizer = nullptr;
  std::int64_t m = 0, k = 0, n = 0;
  std::int64_t columns = 0;  ///< of a tile: a multiple of kernels::kScaleBlock, or n
  std::int64_t column_tiles = 0, row_tiles = 0;
  bool is_hybrid = false;
  bool uses_w_sums = false;
  ProductBias bias{};
  ColumnScales column{};
  /// Rows of constant weights that had to be converted, and sums of constant weights; else empty.
  std::shared_ptr<std::byte[]> w_rows{};
  std::vector<Sum> w_sums{};
  /// As many as there are terms: what rows are multiplied by to sum them.
  std::vector<X> ones{};
  ScratchLayout at{};
};

/// Columns of one matrix of the result, for some of its rows.
template <class X, class W>
class Tile {
 public:
  using Sum = SumOf<X>;

  Tile(const Prepared<X, W>& p, const Operands& operands, std::int64_t tile) noexcept
      : p_(p), operands_(operands), matrix_(tile / (p.row_tiles * p.column_tiles)) {
    const std::int64_t column_tile = tile % p.column_tiles;
    const std::int64_t row_tile = tile / p.column_tiles % p.row_tiles;
    columns_ = {column_tile * p.columns, std::min((column_tile + 1) * p.columns, p.n)};
    rows_ = {row_tile * kTileRows, std::min((row_tile + 1) * kTileRows, p.m)};
  }

  void run() noexcept {
    const W* w = weights();
    set_offsets(w);
    for (std::int64_t first = rows_.begin; first < rows_.end; first += kRowBlock) {
      const Range rows{first, std::min(first + kRowBlock, rows_.end)};
      const X* x = values(rows);
      auto* sums = scratch<Sum>(p_.at.sums);
      sum_rows(*p_.dots, {rows.size(), p_.k, columns_.size(), p_.k, p_.k, columns_.size()}, x, w, sums);
      if (p_.is_hybrid) {
        finish(std::get<HybridResult>(p_.product.result), rows, sums);
        continue;
      }
      add_offsets(x, rows.size(), sums);
      if (const auto* requantization = std::get_if<Requantization>(&p_.product.result))
        finish(*requantization, rows, sums);
      else
        store(rows, sums);
    }
  }

 private:
  template <class T>
  T* scratch(std::size_t offset) const noexcept {
    return reinterpret_cast<T*>(operands_.scratch + offset);
  }
  template <class T>
  T* result(std::int64_t row) const noexcept {
    return operands_.out<T>() + (matrix_ * p_.m + row) * p_.n + columns_.begin;
  }

  const W* weights() const noexcept {
    const std::int64_t matrix = p_.product.w_matrix[static_cast<std::size_t>(matrix_)];
    const std::int64_t first = matrix * p_.product.w.size() + columns_.begin * p_.k;
    if (p_.w_rows != nullptr) return reinterpret_cast<const W*>(p_.w_rows.get()) + first;
    if (p_.product.w.is_plain()) return operands_.in<W>(1) + first;
    auto* w = scratch<W>(p_.at.w);
    copy_rows(p_.product.w, operands_.inputs[1], matrix, columns_, w);
    return w;
  }

  const X* values(Range rows) const noexcept {
    const MatrixLayout& layout = p_.product.x;
    const std::int64_t matrix = p_.product.x_matrix[static_cast<std::size_t>(matrix_)];
    auto* x = scratch<X>(p_.at.x);
    if (p_.is_hybrid) {
      quantize(matrix, rows, x);
      return x;
    }
    if (layout.is_plain()) return operands_.in<X>(0) + matrix * layout.size() + rows.begin * p_.k;
    copy_rows(layout, operands_.inputs[0], matrix, rows, x);
    return x;
  }

  void quantize(std::int64_t matrix, Range rows, X* x) const noexcept {
    if constexpr (std::is_same_v<X, std::int8_t>) {
      const MatrixLayout& layout = p_.product.x;
      const float* floats = operands_.in<float>(0) + matrix * layout.size() + rows.begin * p_.k;
      if (layout.transposed) {
        auto* copy = scratch<float>(p_.at.floats);
        copy_rows(layout, operands_.inputs[0], matrix, rows, copy);
        floats = copy;
      }
      const auto range = std::get<HybridResult>(p_.product.result).range;
      auto* scales = scratch<kernels::RowScale>(p_.at.scales);
      for (std::int64_t i = 0; i < rows.size(); ++i)
        scales[i] = kernels::quantize_row(*p_.quantizer, floats + i * p_.k, p_.k, range, x + i * p_.k);
    }
  }

  std::int64_t bias(std::int64_t column) const noexcept {
    if (!p_.bias.integers.empty()) return p_.bias.integers[static_cast<std::size_t>(column)];
    return p_.bias.dtype == DType::int64 ? operands_.in<std::int64_t>(p_.product.bias)[column]
                                         : operands_.in<std::int32_t>(p_.product.bias)[column];
  }

  /// What is added to the sums of each column: bias - zx * sum of w + k * zx * zw.
  void set_offsets(const W* w) noexcept {
    const std::int64_t count = columns_.size();
    if (p_.uses_w_sums && p_.w_sums.empty()) {
      auto* computed = scratch<Sum>(p_.at.w_sums);
      if constexpr (std::is_same_v<X, W>)
        sum_rows(*p_.dots, {1, p_.k, count, p_.k, p_.k, count}, p_.ones.data(), w, computed);
      w_sums_ = computed;
    } else if (p_.uses_w_sums) {
      w_sums_ = p_.w_sums.data() + p_.product.w_matrix[static_cast<std::size_t>(matrix_)] * p_.n + columns_.begin;
    }
    if (p_.is_hybrid) return;
    const std::int64_t zx = p_.product.x_zero_point;
    const std::int64_t shared = p_.k * zx * p_.product.w_zero_point;
    auto* offsets = scratch<Sum>(p_.at.offsets);
    for (std::int64_t j = 0; j < count; ++j) {
      const std::int64_t sum = w_sums_ == nullptr ? 0 : w_sums_[j];
      const std::int64_t added = p_.bias.is_there ? bias(columns_.begin + j) : 0;
      offsets[j] = static_cast<Sum>(static_cast<std::uint64_t>(added) + static_cast<std::uint64_t>(shared - zx * sum));
    }
  }

  void add_offsets(const X* x, std::int64_t rows, Sum* sums) const noexcept {
    using Unsigned = std::make_unsigned_t<Sum>;
    const std::int64_t count = columns_.size();
    const auto* offsets = scratch<Sum>(p_.at.offsets);
    auto* x_sums = scratch<Sum>(p_.at.x_sums);
    const auto zw = static_cast<Unsigned>(p_.product.w_zero_point);
    if constexpr (std::is_same_v<X, W>)
      if (zw != 0) sum_rows(*p_.dots, {1, p_.k, rows, p_.k, p_.k, rows}, p_.ones.data(), x, x_sums);
    for (std::int64_t i = 0; i < rows; ++i) {
      const Unsigned taken = zw == 0 ? 0 : zw * static_cast<Unsigned>(x_sums[i]);
      Sum* row = sums + i * count;
      for (std::int64_t j = 0; j < count; ++j)
        row[j] = static_cast<Sum>(static_cast<Unsigned>(row[j]) + static_cast<Unsigned>(offsets[j]) - taken);
    }
  }

  void finish(const Requantization& how, Range rows, const Sum* sums) const noexcept {
    const std::int64_t count = columns_.size();
    void* y = how.type == kernels::OutputType::int16 ? static_cast<void*>(result<std::int16_t>(rows.begin))
                                                     : static_cast<void*>(result<std::int8_t>(rows.begin));
    const kernels::RequantizeRows target{rows.size(), count, count, y, p_.n, how.type, how.range};
    if (sizeof(Sum) == 4 || p_.product.narrow_sums) {
      const std::int32_t* narrow = narrowed(sums, rows.size() * count);
      how.in_float64 ? p_.requantize->float64(target, narrow, &p_.column.factors[first()])
                     : p_.requantize->fixed_point(target, narrow, &p_.column.multipliers[first()]);
    } else if constexpr (sizeof(Sum) == 8) {
      how.in_float64 ? p_.requantize->wide_float64(target, sums, &p_.column.factors[first()])
                     : p_.requantize->wide_fixed_point(target, sums, &p_.column.multipliers[first()]);
    }
  }

  std::size_t first() const noexcept { return static_cast<std::size_t>(columns_.begin); }

  const std::int32_t* narrowed(const Sum* sums, std::int64_t count) const noexcept {
    if constexpr (sizeof(Sum) == 4) {
      static_cast<void>(count);
      return sums;
    } else {
      auto* narrow = scratch<std::int32_t>(p_.at.narrow);
      for (std::int64_t i = 0; i < count; ++i) narrow[i] = static_cast<std::int32_t>(sums[i]);
      return narrow;
    }
  }

  void store(Range rows, const Sum* sums) const noexcept {
    for (std::int64_t i = 0; i < rows.size(); ++i)
      std::copy_n(sums + i * columns_.size(), columns_.size(), result<std::int32_t>(rows.begin + i));
  }

  void finish(const HybridResult& how, Range rows, const Sum* sums) const noexcept {
    const std::int64_t count = columns_.size();
    const auto* row_scales = scratch<kernels::RowScale>(p_.at.scales);
    const float* bias = nullptr;
    if (p_.bias.is_there)
      bias = (p_.bias.floats.empty() ? operands_.in<float>(p_.product.bias) : p_.bias.floats.data()) + columns_.begin;
    const float* scales = p_.column.scales.data() + columns_.begin;
    for (std::int64_t i = 0; i < rows.size(); ++i) {
      const kernels::RowScale row = row_scales[i];
      const auto point = static_cast<std::uint32_t>(row.zero_point);
      float* y = result<float>(rows.begin + i);
      for (std::int64_t j = 0; j < count; ++j) {
        const std::uint32_t taken = w_sums_ == nullptr ? 0 : point * static_cast<std::uint32_t>(w_sums_[j]);
        const auto sum = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[i * count + j]) - taken);
        const float product = static_cast<float>(sum) * (row.scale * scales[j]);
        const float value = (bias == nullptr ? 0.0F : bias[j]) + product;
        const float above = value < how.clamp.low ? how.clamp.low : value;
        y[j] = above > how.clamp.high ? how.clamp.high : above;
      }
    }
  }

  const Prepared<X, W>& p_;
  const Operands& operands_;
  std::int64_t matrix_;
  Range columns_{0, 0};
  Range rows_{0, 0};
  const Sum* w_sums_ = nullptr;
};

}  // namespace litesmith::ops::integer_product
