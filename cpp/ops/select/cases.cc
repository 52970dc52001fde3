#include "ops/case_reference.h"

namespace litesmith::ops::select {
namespace {

template <class T>
Case make(std::string_view op, const Shape& condition, const Shape& x, const Shape& y) {
  return {.name = concat(op, " ", name(kDTypeOf<T>), " ", condition, " ", x, " ", y),
          .op = op,
          .attrs = {},
          .inputs = {uniform(DType::boolean, condition, 0, 1, 13), uniform(kDTypeOf<T>, x, -9, 9, 14),
                     uniform(kDTypeOf<T>, y, -9, 9, 15)},
          .outputs = {kDTypeOf<T>},
          .reference = [op](const std::vector<Value>& inputs) {
            Shape chooser = inputs[0].shape;
            if (op == "SELECT" && chooser.rank() == 1)
              while (chooser.rank() < inputs[1].shape.rank()) chooser.dims().push_back(1);
            const Shape data = broadcast(inputs[1].shape, inputs[2].shape).value();
            const Shape result = broadcast(data, chooser).value();
            std::vector<T> z;
            for (std::int64_t i = 0; i < elements(result); ++i) {
              const bool first = inputs[0].as<std::uint8_t>()[broadcast_index(result, chooser, i)] != 0;
              const Value& chosen = inputs[first ? 1 : 2];
              z.push_back(chosen.as<T>()[broadcast_index(result, chosen.shape, i)]);
            }
            return std::vector<Value>{value_of(result, z)};
          }};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const std::string_view op : {"SELECT", "SELECT_V2"}) {
    list.push_back(make<float>(op, {3, 40}, {3, 40}, {3, 40}));
    list.push_back(make<std::int8_t>(op, {3, 4}, {3, 4}, {3, 4}));
    list.push_back(make<std::int64_t>(op, {}, {3, 4}, {3, 4}));
    list.push_back(make<std::int16_t>(op, {1, 2, 2, 1, 3}, {1, 2, 2, 1, 3}, {1, 2, 2, 1, 3}));
  }
  list.push_back(make<float>("SELECT", {3}, {3, 4, 2}, {3, 4, 2}));
  list.push_back(make<float>("SELECT_V2", {4, 1}, {3, 1, 5}, {}));
  list.push_back(make<float>("SELECT_V2", {5}, {1}, {3, 4, 1}));
  list.push_back(make<std::int32_t>("SELECT_V2", {2, 1, 2, 1, 2, 1}, {1, 3, 1, 3, 1, 3}, {3}));
  return list;
}

}  // namespace litesmith::ops::select
