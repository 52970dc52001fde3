#include "ops/case_reference.h"

namespace litesmith::ops::where {
namespace {

template <class T>
Case make(const Shape& shape, DType type = kDTypeOf<T>) {
  return {.name = concat("WHERE ", name(type), " ", shape),
          .op = "WHERE",
          .attrs = {},
          .inputs = {uniform(type, shape, 0, 1, 31)},
          .outputs = {DType::int64},
          .reference = [shape](const std::vector<Value>& inputs) {
            std::vector<std::int64_t> y;
            std::int32_t found = 0;
            for (std::int64_t i = 0; i < elements(shape); ++i) {
              if (inputs[0].as<T>()[static_cast<std::size_t>(i)] == T{0}) continue;
              ++found;
              for (int axis = 0; axis < shape.rank(); ++axis)
                y.push_back(i / shape.count(axis + 1, shape.rank()) % shape[axis]);
            }
            return std::vector<Value>{value_of({found, shape.rank()}, y)};
          }};
}

}  // namespace

std::vector<Case> cases() {
  return {make<std::uint8_t>({4, 5}, DType::boolean), make<std::int32_t>({2, 3, 4}), make<std::int64_t>({7}),
          make<std::uint8_t>({0, 3}), make<float>({3, 3})};
}

}  // namespace litesmith::ops::where
