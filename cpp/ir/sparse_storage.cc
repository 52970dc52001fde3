#include "ir/sparse_storage.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace litesmith::ir {
namespace {

/// How far apart elements lie in a dense tensor whose indices along a level differ by one.
std::int64_t below(const Shape& shape, std::int32_t dimension) { return shape.count(dimension + 1, shape.rank()); }

class Storage {
 public:
  Storage(const Shape& shape, const Sparsity& sparsity, std::string_view user)
      : shape_(shape), sparsity_(sparsity), user_(user), rank_(static_cast<std::size_t>(shape.rank())) {}

  std::int64_t value_count() {
    if (!shape_.is_static()) stop("has the incomplete shape ", shape_);
    check_order();
    split_blocks();
    std::int64_t count = 1;
    for (std::size_t level = 0; level < sparsity_.dimensions.size(); ++level) count = through(level, count);
    return count;
  }

  /// Copies values of `width` bytes to their places in `dense`; value_count() has been called and was not 0.
  void expand(std::span<const std::byte> values, std::size_t width, std::span<std::byte> dense) const {
    std::vector<std::int64_t> places{0};  // of the elements of a level
    const std::vector<std::int64_t> steps = distances();
    const std::size_t last = sparsity_.dimensions.size() - 1;
    for (std::size_t level = 0; level < last; ++level) {
      std::vector<std::int64_t> next;
      visit(level, places, steps[level], [&](std::int64_t place) { next.push_back(place); });
      places = std::move(next);
    }
    const std::byte* from = values.data();
    visit(last, places, steps[last], [&](std::int64_t place) {
      std::memcpy(dense.data() + static_cast<std::size_t>(place) * width, from, width);
      from += width;
    });
  }

 private:
  template <class... Parts>
  [[noreturn]] void stop(const Parts&... parts) const {
    fail(ErrorKind::value, user_, " is stored sparsely but ", parts...);
  }

  void check_order() const {
    const std::size_t levels = rank_ + sparsity_.block_map.size();
    if (sparsity_.dimensions.size() != levels || sparsity_.traversal_order.size() != levels)
      stop("describes ", sparsity_.dimensions.size(), " levels in an order of ", sparsity_.traversal_order.size(),
           " where its shape and blocks have ", levels);
    std::vector<std::int32_t> sorted = sparsity_.traversal_order;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < levels; ++i)
      if (sorted[i] != static_cast<std::int32_t>(i))
        stop("its traversal order is not a permutation of 0 to ", levels - 1);
  }

  /// Sizes of the dimensions as stored: split ones count blocks, then come the blocks' own sizes.
  void split_blocks() {
    sizes_.assign(shape_.begin(), shape_.end());
    for (std::size_t block = 0; block < sparsity_.block_map.size(); ++block) {
      const std::int32_t dimension = sparsity_.block_map[block];
      if (dimension < 0 || static_cast<std::size_t>(dimension) >= rank_ ||
          std::count(sparsity_.block_map.begin(), sparsity_.block_map.end(), dimension) > 1)
        stop("splits dimension ", dimension, " of the shape ", shape_);
      const auto number = static_cast<std::int32_t>(rank_ + block);
      const auto level = static_cast<std::size_t>(
          std::find(sparsity_.traversal_order.begin(), sparsity_.traversal_order.end(), number) -
          sparsity_.traversal_order.begin());
      const Sparsity::Dimension& inner = sparsity_.dimensions[level];
      std::int32_t& size = sizes_[static_cast<std::size_t>(dimension)];
      if (inner.csr || inner.dense_size <= 0 || size % inner.dense_size != 0)
        stop("splits dimension ", dimension, " of the shape ", shape_, " into blocks of ", inner.dense_size);
      size /= inner.dense_size;
      sizes_.push_back(inner.dense_size);
    }
  }

  /// Elements of a level, given those of the level before it.
  std::int64_t through(std::size_t level, std::int64_t count) const {
    const Sparsity::Dimension& dimension = sparsity_.dimensions[level];
    const std::int32_t size = sizes_[static_cast<std::size_t>(sparsity_.traversal_order[level])];
    if (!dimension.csr) {
      if (dimension.dense_size != size) stop("level ", level, " has size ", dimension.dense_size, " instead of ", size);
      return checked_product(count, size);
    }
    const std::vector<std::int32_t>& segments = dimension.segments;
    if (static_cast<std::int64_t>(segments.size()) != count + 1 || segments.front() != 0 ||
        segments.back() != static_cast<std::int64_t>(dimension.indices.size()))
      stop("level ", level, " has ", segments.size(), " row pointers and ", dimension.indices.size(), " indices for ",
           count, " rows");
    for (std::size_t row = 0; row + 1 < segments.size(); ++row) {
      if (segments[row + 1] < segments[row]) stop("the row pointers of level ", level, " go down at row ", row);
      check_row(level, segments[row], segments[row + 1], size);
    }
    return static_cast<std::int64_t>(dimension.indices.size());
  }

  void check_row(std::size_t level, std::int32_t begin, std::int32_t end, std::int32_t size) const {
    const std::vector<std::int32_t>& indices = sparsity_.dimensions[level].indices;
    std::int32_t previous = -1;
    for (std::int32_t i = begin; i < end; ++i) {
      if (static_cast<std::size_t>(i) >= indices.size()) stop("a row pointer of level ", level, " is ", i + 1);
      const std::int32_t index = indices[static_cast<std::size_t>(i)];
      if (index <= previous || index >= size)
        stop("level ", level, " has the index ", index, " after ", previous, " in a dimension of ", size);
      previous = index;
    }
  }

  /// By level, the distance in the dense tensor between an element and the next along it.
  std::vector<std::int64_t> distances() const {
    std::vector<std::int64_t> by_dimension;
    for (std::int32_t d = 0; d < shape_.rank(); ++d) by_dimension.push_back(below(shape_, d));
    for (std::size_t block = 0; block < sparsity_.block_map.size(); ++block) {
      const std::int32_t split = sparsity_.block_map[block];
      by_dimension[static_cast<std::size_t>(split)] *= sizes_[rank_ + block];
      by_dimension.push_back(below(shape_, split));
    }
    std::vector<std::int64_t> by_level;
    for (const std::int32_t number : sparsity_.traversal_order)
      by_level.push_back(by_dimension[static_cast<std::size_t>(number)]);
    return by_level;
  }

  /// Calls `use` with the place of each element of a level, in the order of storage.
  template <class Use>
  void visit(std::size_t level, const std::vector<std::int64_t>& places, std::int64_t distance, const Use& use) const {
    const Sparsity::Dimension& dimension = sparsity_.dimensions[level];
    for (std::size_t row = 0; row < places.size(); ++row) {
      const std::int32_t begin = dimension.csr ? dimension.segments[row] : 0;
      const std::int32_t end = dimension.csr ? dimension.segments[row + 1] : dimension.dense_size;
      for (std::int32_t i = begin; i < end; ++i)
        use(places[row] + distance * (dimension.csr ? dimension.indices[static_cast<std::size_t>(i)] : i));
    }
  }

  const Shape& shape_;
  const Sparsity& sparsity_;
  const std::string_view user_;
  const std::size_t rank_;
  std::vector<std::int32_t> sizes_;
};

/// Whether an element is zero, of either sign when it is a float.
bool is_zero(DType dtype, const std::byte* element) {
  const std::size_t width = byte_width(dtype);
  const std::byte sign = dtype == DType::float32 || dtype == DType::float16 ? std::byte{0x80} : std::byte{0};
  if ((element[width - 1] & ~sign) != std::byte{0}) return false;
  return std::all_of(element, element + width - 1, [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

std::int64_t sparse_value_count(const Shape& shape, const Sparsity& sparsity, std::string_view user) {
  return Storage(shape, sparsity, user).value_count();
}

void expand_sparse(const Tensor& tensor, std::span<std::byte> dense) {
  const std::string user = concat("the constant '", tensor.name, "'");
  const std::size_t width = byte_width(tensor.dtype);
  if (width == 0)
    fail(ErrorKind::unsupported, user, " is stored sparsely as ", name(tensor.dtype),
         ", which cannot be read; store it densely");
  Storage storage(tensor.shape, *tensor.sparsity, user);
  const std::int64_t values = storage.value_count();
  if (packed_bytes(tensor.dtype, values) != tensor.data->size())
    fail(ErrorKind::value, user, " keeps ", values, " sparse values of ", width, " bytes but has ", tensor.data->size(),
         " bytes");
  if (dense.size() != packed_bytes(tensor.dtype, elements(tensor.shape)))
    fail(ErrorKind::value, user, " of shape ", tensor.shape, " does not fill ", dense.size(), " bytes");
  if (values > 0 && tensor.shape.rank() > 0) storage.expand(tensor.data->view(), width, dense);
}

std::int64_t count_zeros(const Tensor& dense, std::int32_t block) {
  const std::size_t width = byte_width(dense.dtype);
  const std::size_t run = width * static_cast<std::size_t>(block);
  std::int64_t zeros = 0;
  for (std::size_t at = 0; at < dense.data->size(); at += run) {
    bool all = true;
    for (std::size_t i = 0; i < run && all; i += width) all = is_zero(dense.dtype, dense.data->data() + at + i);
    if (all) zeros += block;
  }
  return zeros;
}

void store_sparse(Tensor& dense, std::int32_t block) {
  const std::size_t run = byte_width(dense.dtype) * static_cast<std::size_t>(block);
  const int rank = dense.shape.rank();
  const std::int32_t blocks = dense.shape.back() / block;
  Sparsity sparsity{.has_block_map = true};
  for (int axis = 0; axis + 1 < rank; ++axis) sparsity.dimensions.push_back({.dense_size = dense.shape[axis]});
  Sparsity::Dimension rows{.csr = true, .segments = {0}};
  std::vector<std::byte> values;
  const std::int64_t row_count = dense.shape.count(0, rank - 1);
  const std::byte* at = dense.data->data();
  for (std::int64_t row = 0; row < row_count; ++row) {
    for (std::int32_t i = 0; i < blocks; ++i, at += run) {
      bool kept = false;
      for (std::size_t e = 0; e < run && !kept; e += byte_width(dense.dtype)) kept = !is_zero(dense.dtype, at + e);
      if (!kept) continue;
      rows.indices.push_back(i);
      values.insert(values.end(), at, at + run);
    }
    rows.segments.push_back(static_cast<std::int32_t>(rows.indices.size()));
  }
  sparsity.dimensions.push_back(std::move(rows));
  if (block > 1) {
    sparsity.block_map = {rank - 1};
    sparsity.dimensions.push_back({.dense_size = block});
  }
  for (std::size_t level = 0; level < sparsity.dimensions.size(); ++level)
    sparsity.traversal_order.push_back(static_cast<std::int32_t>(level));
  dense.data = Bytes::take(std::move(values));
  dense.sparsity = std::make_shared<const Sparsity>(std::move(sparsity));
}

}  // namespace litesmith::ir
