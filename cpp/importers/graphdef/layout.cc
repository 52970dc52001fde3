#include "importers/graphdef/layout.h"

#include <algorithm>

namespace litesmith::importers::graphdef {
namespace {

template <int kSpatial>
std::array<std::int32_t, kSpatial> spatial_part(const NodeContext& c, const std::vector<std::int64_t>& numbers,
                                                std::string_view name) {
  std::array<std::int32_t, kSpatial> part;
  part.fill(1);
  if (numbers.empty()) return part;
  if (numbers.size() != kSpatial + 2)
    c.fail("'", name, "' has ", numbers.size(), " numbers where ", kSpatial + 2, " belong");
  const std::size_t first = channels_first(c) ? 2 : 1;
  const std::int64_t of_channels = channels_first(c) ? numbers[1] : numbers.back();
  if (numbers[0] != 1 || of_channels != 1)
    c.unsupported("'", name, "' is not 1 for batch and channels; TFLite's windows slide over space only");
  for (std::size_t i = 0; i < kSpatial; ++i) {
    const std::int64_t number = numbers[first + i];
    if (number < 1 || number > INT32_MAX) c.fail("'", name, "' has the number ", number);
    part[i] = static_cast<std::int32_t>(number);
  }
  return part;
}

}  // namespace

bool channels_first(const NodeContext& c) { return c.attr_string("data_format", "NHWC").starts_with("NC"); }

ir::TensorId to_channels_last(NodeContext& c, ir::TensorId x) { return channels_first(c) ? channels_to_end(c, x) : x; }

ir::TensorId from_channels_last(NodeContext& c, ir::TensorId y) {
  return channels_first(c) ? channels_to_front(c, y) : y;
}

template <int kSpatial>
std::array<std::int32_t, kSpatial> spatial_attr(const NodeContext& c, std::string_view name) {
  return spatial_part<kSpatial>(c, c.attr_ints(name), name);
}
template std::array<std::int32_t, 2> spatial_attr<2>(const NodeContext& c, std::string_view name);
template std::array<std::int32_t, 3> spatial_attr<3>(const NodeContext& c, std::string_view name);

std::array<std::int32_t, 2> spatial_numbers(const NodeContext& c, const std::vector<std::int64_t>& numbers,
                                            std::string_view name) {
  return spatial_part<2>(c, numbers, name);
}

PaddedImage padded_image(NodeContext& c, ir::TensorId channels_last, double fill) {
  const std::string padding = c.attr_string("padding", "VALID");
  if (padding == "SAME") return {channels_last, ops::Padding::same};
  if (padding == "VALID") return {channels_last, ops::Padding::valid};
  if (padding != "EXPLICIT") c.fail("its padding is '", padding, "', which is neither SAME, VALID nor EXPLICIT");
  const auto amounts = c.attr_ints("explicit_paddings");
  const auto rank = static_cast<std::size_t>(c.rank(channels_last));
  if (amounts.size() != 2 * rank)
    c.fail("explicit_paddings has ", amounts.size(), " numbers for ", rank, " dimensions");
  std::vector<std::int32_t> numbers(amounts.begin(), amounts.end());
  if (channels_first(c)) std::rotate(numbers.begin() + 2, numbers.begin() + 4, numbers.end());
  if (std::all_of(numbers.begin(), numbers.end(), [](std::int32_t n) { return n == 0; }))
    return {channels_last, ops::Padding::valid};
  const ir::TensorId paddings = c.ints("paddings", numbers, Shape{static_cast<std::int32_t>(rank), 2});
  if (fill == 0) return {c.add("PAD", {}, {channels_last, paddings}), ops::Padding::valid};
  const ir::TensorId value = c.number("fill", fill, c.dtype(channels_last));
  return {c.add("PADV2", {}, {channels_last, paddings, value}), ops::Padding::valid};
}

}  // namespace litesmith::importers::graphdef
