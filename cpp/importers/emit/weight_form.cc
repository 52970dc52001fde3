#include "importers/emit/weight_form.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/half.h"

namespace litesmith::importers::emit {
namespace {

using Word = std::uint32_t;  // a float32 that is only moved

/// Axes of a strided walk over the source, outermost first.
struct Walk {
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;
  std::int64_t start = 0;
};

Walk walk_of(const Shape& shape, const WeightForm& form) {
  const int rank = shape.rank();
  std::vector<std::int64_t> strides(static_cast<std::size_t>(rank), 1);
  for (int i = rank - 2; i >= 0; --i)
    strides[static_cast<std::size_t>(i)] = strides[static_cast<std::size_t>(i) + 1] * shape[i + 1];
  Walk walk;
  for (int i = 0; i < rank; ++i) {
    const int axis = form.order.empty() ? i : form.order[static_cast<std::size_t>(i)];
    const auto a = static_cast<std::size_t>(axis);
    std::int64_t stride = strides[a];
    if (!form.reversed.empty() && form.reversed[a]) {
      walk.start += stride * (shape[axis] - 1);
      stride = -stride;
    }
    if (!walk.sizes.empty() && walk.strides.back() == stride * shape[axis]) {
      walk.sizes.back() *= shape[axis];
      walk.strides.back() = stride;
    } else if (shape[axis] != 1) {
      walk.sizes.push_back(shape[axis]);
      walk.strides.push_back(stride);
    }
  }
  return walk;
}

/// to[c * rows + r] = from[r * columns + c], in blocks that stay in the cache.
void transpose(const Word* from, std::int64_t rows, std::int64_t columns, Word* to) {
  constexpr std::int64_t kBlock = 32;
  for (std::int64_t r0 = 0; r0 < rows; r0 += kBlock)
    for (std::int64_t c0 = 0; c0 < columns; c0 += kBlock)
      for (std::int64_t c = c0; c < std::min(c0 + kBlock, columns); ++c)
        for (std::int64_t r = r0; r < std::min(r0 + kBlock, rows); ++r) to[c * rows + r] = from[r * columns + c];
}

void copy_strided(const Word* from, const Walk& walk, Word* to) {
  const std::size_t outer = walk.sizes.size() - 1;
  const std::int64_t size = walk.sizes[outer];
  const std::int64_t stride = walk.strides[outer];
  std::vector<std::int64_t> position(outer, 0);
  const Word* row = from + walk.start;
  while (true) {
    for (std::int64_t i = 0; i < size; ++i) *to++ = row[i * stride];
    std::size_t axis = outer;
    while (axis > 0) {
      --axis;
      row += walk.strides[axis];
      if (++position[axis] < walk.sizes[axis]) break;
      row -= walk.strides[axis] * walk.sizes[axis];
      position[axis] = 0;
      if (axis == 0) return;
    }
    if (outer == 0) return;
  }
}

template <class From, class Convert>
Bytes converted(const Bytes& stored, Convert convert) {
  const std::vector<From> values = stored.to_vector<From>();
  std::vector<float> result(values.size());
  std::transform(values.begin(), values.end(), result.begin(), convert);
  return Bytes::copy_of<float>(result);
}

}  // namespace

Bytes reorder(const Bytes& stored, const Shape& stored_shape, const WeightForm& form) {
  const Walk walk = walk_of(stored_shape, form);
  const bool moves = walk.start != 0 || walk.sizes.size() > 1 || (walk.sizes.size() == 1 && walk.strides[0] != 1);
  if (!moves || stored.empty()) return stored;
  const Bytes aligned =
      reinterpret_cast<std::uintptr_t>(stored.data()) % alignof(Word) == 0 ? stored : Bytes::copy(stored.view());
  const auto* from = reinterpret_cast<const Word*>(aligned.data());
  std::vector<std::byte> result(stored.size());
  auto* to = reinterpret_cast<Word*>(result.data());
  if (walk.sizes.size() == 2 && walk.strides[0] == 1 && walk.strides[1] == walk.sizes[0])
    transpose(from, walk.sizes[1], walk.sizes[0], to);
  else
    copy_strided(from, walk, to);
  return Bytes::take(std::move(result));
}

Bytes widen_to_float32(const Bytes& stored, DType& dtype) {
  const DType from = dtype;
  if (from != DType::float64 && from != DType::float16 && from != DType::bfloat16) return stored;
  dtype = DType::float32;
  if (from == DType::float64) return converted<double>(stored, [](double x) { return static_cast<float>(x); });
  if (from == DType::float16) return converted<Half>(stored, [](Half x) { return to_float(x); });
  return converted<BFloat16>(stored, [](BFloat16 x) { return to_float(x); });
}

std::int64_t first_not_finite(const Bytes& values) noexcept {
  constexpr Word kExponent = 0x7f800000u;
  constexpr std::size_t kBlock = 1024;
  const std::size_t count = values.size() / sizeof(Word);
  Word block[kBlock];
  for (std::size_t first = 0; first < count; first += kBlock) {
    const std::size_t n = std::min(kBlock, count - first);
    std::memcpy(block, values.data() + first * sizeof(Word), n * sizeof(Word));
    Word bad = 0;
    for (std::size_t i = 0; i < n; ++i) bad |= (block[i] & kExponent) == kExponent ? 1u : 0u;
    if (bad == 0) continue;
    for (std::size_t i = 0; i < n; ++i)
      if ((block[i] & kExponent) == kExponent) return static_cast<std::int64_t>(first + i);
  }
  return -1;
}

}  // namespace litesmith::importers::emit
