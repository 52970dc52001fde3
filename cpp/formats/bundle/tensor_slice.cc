#include "formats/bundle/tensor_slice.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace litesmith::formats {
namespace {

[[noreturn]] void malformed(std::string_view text) {
  fail(ErrorKind::value, "'", text, "' does not say a tensor's shape and a slice; expected for instance '4 8 0,2:-'");
}

std::int64_t number(std::string_view part, std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
  if (error != std::errc() || end != part.data() + part.size() || value < 0 ||
      value > std::numeric_limits<std::int32_t>::max())
    malformed(text);
  return value;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// A number that is not negative: how many bytes, then these, the highest first.
void append_unsigned(std::string& key, std::uint64_t value) {
  std::string bytes;
  for (; value != 0; value >>= 8) bytes.insert(bytes.begin(), static_cast<char>(value & 0xFF));
  key += static_cast<char>(bytes.size());
  key += bytes;
}

/// A signed number of n bytes: n ones at its start (zeros for negative numbers) say so, 7 n - 1 bits are left.
void append_signed(std::string& key, std::int64_t value) {
  const auto magnitude = static_cast<std::uint64_t>(value < 0 ? ~value : value);
  std::size_t count = 1;
  while (count < 10 && (magnitude >> (7 * count - 1)) != 0) ++count;
  for (std::size_t i = count; i-- > 0;) {
    const std::int64_t shifted = i < 8 ? value >> (8 * i) : (value < 0 ? -1 : 0);
    const std::size_t first = 8 * (count - 1 - i);
    const std::size_t ones = count > first ? std::min<std::size_t>(8, count - first) : 0;
    key += static_cast<char>((shifted ^ (0xFF00 >> ones)) & 0xFF);
  }
}

std::size_t extent_at(const TensorSlice& slice, std::size_t axis) {
  return static_cast<std::size_t>(slice.extents[axis].length);
}

/// Calls f(byte in the whole, byte in the slice, bytes) for every run that lies together in both.
template <class F>
void for_each_run(const Shape& shape, const TensorSlice& slice, std::size_t element_bytes, const F& f) {
  const std::size_t rank = slice.extents.size();
  std::size_t rows = 1;
  for (std::size_t axis = 0; axis + 1 < rank; ++axis) rows *= extent_at(slice, axis);
  const std::size_t run = (rank == 0 ? 1 : extent_at(slice, rank - 1)) * element_bytes;
  if (run == 0) return;
  for (std::size_t row = 0; row < rows; ++row) {
    std::size_t at = rank == 0 ? 0 : static_cast<std::size_t>(slice.extents[rank - 1].start);
    std::size_t stride = rank == 0 ? 1 : static_cast<std::size_t>(shape.back());
    for (std::size_t axis = rank - 1, rest = row; rank > 1 && axis-- > 0;) {
      at += (static_cast<std::size_t>(slice.extents[axis].start) + rest % extent_at(slice, axis)) * stride;
      rest /= extent_at(slice, axis);
      stride *= static_cast<std::size_t>(shape.dims()[axis]);
    }
    f(at * element_bytes, row * run, run);
  }
}

bool overlap(const TensorSlice& a, const TensorSlice& b) {
  for (std::size_t axis = 0; axis < a.extents.size(); ++axis) {
    const auto &x = a.extents[axis], &y = b.extents[axis];
    if (x.start >= y.start + y.length || y.start >= x.start + x.length) return false;
  }
  return true;
}

}  // namespace

TensorSlice read_tensor_slice(Message message) {
  TensorSlice slice;
  while (message.next()) {
    if (message.field() != 1) continue;
    TensorSlice::Extent extent;
    Message part = message.message();
    while (part.next()) {
      if (part.field() == 1) extent.start = part.integer();
      if (part.field() == 2) extent.length = part.integer();
    }
    slice.extents.push_back(extent);
  }
  return slice;
}

ShapeAndSlice parse_shape_and_slice(std::string_view text) {
  std::vector<std::string_view> parts = split(text, ' ');
  const std::string_view spec = parts.back();
  parts.pop_back();
  ShapeAndSlice parsed;
  for (const std::string_view dim : parts) parsed.shape.dims().push_back(static_cast<std::int32_t>(number(dim, text)));
  if (parts.empty() && spec.empty()) return parsed;
  for (const std::string_view extent : split(spec, ':')) {
    const auto ends = split(extent, ',');
    if (extent == "-")
      parsed.slice.extents.push_back({});
    else if (ends.size() == 2)
      parsed.slice.extents.push_back({number(ends[0], text), number(ends[1], text)});
    else
      malformed(text);
  }
  if (parsed.slice.extents.size() != parts.size()) malformed(text);
  return parsed;
}

std::string slice_key(std::string_view name, const TensorSlice& slice) {
  std::string key;
  append_unsigned(key, 0);
  for (const char c : name) {
    key += c;
    if (c == '\x00') key += '\xFF';
    if (c == '\xFF') key += '\x00';
  }
  key += '\x00';
  key += '\x01';
  append_unsigned(key, slice.extents.size());
  for (const auto& extent : slice.extents) {
    append_signed(key, extent.start);
    append_signed(key, extent.length);
  }
  return key;
}

TensorSlice resolved(const TensorSlice& slice, const Shape& whole, std::string_view name) {
  TensorSlice inside = slice;
  if (static_cast<int>(slice.extents.size()) != whole.rank())
    fail(ErrorKind::value, "a slice of '", name, "' has ", slice.extents.size(), " dimensions, the tensor is ", whole);
  for (std::size_t axis = 0; axis < inside.extents.size(); ++axis) {
    auto& extent = inside.extents[axis];
    const std::int64_t size = whole.dims()[axis];
    if (extent.length == -1) extent.length = size - extent.start;
    if (extent.start < 0 || extent.length < 0 || extent.start > size || extent.length > size - extent.start)
      fail(ErrorKind::value, "a slice of '", name, "' has ", extent.length, " elements from ", extent.start,
           " in dimension ", axis, " of ", whole);
  }
  return inside;
}

Shape shape_of(const TensorSlice& slice) {
  Shape shape;
  for (const auto& extent : slice.extents) shape.dims().push_back(static_cast<std::int32_t>(extent.length));
  return shape;
}

Bytes cut_out(const Bytes& whole, const Shape& shape, const TensorSlice& slice, std::size_t element_bytes) {
  std::vector<std::byte> part(static_cast<std::size_t>(elements(shape_of(slice))) * element_bytes);
  for_each_run(shape, slice, element_bytes, [&](std::size_t from, std::size_t to, std::size_t count) {
    std::memcpy(part.data() + to, whole.data() + from, count);
  });
  return Bytes::take(std::move(part));
}

Bytes assemble(const std::vector<TensorSlice>& slices, const std::vector<Bytes>& parts, const Shape& shape,
               std::size_t element_bytes, std::string_view name) {
  if (slices.size() > kMostSlices)
    fail(ErrorKind::limit, "'", name, "' is stored in ", slices.size(), " slices; ", kMostSlices, " are the most");
  std::int64_t count = 0;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const std::int64_t own = elements(shape_of(slices[i]));
    if (parts[i].size() != static_cast<std::size_t>(own) * element_bytes)
      fail(ErrorKind::value, "slice ", i, " of '", name, "' has ", parts[i].size(), " bytes for ", own, " elements");
    for (std::size_t j = 0; j < i && own != 0; ++j)
      if (elements(shape_of(slices[j])) != 0 && overlap(slices[i], slices[j]))
        fail(ErrorKind::value, "slices ", j, " and ", i, " of '", name, "' overlap");
    count += own;
  }
  if (count != elements(shape))
    fail(ErrorKind::value, "the slices of '", name, "' hold ", count, " elements, its shape ", shape, " has ",
         elements(shape));
  std::vector<std::byte> whole(packed_bytes(DType::int8, checked_product(count, static_cast<int>(element_bytes))));
  for (std::size_t i = 0; i < slices.size(); ++i)
    for_each_run(shape, slices[i], element_bytes, [&](std::size_t to, std::size_t from, std::size_t bytes) {
      std::memcpy(whole.data() + to, parts[i].data() + from, bytes);
    });
  return Bytes::take(std::move(whole));
}

}  // namespace litesmith::formats
