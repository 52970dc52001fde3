#include "importers/keras/unsupported.h"

#include <algorithm>

#include "base/error.h"

namespace litesmith::importers::keras {
namespace {

struct Hint {
  std::string_view words;
  std::string_view text;
};

constexpr std::string_view kRecurrent =
    "of the recurrent layers only LSTM, also in Bidirectional, has a conversion from Keras files; another way is a "
    "SavedModel, whose loops convert";
constexpr std::string_view kVolume = "three spatial dimensions have no conversion; use the 2D layer over slices";
constexpr std::string_view kText = "hashing and text splitting have no TFLite operator; do it before the model";

constexpr Hint kHints[] = {
    {"Lambda", "it holds Python code, which is never executed; express it with layers or keras.ops"},
    {"LSTM GRU SimpleRNN RNN ConvLSTM1D ConvLSTM2D ConvLSTM3D CuDNNLSTM CuDNNGRU "
     "StackedRNNCells LSTMCell GRUCell SimpleRNNCell",
     kRecurrent},
    {"Conv3D Conv3DTranspose MaxPooling3D AveragePooling3D ZeroPadding3D Cropping3D UpSampling3D", kVolume},
    {"Hashing HashedCrossing TextVectorization StringLookup IntegerLookup FeatureSpace", kText},
    {"InputLayer", "it is not among the model's inputs"},
    {"TimeDistributed", "put the time steps on the batch axis with Reshape, or use layers that keep the time axis"},
    {"TFSMLayer TorchModuleWrapper JaxLayer FlaxLayer ModuleWrapper",
     "it wraps another framework's function; rebuild that part with Keras layers"},
};

/// The words of `list`, each given to `visit` until it returns true.
template <class Visit>
bool any_word(std::string_view list, char separator, Visit visit) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    if (visit(list.substr(0, end))) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

bool is_operation(const Layer& layer) {
  return layer.module.find("keras") == 0 && layer.module.find(".ops") != std::string::npos;
}

/// The TensorFlow function of a TFOpLambda without the name of its generation: "compat.v1.transpose" is "transpose".
std::string function_of(const Layer& layer) {
  const std::string name = layer.config.get("function", "");
  constexpr std::string_view kOld = "compat.v1.";
  return name.starts_with(kOld) ? name.substr(kOld.size()) : name;
}

}  // namespace

const LayerRule* find_rule(const Layer& layer, int keras_major) {
  if (layer.class_name == "TFOpLambda" || layer.class_name == "SlicingOpLambda")
    return find_operation(function_of(layer), keras_major);
  if (is_operation(layer)) return find_operation(layer.class_name, keras_major);
  if (!layer.registered_name.empty()) return nullptr;
  const LayerRule* found = find_layer(layer.class_name, keras_major);
  return found == nullptr && !layer.module.empty() ? find_operation(layer.class_name, keras_major) : found;
}

std::string reason_without_rule(const Layer& layer) {
  if (is_operation(layer)) return concat("the operation has no conversion; express it with layers or other operations");
  if (layer.class_name == "TFOpLambda")
    return concat("the TensorFlow function '", layer.config.get("function", ""),
                  "' has no conversion; express it with layers");
  if (!layer.registered_name.empty())
    return concat("a custom layer registered as '", layer.registered_name,
                  "', whose computation the file does not hold; build it from Keras layers");
  for (const Hint& hint : kHints)
    if (any_word(hint.words, ' ', [&](std::string_view word) { return word == layer.class_name; }))
      return std::string(hint.text);
  return "the class has no conversion; a custom layer must be built from Keras layers";
}

void refuse_unsupported(std::string_view model, const std::vector<Unsupported>& layers) {
  if (layers.empty()) return;
  std::string list;
  for (const Unsupported& layer : layers)
    list += concat("\n  '", layer.path, "' (", layer.class_name, "): ", layer.reason);
  fail(ErrorKind::unsupported, layers.size(), layers.size() == 1 ? " layer" : " layers", " of the model '", model,
       "' cannot be converted:", list);
}

void check_weight_names(const LayerRule& rule, const Layer& layer) {
  for (const WeightRef& weight : layer.weights) {
    const bool known = any_word(rule.weights, ' ', [&](std::string_view entry) {
      if (entry.ends_with('?')) entry.remove_suffix(1);
      return entry == "*" || any_word(entry, '|', [&](std::string_view name) { return name == weight.name; });
    });
    if (!known)
      fail(ErrorKind::unsupported, "the weight '", weight.name, "' is not one of this layer's (",
           rule.weights.empty() ? "it has none" : rule.weights,
           "); quantized or adapted layers must be turned back into plain ones before saving");
  }
}

}  // namespace litesmith::importers::keras
