#include <limits>

#include "ops/case_reference.h"

namespace litesmith::ops::topk {
namespace {

template <class T>
Case make(Value x, std::int32_t k, bool is_constant) {
  const Value count = value_of<std::int32_t>({}, {k});
  return {.name = concat("TOPK_V2 ", name(kDTypeOf<T>), " ", x.shape, " k ", k),
          .op = "TOPK_V2",
          .attrs = {},
          .inputs = {std::move(x), is_constant ? constant(count) : count},
          .outputs = {kDTypeOf<T>, DType::int32},
          .reference = [k](const std::vector<Value>& inputs) {
            Shape shape = inputs[0].shape;
            const std::int32_t size = shape.back();
            std::vector<T> values;
            std::vector<std::int32_t> indices;
            for (std::int64_t row = 0; row < shape.count(0, shape.rank() - 1); ++row) {
              std::vector<bool> taken(static_cast<std::size_t>(size));
              for (std::int32_t i = 0; i < k; ++i) {
                std::int32_t best = -1;
                const auto at = [&](std::int32_t j) {
                  return inputs[0].as<T>()[static_cast<std::size_t>(row * size + j)];
                };
                for (std::int32_t j = 0; j < size; ++j)
                  if (!taken[static_cast<std::size_t>(j)] && (best < 0 || at(j) > at(best))) best = j;
                taken[static_cast<std::size_t>(best)] = true;
                values.push_back(at(best));
                indices.push_back(best);
              }
            }
            shape[shape.rank() - 1] = k;
            return std::vector<Value>{value_of(shape, values), value_of(shape, indices)};
          }};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const std::int32_t k : {0, 1, 5, 20}) {
    list.push_back(make<float>(uniform(DType::float32, {3, 2, 20}, -5, 5, 24), k, true));
    list.push_back(make<std::int32_t>(uniform(DType::int32, {4, 20}, -5, 5, 25), k, k != 5));
    list.push_back(make<std::int8_t>(uniform(DType::int8, {20}, -5, 5, 26), k, true));
  }
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  Case with_nan = make<float>(value_of<float>({4}, {kNan, 1, kNan, 2}), 4, true);
  with_nan.reference = [](const std::vector<Value>&) {
    return std::vector<Value>{value_of<float>({4}, {2, 1, kNan, kNan}), value_of<std::int32_t>({4}, {3, 1, 0, 2})};
  };
  list.push_back(with_nan);
  return list;
}

}  // namespace litesmith::ops::topk
