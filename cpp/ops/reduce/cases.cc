#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/case_reference.h"
#include "ops/reduce/reduce.h"

namespace litesmith::ops::reduce {
namespace {

struct Row {
  std::string_view op;
  double initial;
  double (*combine)(double, double);
  bool divides = false;
};

constexpr double kInf = std::numeric_limits<double>::infinity();
const Row kRows[] = {
    {"MEAN", 0, [](double a, double b) { return a + b; }, true},
    {"SUM", 0, [](double a, double b) { return a + b; }},
    {"REDUCE_PROD", 1, [](double a, double b) { return a * b; }},
    {"REDUCE_MAX", -kInf, [](double a, double b) { return std::max(a, b); }},
    {"REDUCE_MIN", kInf, [](double a, double b) { return std::min(a, b); }},
    {"REDUCE_ANY", 0, [](double a, double b) { return std::max(a, b); }},
    {"REDUCE_ALL", 1, [](double a, double b) { return std::min(a, b); }},
};

struct Problem {
  Shape shape;
  std::vector<std::int32_t> axes;
};

// Runs and columns, both sides of the lane count, alternating dimensions, nothing reduced, everything reduced.
const Problem kProblems[] = {{{3, 5}, {1}},
                             {{3, 40}, {-1}},
                             {{2, 7, 7, 5}, {1, 2}},
                             {{40, 3}, {0}},
                             {{2, 3, 4, 5}, {0, 2}},
                             {{2, 3, 4, 17}, {1, 3}},
                             {{6, 70}, {0, 0}},
                             {{4, 5}, {}},
                             {{4, 5, 3}, {0, 1, 2}},
                             {{1, 33, 129}, {1}},
                             {{2, 3, 2, 3, 2, 3}, {0, 2, 4}}};

/// Index of the result that element i of an operand of this shape belongs to.
std::size_t result_index(const Shape& shape, const Shape& kept, std::int64_t i) {
  std::int64_t index = 0, stride = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    const std::int64_t at = i % shape[axis];
    i /= shape[axis];
    index += kept[axis] == 1 ? 0 : at * stride;
    stride *= kept[axis];
  }
  return static_cast<std::size_t>(index);
}

template <class T>
Reference reference(const Row& row, const Problem& problem, bool keep_dims) {
  return [=](const std::vector<Value>& inputs) {
    const Shape& shape = problem.shape;
    Shape kept = shape;
    for (const std::int32_t axis : problem.axes) kept[axis < 0 ? axis + shape.rank() : axis] = 1;
    std::vector<double> sums(static_cast<std::size_t>(elements(kept)), row.initial);
    for (std::int64_t i = 0; i < elements(shape); ++i) {
      double& sum = sums[result_index(shape, kept, i)];
      sum = row.combine(sum, static_cast<double>(inputs[0].as<T>()[static_cast<std::size_t>(i)]));
    }
    const double count =
        static_cast<double>(elements(shape)) / static_cast<double>(std::max<std::int64_t>(elements(kept), 1));
    std::vector<T> y;
    for (const double sum : sums) y.push_back(static_cast<T>(row.divides ? sum / count : sum));
    Shape result;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const bool reduced = std::any_of(problem.axes.begin(), problem.axes.end(),
                                       [&](std::int32_t a) { return (a < 0 ? a + shape.rank() : a) == axis; });
      if (!reduced || keep_dims) result.dims().push_back(kept[axis]);
    }
    return std::vector<Value>{value_of(result, y)};
  };
}

// Operands without elements; integers have no mean or extremum then.
const Problem kEmptyProblems[] = {{{0, 3}, {0}}, {{3, 0}, {1}}, {{3, 0}, {0}}, {{0, 4}, {1}}, {{2, 0, 3}, {0, 2}}};

template <class T>
void add(std::vector<Case>& list, const Row& row, double low, double high, DType type = kDTypeOf<T>) {
  std::vector<Problem> problems(std::begin(kProblems), std::end(kProblems));
  if (type == DType::float32) problems.insert(problems.end(), std::begin(kEmptyProblems), std::end(kEmptyProblems));
  for (const Problem& problem : problems)
    for (const bool keep : {false, true}) {
      const Value axes = value_of({static_cast<std::int32_t>(problem.axes.size())}, problem.axes);
      Reference expected = reference<T>(row, problem, keep);
      list.push_back({.name = concat(row.op, " ", name(type), " ", problem.shape, " #", list.size()),
                      .op = row.op,
                      .attrs = ReduceAttrs{keep},
                      .inputs = {uniform(type, problem.shape, low, high, 8), keep ? axes : constant(axes)},
                      .outputs = {type},
                      .reference =
                          [expected, type](const std::vector<Value>& inputs) {
                            std::vector<Value> results = expected(inputs);
                            results[0].dtype = type;
                            return results;
                          },
                      // Sums of up to 300 floats: each of 20 additions rounds by half of the last place.
                      .relative = 2e-6,
                      .absolute = 1e-6});
    }
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Row& row : kRows) {
    if (row.op == "REDUCE_ANY" || row.op == "REDUCE_ALL") {
      add<std::uint8_t>(list, row, row.op == "REDUCE_ANY" ? -0.4 : 0.4, row.op == "REDUCE_ANY" ? 0.6 : 1.4,
                        DType::boolean);
      continue;
    }
    const bool product = row.op == "REDUCE_PROD";
    add<float>(list, row, product ? 0.9 : -2, product ? 1.1 : 3);
    add<std::int32_t>(list, row, product ? 1 : -20, product ? 1.6 : 40);
    add<std::int64_t>(list, row, product ? 1 : -20, product ? 1.6 : 40);
    if (row.op == "REDUCE_MAX" || row.op == "REDUCE_MIN") add<std::int8_t>(list, row, -120, 120);
  }
  return list;
}

}  // namespace litesmith::ops::reduce
