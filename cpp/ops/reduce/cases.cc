#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/requantize/multiplier.h"
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
                             {{9, 32}, {1}},
                             {{5, 100}, {1}},
                             {{1, 140}, {1}},
                             {{3, 20, 2, 70}, {0, 2}},
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

const ir::Quantization kInput{{0.05F}, {3}};

template <class T>
T saturated(std::int64_t y) {
  using Limits = std::numeric_limits<T>;
  return static_cast<T>(std::clamp<std::int64_t>(y, Limits::min(), Limits::max()));
}

/// Steps of the result from the elements of one reduction, in order (reference: arithmetic.md §0 and §4).
template <class T>
std::int64_t quantized_result(std::string_view op, const std::vector<std::int64_t>& x, double y_scale) {
  const double x_scale = kInput.scales[0];
  const auto n = static_cast<std::int64_t>(x.size());
  std::int64_t sum = 0;
  for (const std::int64_t v : x) sum += v;
  if (op == "SUM") {
    const float scale = kInput.scales[0] / static_cast<float>(y_scale);
    const float bias = -3 * scale * static_cast<float>(n);
    return static_cast<std::int64_t>(std::round(static_cast<float>(sum) * scale + bias));
  }
  if (op == "MEAN") {
    kernels::Multiplier m = kernels::multiplier_of(x_scale / y_scale);
    int shift = 0;
    while (shift < 31 + m.exponent && (std::int64_t{2} << shift) <= n) ++shift;
    m = {static_cast<std::int32_t>((std::int64_t{m.q} << shift) / n), m.exponent - shift};
    return kernels::multiply(static_cast<std::int32_t>(sum - 3 * n), m);
  }
  const kernels::Multiplier m = kernels::multiplier_of(x_scale / std::pow(y_scale, 1.0 / static_cast<double>(n)));
  std::int64_t product = x[0] - 3;
  for (std::size_t i = 1; i < x.size(); ++i) product = kernels::multiply(product * (x[i] - 3), m);
  return kernels::multiply(product, m);
}

template <class T>
void add_quantized(std::vector<Case>& list, std::string_view op) {
  for (const Problem& problem : kProblems) {
    const bool product = op == "REDUCE_PROD";
    const ir::Quantization output{{product ? 0.5F : (op == "SUM" ? 0.3F : 0.04F)}, {sizeof(T) == 2 ? 0 : 7}};
    Shape kept = problem.shape;
    for (const std::int32_t axis : problem.axes) kept[axis < 0 ? axis + kept.rank() : axis] = 1;
    Value x = uniform(kDTypeOf<T>, problem.shape, std::is_signed_v<T> && !product ? -100 : 5, product ? 40 : 127, 5);
    x.quantization = kInput;
    list.push_back(
        {.name = concat(op, " quantized ", name(kDTypeOf<T>), " ", problem.shape, " #", list.size()),
         .op = op,
         .attrs = ReduceAttrs{true},
         .inputs = {x, constant(value_of({static_cast<std::int32_t>(problem.axes.size())}, problem.axes))},
         .outputs = {kDTypeOf<T>},
         .reference =
             [=](const std::vector<Value>& inputs) {
               std::vector<std::vector<std::int64_t>> groups(static_cast<std::size_t>(elements(kept)));
               for (std::int64_t i = 0; i < elements(problem.shape); ++i)
                 groups[result_index(problem.shape, kept, i)].push_back(inputs[0].as<T>()[static_cast<std::size_t>(i)]);
               std::vector<T> y;
               for (const auto& group : groups)
                 y.push_back(
                     saturated<T>(quantized_result<T>(op, group, double{output.scales[0]}) + output.zero_points[0]));
               return std::vector<Value>{value_of(kept, y)};
             },
         .output_quantization = {output}});
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
    if (row.op != "REDUCE_MAX" && row.op != "REDUCE_MIN") continue;
    add<std::int8_t>(list, row, -120, 120);
    add<std::uint8_t>(list, row, 3, 250);
    add<std::int16_t>(list, row, -30000, 30000);
  }
  for (const std::string_view op : {"MEAN", "SUM", "REDUCE_PROD"}) {
    add_quantized<std::int8_t>(list, op);
    add_quantized<std::int16_t>(list, op);
    if (op != "REDUCE_PROD") add_quantized<std::uint8_t>(list, op);
  }
  return list;
}

}  // namespace litesmith::ops::reduce
