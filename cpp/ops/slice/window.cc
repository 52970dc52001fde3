#include "ops/slice/window.h"

#include <algorithm>

#include "ops/axes.h"
#include "ops/slice/slice.h"

namespace litesmith::ops::slice {
namespace {

std::int64_t length_of(const NodeView& view, int operand) {
  const auto count = view.input(operand).shape.element_count();
  return count ? *count : kUnknownDim;
}

void check_window(const NodeView& view, int axis, std::int64_t begin, std::int64_t size, std::int64_t whole) {
  if (begin >= 0 && size >= 0 && begin <= whole - size) return;
  view.fail("begin ", begin, " and size ", size, " at axis ", axis, " leave '", view.input(0).name,
            "', whose shape is ", view.input(0).shape);
}

AxisWindow slice_window(const NodeView& view, int axis, std::optional<std::int64_t> begin,
                        std::optional<std::int64_t> size) {
  const std::int64_t whole = view.input(0).shape[axis];
  if (size && *size < -1)
    view.fail("size ", *size, " at axis ", axis, " is impossible; give a size, or -1 for all that is left");
  if (begin && *begin < 0) view.fail("begin ", *begin, " at axis ", axis, " is negative; count from the front");
  AxisWindow window{.axis = axis, .start = begin, .count = size, .entry = axis};
  if (size && *size == -1) {
    window.count.reset();
    if (begin && whole != kUnknownDim) window.count = whole - *begin;
  }
  if (whole != kUnknownDim && begin && window.count) check_window(view, axis, *begin, *window.count, whole);
  if (whole != kUnknownDim && window.count && *window.count > whole)
    view.fail("size ", *window.count, " at axis ", axis, " is more than '", view.input(0).name, "' of shape ",
              view.input(0).shape, " has");
  return window;
}

/// One entry of a STRIDED_SLICE after its ellipsis has been spread out.
struct Entry {
  int axis = -1;      // of the operand; -1 = new axis
  int position = -1;  // in begin, end, strides; -1 = the whole axis
};

bool bit(std::int32_t mask, int position) { return (static_cast<std::uint32_t>(mask) >> position & 1u) != 0; }

std::vector<Entry> spread(const NodeView& view, int rank, int length) {
  const auto& attrs = view.attrs<StridedSliceAttrs>();
  int axes = 0;
  int ellipses = 0;
  for (int i = 0; i < length; ++i) {
    if (bit(attrs.ellipsis_mask, i))
      ++ellipses;
    else if (!bit(attrs.new_axis_mask, i))
      ++axes;
  }
  if (ellipses > 1) view.fail("has ", ellipses, " ellipses; only one can stand for the axes that are left");
  if (axes > rank) view.fail("names ", axes, " axes but '", view.input(0).name, "' has shape ", view.input(0).shape);
  std::vector<Entry> entries;
  int axis = 0;
  for (int i = 0; i < length; ++i) {
    if (bit(attrs.ellipsis_mask, i))
      for (int left = rank - axes; left > 0; --left) entries.push_back({axis++, -1});
    else if (bit(attrs.new_axis_mask, i))
      entries.push_back({-1, i});
    else
      entries.push_back({axis++, i});
  }
  while (axis < rank) entries.push_back({axis++, -1});
  return entries;
}

/// begin, end and strides as far as they are known.
struct Bounds {
  std::optional<std::vector<std::int64_t>> begin, end, strides;

  static std::optional<std::int64_t> at(const std::optional<std::vector<std::int64_t>>& values, int i) {
    if (!values) return std::nullopt;
    return (*values)[static_cast<std::size_t>(i)];
  }
};

/// Entries from `start` (within the axis, or one outside where a walk may begin) to `end`.
std::int64_t count_between(std::int64_t start, std::int64_t end, std::int64_t stride) {
  const std::int64_t distance = stride > 0 ? end - start : start - end;
  const std::int64_t step = stride > 0 ? stride : -stride;
  return distance <= 0 ? 0 : (distance - 1) / step + 1;
}

/// A bound as written, moved into the axis: [0, size] walking forwards, [-1, size - 1] backwards.
std::int64_t into_axis(std::int64_t bound, std::int64_t size, std::int64_t stride) {
  if (bound < 0) bound += size;
  return stride > 0 ? std::clamp<std::int64_t>(bound, 0, size) : std::clamp<std::int64_t>(bound, -1, size - 1);
}

AxisWindow dropped_window(const NodeView& view, Entry entry, std::optional<std::int64_t> begin, std::int64_t size) {
  AxisWindow window;
  window.axis = entry.axis;
  window.count = 1;
  window.is_dropped = true;
  window.entry = entry.position;
  window.wraps = true;
  if (!begin || size == kUnknownDim) return window;
  const std::int64_t start = *begin < 0 ? *begin + size : *begin;
  if (start < 0 || start >= size)
    view.fail("index ", *begin, " of axis ", entry.axis, " is outside of '", view.input(0).name, "', whose shape is ",
              view.input(0).shape);
  window.start = start;
  return window;
}

AxisWindow strided_window(const NodeView& view, Entry entry, const Bounds& bounds) {
  const auto& attrs = view.attrs<StridedSliceAttrs>();
  const std::int64_t size = view.input(0).shape[entry.axis];
  const auto known_size = size == kUnknownDim ? std::nullopt : std::optional(size);
  if (entry.position < 0) return {.axis = entry.axis, .start = 0, .count = known_size};
  auto begin = Bounds::at(bounds.begin, entry.position);
  const auto stride = Bounds::at(bounds.strides, entry.position);
  if (stride && *stride == 0) view.fail("the stride of axis ", entry.axis, " is 0; give a step other than 0");
  const bool from_border = bit(attrs.begin_mask, entry.position);
  const bool to_border = bit(attrs.end_mask, entry.position);
  if (bit(attrs.shrink_axis_mask, entry.position)) {
    if (stride && *stride < 0)
      view.fail("takes one index of axis ", entry.axis, " with stride ", *stride, "; a single index needs stride 1");
    return dropped_window(view, entry, from_border ? std::optional<std::int64_t>(0) : begin, size);
  }
  AxisWindow window;
  window.axis = entry.axis;
  window.stride = stride.value_or(1);
  window.entry = entry.position;
  if (!stride || !known_size) return window;
  if (from_border) begin = *stride > 0 ? 0 : size - 1;
  if (begin) window.start = from_border ? *begin : into_axis(*begin, size, *stride);
  auto end = Bounds::at(bounds.end, entry.position);
  if (end && attrs.offset) end = window.start ? std::optional(*end + *window.start) : std::nullopt;
  if (!window.start || (!end && !to_border)) return window;
  const std::int64_t last = to_border ? (*stride > 0 ? size : -1) : into_axis(*end, size, *stride);
  window.count = count_between(*window.start, last, *stride);
  return window;
}

}  // namespace

std::vector<AxisWindow> slice_windows(const NodeView& view) {
  const TensorInfo& x = view.input(0);
  for (const int operand : {1, 2})
    if (const std::int64_t length = length_of(view, operand); length != kUnknownDim && length != x.shape.rank())
      view.fail("'", view.input(operand).name, "' has ", length, " entries but '", x.name, "' has shape ", x.shape,
                "; give one per dimension");
  const auto begin = view.ints(1);
  const auto size = view.ints(2);
  std::vector<AxisWindow> windows;
  for (int axis = 0; axis < x.shape.rank(); ++axis)
    windows.push_back(slice_window(view, axis, Bounds::at(begin, axis), Bounds::at(size, axis)));
  return windows;
}

std::vector<AxisWindow> strided_slice_windows(const NodeView& view) {
  const TensorInfo& x = view.input(0);
  const std::int64_t length = length_of(view, 1);
  for (const int operand : {2, 3})
    if (const std::int64_t other = length_of(view, operand); other != kUnknownDim && other != length)
      view.fail("'", view.input(1).name, "' has ", length, " entries but '", view.input(operand).name, "' has ", other,
                "; begin, end and strides must be of one length");
  if (length > kMaxRank) view.fail("has ", length, " entries but at most ", kMaxRank, " are possible");
  const Bounds bounds{view.ints(1), view.ints(2), view.ints(3)};
  std::vector<AxisWindow> windows;
  for (const Entry& entry : spread(view, x.shape.rank(), static_cast<int>(length)))
    windows.push_back(entry.axis < 0 ? AxisWindow{.start = 0, .count = 1} : strided_window(view, entry, bounds));
  return windows;
}

}  // namespace litesmith::ops::slice
