#include "interpreter/dense_values.h"

#include <span>

#include "base/error.h"
#include "ir/sparse_storage.h"

namespace litesmith::interpreter {

Bytes dense_values(const ir::Tensor& constant, Budget& budget) {
  const std::size_t bytes = packed_bytes(constant.dtype, elements(constant.shape));
  const auto owner =
      budget.allocate(bytes, concat("the dense values of '", constant.name, "' of shape ", constant.shape));
  const std::span dense(owner.get(), bytes);
  ir::expand_sparse(constant, dense);
  return Bytes(owner, dense);
}

}  // namespace litesmith::interpreter
