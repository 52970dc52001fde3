#include "importers/keras/operand.h"

#include <algorithm>

namespace litesmith::importers::keras {
namespace {

/// Element type of an argument; nullopt for numbers, which have none.
std::optional<DType> type_of(const LayerContext& c, const Value& argument) {
  if (is_tensor(argument)) return c.dtype(c.input_at(argument["tensor"].as<int>()));
  if (argument.is_object() && argument.has("constant")) return c.constant_type(argument["constant"].as<int>());
  return std::nullopt;
}

bool has_fraction(const Value& argument) {
  if (argument.is_list()) {
    for (std::size_t i = 0; i < argument.size(); ++i)
      if (has_fraction(argument[i])) return true;
    return false;
  }
  return argument.is_number() && !argument.is_integer();
}

}  // namespace

bool is_tensor(const Value& argument) { return argument.is_object() && argument.has("tensor"); }

ir::TensorId operand(LayerContext& c, const Value& argument, DType type) {
  if (is_tensor(argument)) return cast(c, c.input_at(argument["tensor"].as<int>()), type);
  if (argument.is_object() && argument.has("constant"))
    return cast(c, c.constant(argument["constant"].as<int>()), type);
  if (argument.is_number() || argument.is_bool()) return c.number("value", argument.as<double>(), type);
  if (!argument.is_list()) c.unsupported("the argument ", argument.text(), " has no conversion");
  const auto numbers = argument.as<std::vector<double>>();
  if (numbers.size() != argument.size() || type != DType::float32)
    c.unsupported("the argument ", argument.text(),
                  " has no conversion; use a layer's weights or a flat list of floats");
  return c.floats("values", Shape{static_cast<std::int32_t>(numbers.size())},
                  std::vector<float>(numbers.begin(), numbers.end()));
}

ir::TensorId operand(LayerContext& c, std::string_view names, int position) {
  const Value argument = c.parameter(names, position);
  if (!argument) c.fail("is called without '", names, "'");
  return operand(c, argument, type_of(c, argument).value_or(DType::float32));
}

std::pair<ir::TensorId, ir::TensorId> operand_pair(LayerContext& c, const Value& x, const Value& y) {
  if (!x || !y) c.fail("takes two operands");
  const auto a = type_of(c, x);
  const auto b = type_of(c, y);
  DType type = a.value_or(b.value_or(DType::float32));
  const bool any_float = (a && is_float(*a)) || (b && is_float(*b)) || has_fraction(x) || has_fraction(y);
  if (any_float)
    type = DType::float32;
  else if (a && b && byte_width(*b) > byte_width(*a))
    type = *b;
  return {operand(c, x, type), operand(c, y, type)};
}

std::vector<ir::TensorId> operand_list(LayerContext& c, const Value& argument) {
  std::vector<ir::TensorId> xs;
  if (!argument.is_list()) return {operand(c, argument, type_of(c, argument).value_or(DType::float32))};
  for (std::size_t i = 0; i < argument.size(); ++i)
    xs.push_back(operand(c, argument[i], type_of(c, argument[i]).value_or(DType::float32)));
  return with_common_type(c, std::move(xs));
}

}  // namespace litesmith::importers::keras
