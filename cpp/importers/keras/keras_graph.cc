#include "importers/keras/keras_graph.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace litesmith::importers::keras {

using Json = nlohmann::json;

Value::Value(const Json* json, std::string key)
    : json_(json == nullptr || json->is_null() ? nullptr : json), key_(std::move(key)) {}

bool Value::is_bool() const noexcept { return json_ != nullptr && json_->is_boolean(); }
bool Value::is_string() const noexcept { return json_ != nullptr && json_->is_string(); }
bool Value::is_list() const noexcept { return json_ != nullptr && json_->is_array(); }
bool Value::is_object() const noexcept { return json_ != nullptr && json_->is_object(); }

bool Value::is_integer() const noexcept {
  if (json_ == nullptr) return false;
  if (json_->is_number_integer()) return true;
  if (!json_->is_number_float()) return false;
  const double number = json_->get<double>();
  return std::fabs(number) < 9e15 && std::trunc(number) == number;
}

bool Value::is_number() const noexcept {
  return json_ != nullptr && (json_->is_number() || (json_->is_object() && json_->size() == 1 && has("float")));
}

std::size_t Value::size() const noexcept {
  return json_ != nullptr && (json_->is_array() || json_->is_object()) ? json_->size() : 0;
}

Value Value::operator[](std::size_t i) const {
  if (!is_list() || i >= json_->size()) return {};
  return Value(&(*json_)[i], concat(key_, "[", i, "]"));
}

Value Value::operator[](std::string_view key) const {
  if (!is_object()) return Value(nullptr, std::string(key));
  const auto found = json_->find(key);
  return Value(found == json_->end() ? nullptr : &*found, std::string(key));
}

std::string Value::text() const {
  if (json_ == nullptr) return "null";
  if (json_->is_string()) {
    const auto& text = json_->get_ref<const std::string&>();
    return concat("'", text.substr(0, 80), text.size() > 80 ? "...'" : "'");
  }
  if (json_->is_boolean()) return json_->get<bool>() ? "true" : "false";
  if (json_->is_number_integer()) return std::to_string(json_->get<std::int64_t>());
  if (json_->is_number()) return concat(json_->get<double>());
  if (json_->is_object()) return "an object";
  std::string list;
  for (std::size_t i = 0; i < std::min<std::size_t>(size(), 8); ++i) {
    const Value entry = (*this)[i];
    list += (i > 0 ? ", " : "") + (entry.is_list() ? std::string("[...]") : entry.text());
  }
  return concat("[", list, size() > 8 ? ", ...]" : "]");
}

void Value::refuse(std::string_view expected) const {
  fail(ErrorKind::value, "'", key_, "' is ", text(), " but must be ", expected);
}

template <>
bool Value::as<bool>() const {
  if (is_bool()) return json_->get<bool>();
  if (is_number() && !is_object()) return json_->get<double>() != 0;
  refuse("true or false");
}

template <>
std::int64_t Value::as<std::int64_t>() const {
  if (is_bool()) return json_->get<bool>() ? 1 : 0;
  if (!is_integer()) refuse("an integer");
  if (json_->is_number_float()) return static_cast<std::int64_t>(json_->get<double>());
  if (json_->is_number_unsigned() && json_->get<std::uint64_t>() > INT64_MAX) refuse("an integer below 2^63");
  return json_->get<std::int64_t>();
}

template <>
int Value::as<int>() const {
  const auto wide = as<std::int64_t>();
  if (wide < INT32_MIN || wide > INT32_MAX) refuse("an integer of 32 bits");
  return static_cast<int>(wide);
}

template <>
double Value::as<double>() const {
  if (is_bool()) return json_->get<bool>() ? 1 : 0;
  if (!is_number()) refuse("a number");
  if (!is_object()) return json_->get<double>();
  const auto name = (*this)["float"].as<std::string>();
  if (name == "inf") return std::numeric_limits<double>::infinity();
  if (name == "-inf") return -std::numeric_limits<double>::infinity();
  if (name == "nan") return std::numeric_limits<double>::quiet_NaN();
  refuse("a number");
}

template <>
std::string Value::as<std::string>() const {
  if (!is_string()) refuse("a string");
  return json_->get<std::string>();
}

namespace {

/// The numbers of a list of lists (or a single number) in row-major order.
template <class T>
std::vector<T> flatten(const Value& value) {
  std::vector<T> numbers;
  std::vector<Value> open{value};
  while (!open.empty()) {
    const Value next = open.back();
    open.pop_back();
    if (!next.is_list()) {
      numbers.push_back(next.as<T>());
      continue;
    }
    for (std::size_t i = next.size(); i > 0; --i) {
      if (!next[i - 1]) fail(ErrorKind::value, "'", next.key(), "' holds null but must hold numbers");
      open.push_back(next[i - 1]);
    }
  }
  return numbers;
}

}  // namespace

template <>
std::vector<int> Value::as<std::vector<int>>() const {
  return flatten<int>(*this);
}

template <>
std::vector<double> Value::as<std::vector<double>>() const {
  return flatten<double>(*this);
}

namespace {

int index_below(const Value& value, std::size_t limit) {
  const auto index = value.as<std::int64_t>();
  if (index < 0 || static_cast<std::uint64_t>(index) >= limit)
    fail(ErrorKind::value, "'", value.key(), "' is ", index, " but there are only ", limit, " entries");
  return static_cast<int>(index);
}

Layer parse_layer(const Value& json) {
  Layer layer{.name = json["name"].as<std::string>(),
              .path = json.get("path", ""),
              .class_name = json["class_name"].as<std::string>(),
              .registered_name = json.get("registered_name", ""),
              .module = json.get("module", ""),
              .config = json["config"],
              .weights = {}};
  if (layer.path.empty()) layer.path = layer.name;
  const Value weights = json["weights"];
  for (std::size_t i = 0; i < weights.size(); ++i)
    layer.weights.push_back({weights[i]["name"].as<std::string>(), weights[i]["index"].as<int>()});
  return layer;
}

TensorRef parse_tensor_ref(const Value& json, std::size_t calls) {
  return {index_below(json[0], calls), index_below(json[1], 1 << 20)};
}

Call parse_call(const Value& json, std::size_t layers, std::size_t earlier_calls) {
  Call call{.layer = index_below(json["layer"], layers), .inputs = {}, .args = json["args"], .kwargs = json["kwargs"]};
  const Value inputs = json["inputs"];
  for (std::size_t i = 0; i < inputs.size(); ++i) call.inputs.push_back(parse_tensor_ref(inputs[i], earlier_calls));
  return call;
}

GraphInput parse_input(const Value& json, std::size_t calls) {
  GraphInput input{.call = index_below(json["call"], calls), .name = json["name"].as<std::string>(), .shape = {}};
  const Value dims = json["shape"];
  if (!dims.is_list()) fail(ErrorKind::value, "the input '", input.name, "' has no shape");
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const int dim = dims[i] ? dims[i].as<int>() : kUnknownDim;
    if (dim < kUnknownDim) fail(ErrorKind::value, "the input '", input.name, "' has the dimension ", dim);
    input.shape.dims().push_back(dim);
  }
  const auto dtype = dtype_from_name(json.get("dtype", "float32"));
  if (!dtype) fail(ErrorKind::value, "the input '", input.name, "' has the unknown type ", json["dtype"].text());
  input.dtype = *dtype;
  return input;
}

void parse_endpoints(const Value& root, KerasGraph& graph) {
  const Value inputs = root["inputs"];
  for (std::size_t i = 0; i < inputs.size(); ++i) graph.inputs.push_back(parse_input(inputs[i], graph.calls.size()));
  const Value outputs = root["outputs"];
  for (std::size_t i = 0; i < outputs.size(); ++i)
    graph.outputs.push_back({{index_below(outputs[i]["call"], graph.calls.size()), outputs[i].get("tensor", 0)},
                             outputs[i]["name"].as<std::string>()});
  if (graph.outputs.empty()) fail(ErrorKind::value, "the model has no output");
}

}  // namespace

KerasGraph parse_graph(std::string_view json) {
  auto document = std::make_shared<Json>(Json::parse(json, nullptr, false));
  if (document->is_discarded() || !document->is_object())
    fail(ErrorKind::value, "the record of the Keras model is not a JSON object");
  const Value root(document.get(), "record");
  KerasGraph graph;
  graph.keras_major = root.get("keras_major", 3);
  graph.name = root.get("name", "");
  graph.document = std::move(document);
  const Value notices = root["notices"];
  for (std::size_t i = 0; i < notices.size(); ++i) graph.notices.push_back(notices[i].as<std::string>());
  const Value layers = root["layers"];
  for (std::size_t i = 0; i < layers.size(); ++i) graph.layers.push_back(parse_layer(layers[i]));
  const Value calls = root["calls"];
  for (std::size_t i = 0; i < calls.size(); ++i) graph.calls.push_back(parse_call(calls[i], graph.layers.size(), i));
  parse_endpoints(root, graph);
  return graph;
}

}  // namespace litesmith::importers::keras
