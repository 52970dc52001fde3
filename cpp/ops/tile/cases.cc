#include "base/error.h"
#include "ops/case.h"
#include "ops/case_strings.h"

namespace litesmith::ops::tile {
namespace {

std::vector<Value> tiled(const std::vector<Value>& inputs) {
  const Value& x = inputs[0];
  Shape shape = x.shape;
  for (int i = 0; i < shape.rank(); ++i) shape[i] *= inputs[1].as<std::int32_t>()[static_cast<std::size_t>(i)];
  return {pick(x, shape, [&](Index index) {
    for (std::size_t i = 0; i < index.size(); ++i) index[i] %= x.shape[static_cast<int>(i)];
    return std::optional(index);
  })};
}

std::vector<Value> broadcast_to(const std::vector<Value>& inputs) {
  const Value& x = inputs[0];
  const auto dims = inputs[1].as<std::int32_t>();
  return {pick(x, Shape(std::vector<std::int32_t>(dims.begin(), dims.end())), [&](Index index) {
    index.erase(index.begin(), index.end() - x.shape.rank());
    for (std::size_t i = 0; i < index.size(); ++i)
      if (x.shape[static_cast<int>(i)] == 1) index[i] = 0;
    return std::optional(index);
  })};
}

struct Row {
  DType type;
  Shape shape;
  std::vector<std::int32_t> numbers;
};

void add(std::vector<Case>& list, std::string_view op, const Row& row,
         std::vector<Value> (*reference)(const std::vector<Value>&)) {
  for (const bool is_constant : {true, false}) {
    Value numbers = value_of<std::int32_t>({static_cast<std::int32_t>(row.numbers.size())}, row.numbers);
    numbers.constant = is_constant;
    list.push_back({concat(name(row.type), " ", row.shape, is_constant ? "" : " fed"),
                    op,
                    {},
                    {distinct(row.type, row.shape), numbers},
                    {row.type},
                    reference});
  }
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Row& row :
       {Row{DType::float32, {3, 2}, {2, 3}}, Row{DType::int8, {5}, {7}}, Row{DType::int64, {2, 1, 3}, {1, 4, 1}},
        Row{DType::boolean, {2, 3, 1, 2}, {1, 2, 3, 1}}, Row{DType::float16, {2, 2, 2, 2, 2, 2}, {2, 1, 2, 1, 1, 3}},
        Row{DType::complex128, {2, 3}, {2, 0}}, Row{DType::int32, {}, {}}, Row{DType::uint8, {1, 1}, {40, 50}}})
    add(list, "TILE", row, tiled);
  for (const Row& row :
       {Row{DType::float32, {1, 3}, {4, 3}}, Row{DType::int8, {}, {2, 3}}, Row{DType::int64, {4, 1}, {2, 4, 5}},
        Row{DType::boolean, {1, 2, 1, 3, 1, 2}, {2, 2, 3, 3, 2, 2}}, Row{DType::float16, {1}, {0}},
        Row{DType::float32, {7}, {3, 2, 7}}, Row{DType::int32, {}, {}}})
    add(list, "BROADCAST_TO", row, broadcast_to);
  list.push_back({"strings",
                  "TILE",
                  {},
                  {strings({2}, {"a", "bc"}), value_of<std::int32_t>({1}, {2})},
                  {DType::string},
                  [](const std::vector<Value>&) { return std::vector{strings({4}, {"a", "bc", "a", "bc"})}; }});
  list.push_back({"of different length",
                  "BROADCAST_ARGS",
                  {},
                  {value_of<std::int32_t>({3}, {1, 4, 5}), value_of<std::int32_t>({2}, {4, 1})},
                  {DType::int32},
                  [](const std::vector<Value>&) { return std::vector{value_of<std::int32_t>({3}, {1, 4, 5})}; }});
  list.push_back({"with a scalar's shape",
                  "BROADCAST_ARGS",
                  {},
                  {value_of<std::int64_t>({0}, {}), value_of<std::int64_t>({2}, {7, 1})},
                  {DType::int64},
                  [](const std::vector<Value>&) { return std::vector{value_of<std::int64_t>({2}, {7, 1})}; }});
  return list;
}

}  // namespace litesmith::ops::tile
