#pragma once

#include <set>
#include <string>

#include "ir/model.h"

namespace litesmith::ir {

/// The names of a graph's tensors, to find new ones.
class TensorNames {
 public:
  explicit TensorNames(const Graph& graph);
  /// A name that no tensor has yet, now taken: `name` with the first free number behind it ("dense/kernel1").
  std::string numbered(const std::string& name);

 private:
  std::set<std::string> taken_;
};

}  // namespace litesmith::ir
