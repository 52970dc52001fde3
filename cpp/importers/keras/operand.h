#pragma once

#include <string_view>
#include <vector>

#include "importers/keras/layer_context.h"

/// Arguments of operations: tensors, numbers and constants in any position, by keyword or in the config.
namespace litesmith::importers::keras {

/// {"tensor": i}
bool is_tensor(const Value& argument);
/// The tensor or constant of an argument; numbers and lists of numbers become constants of the type.
ir::TensorId operand(LayerContext& c, const Value& argument, DType type);
/// The parameter as a tensor; fails when it is missing.
ir::TensorId operand(LayerContext& c, std::string_view names, int position);
/// Two operands of one type: numbers take the other's, integers become float32 beside floats.
std::pair<ir::TensorId, ir::TensorId> operand_pair(LayerContext& c, const Value& x, const Value& y);
/// The tensors of an argument that is a list of them, or of one tensor.
std::vector<ir::TensorId> operand_list(LayerContext& c, const Value& argument);

}  // namespace litesmith::importers::keras
