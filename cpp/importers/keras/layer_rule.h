#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/model.h"

namespace litesmith::importers::keras {

class LayerContext;

/// What a layer gives: one tensor or several.
struct Results {
  Results(ir::TensorId one) : ids{one} {}
  Results(std::vector<ir::TensorId> many) : ids(std::move(many)) {}
  std::vector<ir::TensorId> ids;
};

/// What a layer does with a mask that its operands carry: hand it on, forget it, compute differently because of it
/// (refused; `refuse_in_3` hands it on in Keras 1 and 2), or make a new one (unless its config has mask_zero = false).
enum class Masks { keep, forget, refuse, refuse_in_3, make };

/// A layer class, operation or activation function and how it becomes nodes.
struct LayerRule {
  std::string_view name;
  Results (*import)(LayerContext& context) = nullptr;
  /// Names of its variables in order; '?' marks those that need not be there, '|' separates spellings.
  std::string_view weights{};
  Masks masks = Masks::forget;
  /// Operator for import functions that serve several rows.
  std::string_view op{};
  /// Generations of Keras that the row is for.
  int first_major = 1;
  int last_major = 3;
  /// Other class names, separated by spaces.
  std::string_view aliases{};
  std::string_view note{};
};

/// The tables, by group of layers.
std::span<const LayerRule> core_layers();
std::span<const LayerRule> convolution_layers();
std::span<const LayerRule> transposed_convolution_layers();
std::span<const LayerRule> pooling_layers();
std::span<const LayerRule> normalization_layers();
std::span<const LayerRule> activation_layers();
std::span<const LayerRule> merge_layers();
std::span<const LayerRule> shaping_layers();
std::span<const LayerRule> preprocessing_layers();
std::span<const LayerRule> recurrent_layers();
std::span<const LayerRule> model_optimization_layers();
std::span<const LayerRule> activation_functions();
std::span<const LayerRule> arithmetic_operations();
std::span<const LayerRule> shaping_operations();

/// nullptr when there is no row for the class in that generation.
const LayerRule* find_layer(std::string_view class_name, int keras_major);
const LayerRule* find_activation(std::string_view function_name, int keras_major);
const LayerRule* find_operation(std::string_view class_or_function_name, int keras_major);

}  // namespace litesmith::importers::keras
