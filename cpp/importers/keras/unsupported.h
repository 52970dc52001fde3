#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "importers/keras/keras_graph.h"
#include "importers/keras/layer_rule.h"

namespace litesmith::importers::keras {

/// A layer that cannot be converted, and why.
struct Unsupported {
  std::string path;
  std::string class_name;
  std::string reason;
};

/// The row for a layer or operation; nullptr when there is none.
const LayerRule* find_rule(const Layer& layer, int keras_major);
/// Why a layer has no row, and what the user can do.
std::string reason_without_rule(const Layer& layer);
/// Throws one Error(unsupported) that lists them all; returns when there are none.
void refuse_unsupported(std::string_view model, const std::vector<Unsupported>& layers);

/// Fails when the layer comes with weights that its row does not know: another format of the same class.
void check_weight_names(const LayerRule& rule, const Layer& layer);

}  // namespace litesmith::importers::keras
