#include <algorithm>
#include <initializer_list>

#include "importers/keras/importer.h"
#include "importers/keras/layer_rule.h"

namespace litesmith::importers::keras {
namespace {

using Table = std::span<const LayerRule> (*)();

constexpr Table kLayerTables[] = {core_layers,      convolution_layers,       transposed_convolution_layers,
                                  pooling_layers,   normalization_layers,     activation_layers,
                                  merge_layers,     shaping_layers,           preprocessing_layers,
                                  recurrent_layers, model_optimization_layers};
constexpr Table kOperationTables[] = {arithmetic_operations, shaping_operations};
constexpr Table kActivationTables[] = {activation_functions};

bool is_word_of(std::string_view words, std::string_view word) {
  for (std::size_t at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' ')) return true;
  }
  return false;
}

const LayerRule* find_in(std::span<const Table> tables, std::string_view name, int keras_major) {
  for (const Table table : tables)
    for (const LayerRule& rule : table())
      if (keras_major >= rule.first_major && keras_major <= rule.last_major &&
          (rule.name == name || (!name.empty() && is_word_of(rule.aliases, name))))
        return &rule;
  return nullptr;
}

std::vector<SupportedLayer> listed(std::span<const Table> tables) {
  std::vector<SupportedLayer> rows;
  for (const Table table : tables)
    for (const LayerRule& rule : table()) rows.push_back({rule.name, rule.aliases, rule.note});
  return rows;
}

}  // namespace

const LayerRule* find_layer(std::string_view class_name, int keras_major) {
  if (const LayerRule* found = find_in(kLayerTables, class_name, keras_major)) return found;
  if (class_name.ends_with("V1") || class_name.ends_with("V2"))
    return find_in(kLayerTables, class_name.substr(0, class_name.size() - 2), keras_major);
  return nullptr;
}

const LayerRule* find_activation(std::string_view function_name, int keras_major) {
  return find_in(kActivationTables, function_name, keras_major);
}

const LayerRule* find_operation(std::string_view class_or_function_name, int keras_major) {
  return find_in(kOperationTables, class_or_function_name, keras_major);
}

std::vector<SupportedLayer> keras_layers() { return listed(kLayerTables); }
std::vector<SupportedLayer> keras_operations() { return listed(kOperationTables); }
std::vector<SupportedLayer> keras_activations() { return listed(kActivationTables); }

}  // namespace litesmith::importers::keras
