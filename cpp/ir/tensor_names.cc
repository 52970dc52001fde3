#include "ir/tensor_names.h"

namespace litesmith::ir {

TensorNames::TensorNames(const Graph& graph) {
  for (const Tensor& tensor : graph.tensors) taken_.insert(tensor.name);
}

std::string TensorNames::numbered(const std::string& name) {
  for (std::size_t number = 1;; ++number)
    if (const auto [place, is_new] = taken_.insert(name + std::to_string(number)); is_new) return *place;
}

}  // namespace litesmith::ir
