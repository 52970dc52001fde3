#include <limits>

#include "importers/graphdef/layout.h"
#include "ops/pool_2d/pool_2d.h"

namespace litesmith::importers::graphdef {
namespace {

using PerAxis = std::array<std::int32_t, 2>;

Results pool(NodeContext& c, PerAxis window, PerAxis stride) {
  const bool is_max = c.rule().ir_op == "MAX_POOL_2D";
  const double fill = is_max ? static_cast<double>(std::numeric_limits<float>::lowest()) : 0;
  if (!is_max && c.attr_string("padding", "VALID") == "EXPLICIT")
    c.unsupported("explicit paddings of an average pool have no conversion");
  const auto [image, padding] = padded_image(c, to_channels_last(c, c.ranked(0, 3)), fill);
  const ops::Pool2dAttrs attrs{
      .padding = padding, .stride_h = stride[0], .stride_w = stride[1], .filter_h = window[0], .filter_w = window[1]};
  return from_channels_last(c, c.add(c.rule().ir_op, attrs, {image}));
}

Results import_pool(NodeContext& c) { return pool(c, spatial_attr<2>(c, "ksize"), spatial_attr<2>(c, "strides")); }

Results import_pool_v2(NodeContext& c) {
  return pool(c, spatial_numbers(c, c.int_values(1, "the size of the window"), "ksize"),
              spatial_numbers(c, c.int_values(2, "the stride of the window"), "strides"));
}

}  // namespace

std::span<const OpRule> pooling_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "AvgPool", .import = import_pool, .ir_op = "AVERAGE_POOL_2D"},
      {.op = "MaxPool", .import = import_pool, .ir_op = "MAX_POOL_2D"},
      {.op = "MaxPoolV2", .import = import_pool_v2, .ir_op = "MAX_POOL_2D"},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
