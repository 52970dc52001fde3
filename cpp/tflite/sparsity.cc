#include "tflite/sparsity.h"

#include <algorithm>

#include "base/error.h"

namespace litesmith::tflite {
namespace {

class Storage {
 public:
  Storage(const Shape& shape, const ir::Sparsity& sparsity, std::string_view user)
      : shape_(shape), sparsity_(sparsity), user_(user), rank_(static_cast<std::size_t>(shape.rank())) {}

  std::int64_t value_count() {
    if (!shape_.is_static()) stop("has the incomplete shape ", shape_);
    check_order();
    split_blocks();
    std::int64_t count = 1;
    for (std::size_t level = 0; level < sparsity_.dimensions.size(); ++level) count = through(level, count);
    return count;
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
      if (dimension < 0 || static_cast<std::size_t>(dimension) >= rank_)
        stop("splits dimension ", dimension, " of the shape ", shape_);
      const auto number = static_cast<std::int32_t>(rank_ + block);
      const auto level = static_cast<std::size_t>(
          std::find(sparsity_.traversal_order.begin(), sparsity_.traversal_order.end(), number) -
          sparsity_.traversal_order.begin());
      const ir::Sparsity::Dimension& inner = sparsity_.dimensions[level];
      std::int32_t& size = sizes_[static_cast<std::size_t>(dimension)];
      if (inner.csr || inner.dense_size <= 0 || size % inner.dense_size != 0)
        stop("splits dimension ", dimension, " of the shape ", shape_, " into blocks of ", inner.dense_size);
      size /= inner.dense_size;
      sizes_.push_back(inner.dense_size);
    }
  }

  /// Elements of a level, given those of the level before it.
  std::int64_t through(std::size_t level, std::int64_t count) const {
    const ir::Sparsity::Dimension& dimension = sparsity_.dimensions[level];
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

  const Shape& shape_;
  const ir::Sparsity& sparsity_;
  const std::string_view user_;
  const std::size_t rank_;
  std::vector<std::int32_t> sizes_;
};

}  // namespace

std::int64_t sparse_value_count(const Shape& shape, const ir::Sparsity& sparsity, std::string_view user) {
  return Storage(shape, sparsity, user).value_count();
}

}  // namespace litesmith::tflite
