#include "importers/keras/window.h"
#include "ops/pool_2d/pool_2d.h"

namespace litesmith::importers::keras {
namespace {

template <int kSpatial>
Results import_pool(LayerContext& c) {
  const bool has_two_sizes = c.config().has("pool_size");
  const PerAxis size =
      per_axis(c, has_two_sizes ? "pool_size" : "pool_length", kSpatial, kSpatial == 1 ? PerAxis{1, 2} : PerAxis{2, 2});
  const PerAxis stride = per_axis(c, c.config().has("strides") ? "strides" : "stride", kSpatial, size);
  const ir::TensorId image = to_image(c, kSpatial);
  const ir::TensorId y = c.add(
      c.rule().op,
      ops::Pool2dAttrs{
          .padding = padding_of(c), .stride_h = stride.h, .stride_w = stride.w, .filter_h = size.h, .filter_w = size.w},
      {image});
  return from_image(c, y, kSpatial);
}

template <int kSpatial>
Results import_global_pool(LayerContext& c) {
  ir::TensorId x = to_float(c, c.input_of_rank(kSpatial + 2));
  if (c.channels_first()) x = channels_to_end(c, x);
  const bool keep = c.config().get("keepdims", false);
  const std::vector<int> axes = kSpatial == 1 ? std::vector<int>{1} : std::vector<int>{1, 2};
  const ir::TensorId y = reduce(c, c.rule().op, x, axes, keep);
  return keep && c.channels_first() ? channels_to_front(c, y) : y;
}

}  // namespace

std::span<const LayerRule> pooling_layers() {
  static constexpr LayerRule kRules[] = {
      {.name = "MaxPooling1D", .import = import_pool<1>, .op = "MAX_POOL_2D", .aliases = "MaxPool1D"},
      {.name = "MaxPooling2D", .import = import_pool<2>, .op = "MAX_POOL_2D", .aliases = "MaxPool2D"},
      {.name = "AveragePooling1D", .import = import_pool<1>, .op = "AVERAGE_POOL_2D", .aliases = "AvgPool1D"},
      {.name = "AveragePooling2D", .import = import_pool<2>, .op = "AVERAGE_POOL_2D", .aliases = "AvgPool2D"},
      {.name = "GlobalMaxPooling1D", .import = import_global_pool<1>, .op = "REDUCE_MAX", .aliases = "GlobalMaxPool1D"},
      {.name = "GlobalMaxPooling2D", .import = import_global_pool<2>, .op = "REDUCE_MAX", .aliases = "GlobalMaxPool2D"},
      {.name = "GlobalAveragePooling1D",
       .import = import_global_pool<1>,
       .masks = Masks::refuse,
       .op = "MEAN",
       .aliases = "GlobalAvgPool1D",
       .note = "no masks"},
      {.name = "GlobalAveragePooling2D", .import = import_global_pool<2>, .op = "MEAN", .aliases = "GlobalAvgPool2D"},
  };
  return kRules;
}

}  // namespace litesmith::importers::keras
