#include <algorithm>
#include <unordered_map>

#include "importers/graphdef/importer.h"
#include "importers/graphdef/op_rule.h"

namespace litesmith::importers::graphdef {

std::span<const std::span<const OpRule>> all_rules() {
  static const std::span<const OpRule> kTables[] = {
      arithmetic_ops(),   branch_ops(),         convolution_ops(),   einsum_ops(),      gathering_ops(),
      image_ops(),        linear_algebra_ops(), loop_ops(),          matrix_ops(),      normalization_ops(),
      ordering_ops(),     pooling_ops(),        random_ops(),        rearranging_ops(), reduction_ops(),
      shaping_ops(),      slicing_ops(),        source_ops(),        spectral_ops(),    table_ops(),
      tensor_array_ops(), tensor_list_ops(),    trained_range_ops(), variable_ops(),
  };
  return kTables;
}

const OpRule* find_rule(std::string_view op) noexcept {
  static const auto kByName = [] {
    std::unordered_map<std::string_view, const OpRule*> rules;
    for (const auto table : all_rules())
      for (const OpRule& rule : table) rules.emplace(rule.op, &rule);
    return rules;
  }();
  const auto found = kByName.find(op);
  return found == kByName.end() ? nullptr : found->second;
}

std::vector<SupportedOperator> supported_operators() {
  std::vector<SupportedOperator> list;
  for (const auto table : all_rules())
    for (const OpRule& rule : table) list.push_back({std::string(rule.op), std::string(rule.note)});
  std::sort(list.begin(), list.end(),
            [](const SupportedOperator& a, const SupportedOperator& b) { return a.name < b.name; });
  return list;
}

}  // namespace litesmith::importers::graphdef
