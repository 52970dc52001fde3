#include "ops/arg_min_max/arg_min_max.h"
#include "ops/case_reference.h"

namespace litesmith::ops::arg_min_max {
namespace {

template <class T, class Index>
Case make(std::string_view op, const Shape& shape, std::int32_t axis, bool is_constant) {
  const Value where = value_of<std::int32_t>({}, {axis});
  return {.name = concat(op, " ", name(kDTypeOf<T>), " ", shape, " axis ", axis),
          .op = op,
          .attrs = ArgMinMaxAttrs{kDTypeOf<Index>},
          .inputs = {uniform(kDTypeOf<T>, shape, 0, 9, 23), is_constant ? constant(where) : where},
          .outputs = {kDTypeOf<Index>},
          .reference = [=](const std::vector<Value>& inputs) {
            const int at = axis < 0 ? axis + shape.rank() : axis;
            const std::int64_t inner = shape.count(at + 1, shape.rank()), outer = shape.count(0, at);
            std::vector<Index> y;
            for (std::int64_t o = 0; o < outer; ++o)
              for (std::int64_t i = 0; i < inner; ++i) {
                const auto value = [&](std::int64_t k) {
                  return inputs[0].as<T>()[static_cast<std::size_t>((o * shape[at] + k) * inner + i)];
                };
                Index best = 0;
                for (Index k = 0; k < shape[at]; ++k)
                  if (op == "ARG_MAX" ? value(k) > value(best) : value(k) < value(best)) best = k;
                y.push_back(best);
              }
            Shape result = shape;
            result.dims().erase(result.dims().begin() + at);
            return std::vector<Value>{value_of(result, y)};
          }};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const std::string_view op : {"ARG_MAX", "ARG_MIN"})
    for (const std::int32_t axis : {0, 1, -1}) {
      list.push_back(make<float, std::int64_t>(op, {3, 20, 7}, axis, true));
      list.push_back(make<float, std::int32_t>(op, {3, 20, 7}, axis, false));
      list.push_back(make<std::int8_t, std::int32_t>(op, {3, 20}, axis, true));
      list.push_back(make<std::uint8_t, std::int64_t>(op, {40, 2}, axis, true));
      list.push_back(make<std::int32_t, std::int32_t>(op, {4, 5, 6}, axis, true));
    }
  return list;
}

}  // namespace litesmith::ops::arg_min_max
