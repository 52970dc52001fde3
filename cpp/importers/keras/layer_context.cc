#include "importers/keras/layer_context.h"

#include <algorithm>

#include "importers/keras/model_optimization.h"

namespace litesmith::importers::keras {
namespace {

std::vector<std::string_view> spellings(std::string_view names) {
  std::vector<std::string_view> list;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find('|'), names.size());
    list.push_back(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return list;
}

template <class T>
std::vector<double> as_doubles(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

bool agrees(const Shape& expected, const Shape& got) {
  if (expected.rank() != got.rank()) return false;
  for (int i = 0; i < got.rank(); ++i)
    if (expected[i] != kUnknownDim && expected[i] != got[i]) return false;
  return true;
}

/// The steps of a weight along the axis of the constant that its stored axis became; a constant whose axis also counts
/// something else repeats them (depthwise filters: channels times multiplier).
ir::Quantization learnt_quantization(const TrainedWeight& weight, const Shape& stored, const WeightForm& form) {
  ir::Quantization quantization{.scales = weight.scales, .zero_points = {}};
  if (weight.scales.size() > 1 || stored[weight.axis] == 1) {
    const bool first = !form.order.empty() && form.order.front() == weight.axis;
    quantization.dimension = first ? 0 : form.shape.rank() - 1;
    const auto channels = static_cast<std::size_t>(form.shape[quantization.dimension]);
    for (std::size_t i = weight.scales.size(); i < channels; ++i)
      quantization.scales.push_back(weight.scales[i % weight.scales.size()]);
  }
  quantization.zero_points.assign(quantization.scales.size(), 0);
  return quantization;
}

}  // namespace

LayerContext LayerContext::inner(const LayerRule& rule, const Value& config, std::vector<ir::TensorId> inputs) const {
  constexpr int kDeepest = 8;
  if (depth_ >= kDeepest) fail("holds activations inside each other, more than ", kDeepest, " deep");
  LayerContext context = *this;
  context.depth_ = depth_ + 1;
  context.rule_ = &rule;
  context.config_ = config;
  context.inputs_ = std::move(inputs);
  return context;
}

ir::TensorId LayerContext::input() const {
  if (inputs_.size() != 1) fail("is called with ", inputs_.size(), " tensors but takes one");
  return inputs_[0];
}

Value LayerContext::parameter(std::string_view names, int position) const {
  for (const std::string_view name : spellings(names)) {
    if (const Value given = call_.kwargs[name]) return given;
    if (const Value given = config_[name]) return given;
  }
  return position < 0 ? Value() : call_.args[static_cast<std::size_t>(position)];
}

double LayerContext::number_parameter(std::string_view names, double fallback, int position) const {
  const Value given = parameter(names, position);
  return given ? given.as<double>() : fallback;
}

ir::TensorId LayerContext::input_at(int i) const {
  if (i < 0 || static_cast<std::size_t>(i) >= inputs_.size())
    fail("refers to operand ", i, " but is called with ", inputs_.size(), " tensors");
  return inputs_[static_cast<std::size_t>(i)];
}

ir::TensorId LayerContext::constant(int i) {
  return weights_.add_weight(owner_, "constant", i, {.order = {}, .shape = weights_.weight(i).shape, .reversed = {}});
}

ir::TensorId LayerContext::variable(std::string_view label, Shape shape) {
  const ir::TensorId id = builder_.add_tensor(concat(owner_.prefix, "/", label), DType::float32, std::move(shape));
  builder_.graph().tensor(id).is_variable = true;
  return id;
}

ir::TensorId LayerContext::input_of_rank(int rank) const {
  const ir::TensorId x = input();
  if (this->rank(x) != rank)
    fail("expects ", rank, " dimensions, the batch included, but its input has shape ", shape(x));
  return x;
}

const WeightRef* LayerContext::find_weight(std::string_view names) const {
  for (const std::string_view name : spellings(names))
    for (const WeightRef& weight : layer_.weights)
      if (weight.name == name) return &weight;
  return nullptr;
}

const WeightRef& LayerContext::required_weight(std::string_view names) const {
  if (const WeightRef* found = find_weight(names)) return *found;
  std::string present;
  for (const WeightRef& weight : layer_.weights) present += (present.empty() ? "" : ", ") + weight.name;
  fail("has no weight '", names, "' but ", present.empty() ? "none at all" : present,
       "; save the model again together with its weights");
}

const Shape& LayerContext::weight_shape(std::string_view names) const {
  return weights_.weight(required_weight(names).index).shape;
}

ir::TensorId LayerContext::weight(std::string_view names, const Shape& stored, const WeightForm& form) {
  const WeightRef& ref = required_weight(names);
  const Shape& got = weights_.weight(ref.index).shape;
  if (!agrees(stored, got))
    fail("the weight '", ref.name, "' has shape ", got, " but the layer's configuration needs ", stored,
         "; the weights belong to another architecture: save configuration and weights of one model");
  const auto trained = trained_weight(*this, ref.name);
  if (!trained) return weights_.add_weight(owner_, ref.name, ref.index, form);
  const ir::TensorId id =
      weights_.add_weight(owner_, ref.name, ref.index, form, Bytes::copy_of<float>(trained->values));
  if (!trained->scales.empty()) builder_.graph().tensor(id).quantization = learnt_quantization(*trained, got, form);
  return id;
}

std::vector<double> LayerContext::weight_values(std::string_view names) const {
  const WeightView& view = weights_.weight(required_weight(names).index);
  if (view.dtype == DType::int64) return as_doubles(view.data.to_vector<std::int64_t>());
  if (view.dtype == DType::int32) return as_doubles(view.data.to_vector<std::int32_t>());
  DType dtype = view.dtype;
  const Bytes widened = widen_to_float32(view.data, dtype);
  if (dtype != DType::float32) unsupported("the weight '", names, "' holds ", name(view.dtype), " values");
  return as_doubles(widened.to_vector<float>());
}

}  // namespace litesmith::importers::keras
