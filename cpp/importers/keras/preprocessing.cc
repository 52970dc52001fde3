#include <algorithm>
#include <cmath>

#include "importers/keras/resize.h"

namespace litesmith::importers::keras {
namespace {

std::vector<float> narrowed(const std::vector<double>& values) { return {values.begin(), values.end()}; }

/// Numbers of the config as a constant: a scalar, or a value per channel.
ir::TensorId per_channel(LayerContext& c, const char* key, const std::vector<double>& values) {
  const std::vector<float> numbers = narrowed(values);
  if (numbers.size() == 1) return c.floats(key, Shape{}, numbers);
  const auto n = static_cast<std::int32_t>(numbers.size());
  return c.floats(key, c.channels_first() ? Shape{n, 1, 1} : Shape{n}, numbers);
}

bool all_equal(const std::vector<double>& values, double number) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == number; });
}

Results import_rescaling(LayerContext& c) {
  ir::TensorId x = to_float(c, c.input());
  const auto scale = c.config().get("scale", std::vector<double>{1});
  const auto offset = c.config().get("offset", std::vector<double>{0});
  if (!all_equal(scale, 1)) x = binary(c, "MUL", x, per_channel(c, "scale", scale));
  if (!all_equal(offset, 0)) x = binary(c, "ADD", x, per_channel(c, "offset", offset));
  return x;
}

/// Mean or variance with one value per kept axis of x, or a single one: from the config, else from the weights.
std::vector<double> statistic(LayerContext& c, const char* name, std::int64_t count) {
  std::vector<double> values =
      c.config().has(name) ? c.config()[name].as<std::vector<double>>() : c.weight_values(name);
  if (values.size() != 1 && static_cast<std::int64_t>(values.size()) != count)
    c.fail("'", name, "' has ", values.size(), " values but the normalized axes have ", count);
  return values;
}

Results import_normalization(LayerContext& c) {
  const ir::TensorId x = to_float(c, c.input());
  const Value axis = c.config()["axis"];
  Dims shape(static_cast<std::size_t>(c.rank(x)), 1);
  std::int64_t count = 1;
  if (axis)
    for (const int one : checked_axes(c, axis.as<std::vector<int>>(), c.rank(x))) {
      shape[static_cast<std::size_t>(one)] = c.known_dim(x, one, "a normalized axis");
      count = checked_product(count, shape[static_cast<std::size_t>(one)]);
    }
  const std::vector<double> mean = statistic(c, "mean", count);
  std::vector<double> deviation = statistic(c, "variance", count);
  const bool invert = c.config().get("invert", false);
  for (double& value : deviation) {
    value = std::max(std::sqrt(value), 1e-7);
    if (!invert) value = 1 / value;
  }
  const auto constant = [&](const char* label, const std::vector<double>& values) {
    return c.floats(label, values.size() == 1 ? Shape{} : Shape(shape), narrowed(values));
  };
  if (invert) return binary(c, "ADD", binary(c, "MUL", x, constant("deviation", deviation)), constant("mean", mean));
  return binary(c, "MUL", binary(c, "SUB", x, constant("mean", mean)), constant("scale", deviation));
}

/// The wished size of an image; fails unless it is positive.
std::pair<int, int> wished_size(const LayerContext& c) {
  const int height = c.config()["height"].as<int>();
  const int width = c.config()["width"].as<int>();
  if (height < 1 || width < 1) c.fail("height=", height, " and width=", width, " must be above zero");
  return {height, width};
}

/// The middle of the image, `height` by `width`.
ir::TensorId center(LayerContext& c, ir::TensorId image, int height, int width) {
  const int top = (c.shape(image)[1] - height) / 2;
  const int left = (c.shape(image)[2] - width) / 2;
  return slice(c, image, {{}, {.begin = top, .end = top + height}, {.begin = left, .end = left + width}, {}});
}

/// The largest middle part with the proportions of `height` by `width`.
ir::TensorId cropped_to_proportions(LayerContext& c, ir::TensorId image, int height, int width) {
  const int rows = c.known_dim(image, 1, "the height");
  const int columns = c.known_dim(image, 2, "the width");
  const auto part = [](std::int64_t size, std::int64_t wished, std::int64_t other, int limit) {
    return static_cast<int>(std::clamp<std::int64_t>(size * wished / other, 1, limit));
  };
  const int kept_rows = part(columns, height, width, rows);
  const int kept_columns = part(rows, width, height, columns);
  if (kept_rows == rows && kept_columns == columns) return image;
  return center(c, image, kept_rows, kept_columns);
}

Results import_resizing(LayerContext& c) {
  const auto [height, width] = wished_size(c);
  ir::TensorId image = to_float(c, c.input_of_rank(4));
  if (c.channels_first()) image = channels_to_end(c, image);
  const bool grows = c.shape(image)[1] != kUnknownDim && c.shape(image)[2] != kUnknownDim &&
                     c.shape(image)[1] <= height && c.shape(image)[2] <= width;
  if (c.config().get("antialias", false) && !grows)
    c.unsupported("antialias=True has no conversion where the image shrinks; resize before the model");
  if (c.config().get("pad_to_aspect_ratio", false))
    c.unsupported("pad_to_aspect_ratio=True has no conversion; pad before the model");
  if (c.config().get("crop_to_aspect_ratio", false)) image = cropped_to_proportions(c, image, height, width);
  image = resized(c, image, height, width, c.config().get("interpolation", "bilinear"));
  return c.channels_first() ? channels_to_front(c, image) : image;
}

Results import_center_crop(LayerContext& c) {
  const auto [height, width] = wished_size(c);
  ir::TensorId image = to_float(c, c.input_of_rank(4));
  if (c.channels_first()) image = channels_to_end(c, image);
  const int rows = c.known_dim(image, 1, "the height");
  const int columns = c.known_dim(image, 2, "the width");
  image = rows >= height && columns >= width
              ? center(c, image, height, width)
              : resized(c, cropped_to_proportions(c, image, height, width), height, width, "bilinear");
  return c.channels_first() ? channels_to_front(c, image) : image;
}

Results as_float(LayerContext& c) { return to_float(c, c.input()); }

}  // namespace

std::span<const LayerRule> preprocessing_layers() {
  static constexpr LayerRule kRules[] = {
      {.name = "Rescaling", .import = import_rescaling, .masks = Masks::keep},
      {.name = "Normalization", .import = import_normalization, .weights = "mean? variance? count?"},
      {.name = "Resizing", .import = import_resizing, .note = "nearest and bilinear, no antialiasing of smaller sizes"},
      {.name = "CenterCrop", .import = import_center_crop},
      {.name = "RandomFlip",
       .import = as_float,
       .aliases = "RandomRotation RandomZoom RandomTranslation RandomShear RandomContrast RandomBrightness RandomHue "
                  "RandomSaturation RandomSharpness RandomColorJitter RandomColorDegeneration RandomGrayscale "
                  "RandomGaussianBlur RandomErasing RandomElasticTransform RandomInvert RandomPerspective "
                  "RandomPosterization Solarization Equalization RandAugment AugMix CutMix MixUp RandomHeight "
                  "RandomWidth",
       .note = "nothing at inference"},
  };
  return kRules;
}

}  // namespace litesmith::importers::keras
