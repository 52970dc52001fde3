#pragma once

#include <span>
#include <string_view>

#include "importers/graphdef/value.h"

namespace litesmith::importers::graphdef {

class NodeContext;

/// An operator of TensorFlow and how it becomes nodes. Operators without a row have no conversion.
struct OpRule {
  std::string_view op;
  Results (*import)(NodeContext& context) = nullptr;
  /// Operator for import functions that serve several rows.
  std::string_view ir_op{};
  /// Limits, for the documentation.
  std::string_view note{};
};

/// The tables, by family.
std::span<const OpRule> arithmetic_ops();
std::span<const OpRule> branch_ops();
std::span<const OpRule> convolution_ops();
std::span<const OpRule> einsum_ops();
std::span<const OpRule> gathering_ops();
std::span<const OpRule> image_ops();
std::span<const OpRule> linear_algebra_ops();
std::span<const OpRule> loop_ops();
std::span<const OpRule> matrix_ops();
std::span<const OpRule> normalization_ops();
std::span<const OpRule> ordering_ops();
std::span<const OpRule> pooling_ops();
std::span<const OpRule> random_ops();
std::span<const OpRule> rearranging_ops();
std::span<const OpRule> reduction_ops();
std::span<const OpRule> shaping_ops();
std::span<const OpRule> slicing_ops();
std::span<const OpRule> source_ops();
std::span<const OpRule> spectral_ops();
std::span<const OpRule> table_ops();
std::span<const OpRule> tensor_array_ops();
std::span<const OpRule> tensor_list_ops();
std::span<const OpRule> trained_range_ops();
std::span<const OpRule> variable_ops();

/// nullptr when there is no row.
const OpRule* find_rule(std::string_view op) noexcept;
std::span<const std::span<const OpRule>> all_rules();

}  // namespace litesmith::importers::graphdef
