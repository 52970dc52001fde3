#include "ops/case_reference.h"
#include "ops/cumsum/cumsum.h"

namespace litesmith::ops::cumsum {
namespace {

template <class T>
Case make(const Shape& shape, std::int32_t axis, CumsumAttrs attrs) {
  return {.name = concat("CUMSUM ", name(kDTypeOf<T>), " ", shape, " axis ", axis, attrs.exclusive ? " exclusive" : "",
                         attrs.reverse ? " reverse" : ""),
          .op = "CUMSUM",
          .attrs = attrs,
          .inputs = {uniform(kDTypeOf<T>, shape, -50, 50, 27), value_of<std::int32_t>({}, {axis})},
          .outputs = {kDTypeOf<T>},
          .reference = [=](const std::vector<Value>& inputs) {
            const int at = axis < 0 ? axis + shape.rank() : axis;
            const std::int64_t inner = shape.count(at + 1, shape.rank()), size = shape[at];
            const auto x = inputs[0].as<T>();
            std::vector<T> y;
            for (std::int64_t i = 0; i < elements(shape); ++i) {
              const std::int64_t own = i / inner % size;
              T sum = 0;
              for (std::int64_t step = 0; step < size; ++step) {
                const std::int64_t k = attrs.reverse ? size - 1 - step : step;
                const bool before = attrs.reverse ? k > own : k < own;
                if (before || (k == own && !attrs.exclusive)) sum += x[static_cast<std::size_t>(i + (k - own) * inner)];
              }
              y.push_back(sum);
            }
            return std::vector<Value>{value_of(shape, y)};
          }};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const bool exclusive : {false, true})
    for (const bool reverse : {false, true}) {
      list.push_back(make<float>({3, 4, 5}, 1, {exclusive, reverse}));
      list.push_back(make<std::int32_t>({3, 4}, -1, {exclusive, reverse}));
      list.push_back(make<std::int64_t>({6}, 0, {exclusive, reverse}));
    }
  return list;
}

}  // namespace litesmith::ops::cumsum
