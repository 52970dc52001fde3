#include "sample_feeds.h"

#include "base/error.h"

namespace litesmith::bindings {

std::vector<quantization::Feed> feeds_of(const SampleArrays& values) {
  std::vector<quantization::Feed> feeds;
  for (const auto& [tensor, array] : values) {
    if ((array.flags() & pybind11::array::c_style) == 0) fail(ErrorKind::value, "a sample's array is not contiguous");
    std::vector<std::int32_t> dims;
    for (pybind11::ssize_t axis = 0; axis < array.ndim(); ++axis) {
      if (array.shape(axis) > INT32_MAX) fail(ErrorKind::limit, "a sample has a dimension of ", array.shape(axis));
      dims.push_back(static_cast<std::int32_t>(array.shape(axis)));
    }
    feeds.push_back({tensor,
                     Shape(std::move(dims)),
                     {static_cast<const std::byte*>(array.data()), static_cast<std::size_t>(array.nbytes())}});
  }
  return feeds;
}

}  // namespace litesmith::bindings
