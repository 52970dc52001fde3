#include <algorithm>

#include "importers/keras/resize.h"
#include "importers/keras/window.h"

namespace litesmith::importers::keras {
namespace {

/// Product of dims [first, rank); -1 when one is unknown.
std::int32_t product_from(const Shape& shape, int first) {
  std::int64_t product = 1;
  for (int i = first; i < shape.rank(); ++i) {
    if (shape[i] == kUnknownDim) return kUnknownDim;
    product = checked_product(product, shape[i]);
  }
  if (product > INT32_MAX) fail(ErrorKind::limit, "the shape ", shape, " has more than 2^31 - 1 elements");
  return static_cast<std::int32_t>(product);
}

Results import_flatten(LayerContext& c) {
  ir::TensorId x = c.input();
  if (c.channels_first() && c.rank(x) > 2) x = channels_to_end(c, x);
  if (c.rank(x) == 2) return x;
  return reshape(c, x, {c.shape(x)[0], product_from(c.shape(x), 1)});
}

Results import_reshape(LayerContext& c) {
  const ir::TensorId x = c.input();
  const Dims target = c.config()["target_shape"].as<std::vector<int>>();
  const std::int32_t count = product_from(c.shape(x), 1);
  Dims dims{c.shape(x)[0]};
  dims.insert(dims.end(), target.begin(), target.end());
  std::int64_t known = 1;
  for (const std::int32_t dim : target) {
    if (dim < kUnknownDim) c.fail("target_shape holds ", dim);
    known = dim == kUnknownDim ? known : checked_product(known, dim);
  }
  const auto open = std::find(dims.begin() + 1, dims.end(), kUnknownDim);
  if (count != kUnknownDim) {
    const bool fits = open == dims.end() ? known == count : known > 0 && count % known == 0;
    if (!fits)
      c.fail("cannot make ", Shape(target), " of an input of shape ", c.shape(x), ", which has ", count,
             " elements per batch entry");
    if (open != dims.end()) *open = static_cast<std::int32_t>(count / known);
  }
  return reshape(c, x, std::move(dims));
}

Results import_permute(LayerContext& c) {
  const ir::TensorId x = c.input();
  const auto dims = c.config()["dims"].as<std::vector<int>>();
  std::vector<int> order{0};
  order.insert(order.end(), dims.begin(), dims.end());
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i)
    if (sorted[i] != static_cast<int>(i) || static_cast<int>(sorted.size()) != c.rank(x))
      c.fail("dims=", c.config()["dims"].text(), " is no permutation of the axes of ", c.shape(x), " after the batch");
  return transpose(c, x, order);
}

Results import_repeat_vector(LayerContext& c) {
  const ir::TensorId x = expand_dims(c, c.input_of_rank(2), 1);
  return c.add("TILE", {}, {x, c.ints("multiples", {1, c.config()["n"].as<int>(), 1})});
}

/// Amounts before and after each spatial axis, from "padding" or "cropping".
std::vector<std::pair<int, int>> amounts(const LayerContext& c, const char* key, int spatial) {
  const auto values = c.config().get(key, std::vector<int>{1});
  const auto n = values.size();
  const auto axes = static_cast<std::size_t>(spatial);
  if (n != 1 && n != axes && n != 2 * axes)
    c.fail("'", key, "' is ", c.config()[key].text(), " but must be a number or a pair per axis");
  const bool pairs = n == 2 * axes;
  std::vector<std::pair<int, int>> result;
  for (std::size_t i = 0; i < axes; ++i) {
    const int before = pairs ? values[2 * i] : values[n == 1 ? 0 : i];
    const int after = pairs ? values[2 * i + 1] : before;
    if (before < 0 || after < 0) c.fail("'", key, "' is ", c.config()[key].text(), " but must not be negative");
    result.emplace_back(before, after);
  }
  return result;
}

/// The layer's work on [batch, spatial..., channels], with channels_first around it.
template <class Work>
ir::TensorId channels_last(LayerContext& c, int spatial, Work work) {
  const ir::TensorId x = c.input_of_rank(spatial + 2);
  if (!c.channels_first()) return work(x);
  return channels_to_front(c, work(channels_to_end(c, x)));
}

template <int kSpatial>
Results import_padding(LayerContext& c) {
  return channels_last(c, kSpatial, [&](ir::TensorId x) {
    auto all = amounts(c, "padding", kSpatial);
    all.insert(all.begin(), {0, 0});
    all.emplace_back(0, 0);
    return pad(c, x, all);
  });
}

template <int kSpatial>
Results import_cropping(LayerContext& c) {
  return channels_last(c, kSpatial, [&](ir::TensorId x) {
    std::vector<AxisSlice> axes(static_cast<std::size_t>(kSpatial) + 2);
    const auto cut = amounts(c, "cropping", kSpatial);
    for (int i = 0; i < kSpatial; ++i) {
      const auto [before, after] = cut[static_cast<std::size_t>(i)];
      const std::int32_t dim = c.shape(x)[i + 1];
      if (dim != kUnknownDim && std::int64_t{before} + after >= dim)
        c.fail("crops ", before, " and ", after, " from axis ", i + 1, " of its input ", c.shape(x),
               ", which leaves nothing");
      axes[static_cast<std::size_t>(i) + 1] = {.begin = before, .end = after == 0 ? AxisSlice::kToEnd : -after};
    }
    return slice(c, x, axes);
  });
}

template <int kSpatial>
Results import_upsampling(LayerContext& c) {
  const PerAxis size = per_axis(c, "size", kSpatial, kSpatial == 1 ? PerAxis{1, 2} : PerAxis{2, 2});
  const std::string interpolation = c.config().get("interpolation", "nearest");
  const ir::TensorId image = to_image(c, kSpatial);
  return from_image(c, enlarged(c, image, size.h, size.w, interpolation), kSpatial);
}

}  // namespace

std::span<const LayerRule> shaping_layers() {
  static constexpr LayerRule kRules[] = {
      {.name = "Flatten", .import = import_flatten},
      {.name = "Reshape", .import = import_reshape},
      {.name = "Permute", .import = import_permute},
      {.name = "RepeatVector", .import = import_repeat_vector},
      {.name = "ZeroPadding1D", .import = import_padding<1>},
      {.name = "ZeroPadding2D", .import = import_padding<2>},
      {.name = "Cropping1D", .import = import_cropping<1>},
      {.name = "Cropping2D", .import = import_cropping<2>},
      {.name = "UpSampling1D", .import = import_upsampling<1>},
      {.name = "UpSampling2D", .import = import_upsampling<2>, .note = "nearest and bilinear"},
  };
  return kRules;
}

}  // namespace litesmith::importers::keras
