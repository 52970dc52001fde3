#include <algorithm>
#include <limits>

#include "ops/case_reference.h"

namespace litesmith::ops::segment {
namespace {

struct Row {
  std::string_view op;
  double (*combine)(double, double);
  double initial;
};

template <class T>
Case make(const Row& row, const Shape& ids_shape, const std::vector<std::int32_t>& ids, std::int32_t segments,
          bool is_constant) {
  Shape data = ids_shape;
  data.dims().push_back(3);
  const Value numbers = value_of(ids_shape, ids);
  std::vector<Value> inputs = {uniform(kDTypeOf<T>, data, -4, 4, 29), is_constant ? constant(numbers) : numbers};
  const Value count = value_of<std::int32_t>({}, {segments});
  if (row.op != "SEGMENT_SUM") inputs.push_back(is_constant ? constant(count) : count);
  return {.name = concat(row.op, " ", name(kDTypeOf<T>), " ", ids_shape, is_constant ? "" : " at run time"),
          .op = row.op,
          .attrs = {},
          .inputs = inputs,
          .outputs = {kDTypeOf<T>},
          .reference =
              [=](const std::vector<Value>& operands) {
                std::vector<double> sums(static_cast<std::size_t>(segments) * 3, row.initial);
                for (std::size_t i = 0; i < ids.size() * 3; ++i) {
                  if (ids[i / 3] < 0) continue;
                  double& sum = sums[static_cast<std::size_t>(ids[i / 3]) * 3 + i % 3];
                  sum = row.combine(sum, static_cast<double>(operands[0].as<T>()[i]));
                }
                std::vector<T> y;
                for (const double sum : sums) y.push_back(static_cast<T>(sum));
                return std::vector<Value>{value_of({segments, 3}, y)};
              },
          .relative = 1e-6};  // sums of floats are rounded at each addition
}

template <class T>
void add(std::vector<Case>& list) {
  const Row rows[] = {
      {"UNSORTED_SEGMENT_SUM", [](double a, double b) { return a + b; }, 0},
      {"UNSORTED_SEGMENT_PROD", [](double a, double b) { return a * b; }, 1},
      {"UNSORTED_SEGMENT_MAX", [](double a, double b) { return std::max(a, b); },
       static_cast<double>(std::numeric_limits<T>::lowest())},
      {"UNSORTED_SEGMENT_MIN", [](double a, double b) { return std::min(a, b); },
       static_cast<double>(std::numeric_limits<T>::max())},
  };
  for (const bool is_constant : {true, false}) {
    for (const Row& row : rows) {
      list.push_back(make<T>(row, {6}, {4, 0, 2, 2, -1, 0}, 5, is_constant));
      list.push_back(make<T>(row, {2, 2}, {1, 0, 1, 1}, 2, is_constant));
    }
    list.push_back(make<T>({"SEGMENT_SUM", rows[0].combine, 0}, {6}, {0, 0, 1, 3, 3, 3}, 4, is_constant));
  }
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  add<float>(list);
  add<std::int32_t>(list);
  return list;
}

}  // namespace litesmith::ops::segment
