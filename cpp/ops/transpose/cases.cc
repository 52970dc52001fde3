#include "base/error.h"
#include "ops/case.h"

namespace litesmith::ops::transpose {
namespace {

using Order = std::vector<std::int32_t>;

std::vector<Value> reference(const std::vector<Value>& inputs) {
  const Value& x = inputs[0];
  const int rank = x.shape.rank();
  std::vector<std::size_t> axes;
  Shape shape = x.shape;
  for (const std::int32_t axis : inputs[1].as<std::int32_t>())
    axes.push_back(static_cast<std::size_t>(axis < 0 ? axis + rank : axis));
  for (int i = 0; i < rank; ++i) shape[i] = x.shape[static_cast<int>(axes[static_cast<std::size_t>(i)])];
  return {pick(x, shape, [&](const Index& index) {
    Index source(index.size());
    for (std::size_t i = 0; i < axes.size(); ++i) source[axes[i]] = index[i];
    return std::optional(source);
  })};
}

Case transposed(DType type, const Shape& shape, const Order& order, bool is_constant) {
  const Value perm = value_of<std::int32_t>({static_cast<std::int32_t>(order.size())}, order);
  std::string name = concat(litesmith::name(type), " ", shape, is_constant ? " by" : " by fed");
  for (const std::int32_t axis : order) name.append(" ").append(std::to_string(axis));
  return {.name = name,
          .op = "TRANSPOSE",
          .attrs = {},
          .inputs = {distinct(type, shape), is_constant ? constant(perm) : perm},
          .outputs = {type},
          .reference = reference};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const DType type : {DType::int8, DType::float16, DType::float32, DType::int64, DType::complex128})
    for (const auto& [rows, columns] :
         {std::pair{5, 3}, {16, 16}, {65, 33}, {130, 7}, {1, 40}, {2, 70}, {70, 2}, {3, 70}, {67, 3}, {4, 70}, {70, 4}})
      list.push_back(transposed(type, {rows, columns}, {1, 0}, true));
  const struct {
    Shape shape;
    Order order;
  } rows[] = {{{}, {}},
              {{7}, {0}},
              {{2, 5, 6, 3}, {0, 3, 1, 2}},  // NHWC to NCHW
              {{2, 3, 5, 6}, {0, 2, 3, 1}},  // and back
              {{2, 33, 35, 4}, {0, 3, 1, 2}},
              {{4, 3, 5}, {0, 1, 2}},
              {{4, 3, 20}, {1, 0, 2}},
              {{4, 3, 5}, {-1, 0, -2}},
              {{3, 4, 2, 5, 6}, {4, 2, 0, 3, 1}},
              {{2, 3, 2, 3, 2, 3, 2, 3}, {7, 5, 3, 1, 6, 4, 2, 0}},
              {{2, 1, 3, 1, 4}, {1, 4, 3, 2, 0}},
              {{3, 0, 2}, {2, 0, 1}},
              {{6, 4, 12}, {1, 0, 2}},
              {{3, 5, 3}, {1, 2, 0}}};
  for (const auto& row : rows)
    for (const DType type : {DType::boolean, DType::float32})
      for (const bool is_constant : {true, false}) list.push_back(transposed(type, row.shape, row.order, is_constant));
  return list;
}

}  // namespace litesmith::ops::transpose
