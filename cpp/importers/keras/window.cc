#include "importers/keras/window.h"

#include <algorithm>

#include "importers/keras/activation_functions.h"

namespace litesmith::importers::keras {
namespace {

// Keeps products of two window sizes inside 31 bits.
constexpr int kLargestWindow = 32767;

constexpr std::string_view kAxisFunctions[] = {"softmax", "log_softmax", "glu", "sparsemax"};

/// Name of an activation function; empty for activation layers.
std::string function_name(const Value& activation) {
  if (activation.is_string()) return activation.as<std::string>();
  if (activation.get("class_name", "") == "function") return activation.get("config", "");
  return {};
}

bool commutes(const LayerContext& c, const Value& activation) {
  const std::string name = function_name(activation);
  if (name.empty()) return false;
  const bool along_axis =
      std::find(std::begin(kAxisFunctions), std::end(kAxisFunctions), name) != std::end(kAxisFunctions);
  return !along_axis || !c.channels_first();
}

}  // namespace

PerAxis per_axis(const LayerContext& c, const char* key, int spatial, PerAxis fallback) {
  const Value value = c.config()[key];
  if (!value) return fallback;
  std::vector<int> sizes = value.as<std::vector<int>>();
  if (sizes.size() == 1 && spatial == 2) sizes.push_back(sizes[0]);
  if (static_cast<int>(sizes.size()) != spatial || *std::min_element(sizes.begin(), sizes.end()) < 1 ||
      *std::max_element(sizes.begin(), sizes.end()) > kLargestWindow)
    c.fail("'", key, "' is ", value.text(), " but must be ", spatial, spatial == 1 ? " number" : " numbers",
           " from 1 to ", kLargestWindow);
  return spatial == 1 ? PerAxis{1, sizes[0]} : PerAxis{sizes[0], sizes[1]};
}

ops::Padding padding_of(const LayerContext& c) {
  const std::string padding = c.config().get("padding", "valid");
  if (padding == "same") return ops::Padding::same;
  if (padding != "valid" && padding != "causal")
    c.fail("the padding '", padding, "' is unknown; known are same, valid and causal");
  return ops::Padding::valid;
}

ir::TensorId to_image(LayerContext& c, int spatial) {
  ir::TensorId x = to_float(c, c.input_of_rank(spatial + 2));
  if (c.channels_first()) x = channels_to_end(c, x);
  return spatial == 1 ? expand_dims(c, x, 1) : x;
}

ir::TensorId from_image(LayerContext& c, ir::TensorId image, int spatial) {
  const ir::TensorId x = spatial == 1 ? squeeze(c, image, 1) : image;
  return c.channels_first() ? channels_to_front(c, x) : x;
}

ir::TensorId activated_from_image(LayerContext& c, ir::TensorId image, int spatial) {
  const Value activation = c.config()["activation"];
  if (commutes(c, activation)) return from_image(c, activate(c, activation, image), spatial);
  return activate(c, activation, from_image(c, image, spatial));
}

ir::TensorId pad_causal(LayerContext& c, ir::TensorId image, int kernel, int dilation) {
  return pad(c, image, {{0, 0}, {0, 0}, {(kernel - 1) * dilation, 0}, {0, 0}});
}

}  // namespace litesmith::importers::keras
