#include <cmath>
#include <complex>

#include "base/error.h"
#include "ops/case.h"

namespace litesmith::ops::complex {
namespace {

/// Parts of seeded complex numbers.
template <class T>
Value numbers(DType type, const Shape& shape) {
  Shape parts = shape;
  parts.dims().push_back(2);
  Value value = uniform(kDTypeOf<T>, parts, -4, 4, 71);
  value.dtype = type;
  value.shape = shape;
  return value;
}

template <class T, class Function>
void add_parts(std::vector<Case>& list, DType type, std::string_view op, Function function, double relative) {
  for (const Shape& shape : {Shape{3, 5}, Shape{}, Shape{0, 2}, Shape{200, 120}})
    list.push_back({.name = concat(name(type), " ", shape),
                    .op = op,
                    .attrs = {},
                    .inputs = {numbers<T>(type, shape)},
                    .outputs = {kDTypeOf<T>},
                    .reference =
                        [function](const std::vector<Value>& inputs) {
                          const auto x = inputs[0].as<T>();
                          std::vector<T> y;
                          for (std::size_t i = 0; i < x.size(); i += 2)
                            y.push_back(static_cast<T>(
                                function(static_cast<long double>(x[i]), static_cast<long double>(x[i + 1]))));
                          return std::vector{value_of(inputs[0].shape, y)};
                        },
                    .relative = relative});
}

/// The sum that defines the transform.
std::vector<Value> transform(const std::vector<Value>& inputs) {
  const Value& x = inputs[0];
  const std::int32_t rows = inputs[1].as<std::int32_t>()[0], columns = inputs[1].as<std::int32_t>()[1];
  const std::int32_t in_rows = x.shape.back(2), in_columns = x.shape.back(1);
  std::vector<float> y;
  for (std::int64_t image = 0; image < x.shape.count(0, x.shape.rank() - 2); ++image)
    for (std::int32_t u = 0; u < rows; ++u)
      for (std::int32_t v = 0; v < columns / 2 + 1; ++v) {
        std::complex<double> sum;
        for (std::int32_t i = 0; i < std::min(rows, in_rows); ++i)
          for (std::int32_t k = 0; k < std::min(columns, in_columns); ++k) {
            const double turns = double(u) * i / rows + double(v) * k / columns;
            const auto at = static_cast<std::size_t>((image * in_rows + i) * in_columns + k);
            sum += double{x.as<float>()[at]} * std::polar(1.0, -2 * 3.14159265358979323846 * turns);
          }
        y.push_back(static_cast<float>(sum.real()));
        y.push_back(static_cast<float>(sum.imag()));
      }
  Shape shape = x.shape;
  shape[shape.rank() - 2] = rows;
  shape[shape.rank() - 1] = columns / 2 + 1;
  Value result = value_of({static_cast<std::int32_t>(y.size())}, y);
  result.dtype = DType::complex64;
  result.shape = shape;
  return {result};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  using Real = long double;
  constexpr auto kReal = [](Real re, Real) { return re; };
  constexpr auto kImag = [](Real, Real im) { return im; };
  constexpr auto kLength = [](Real re, Real im) { return std::sqrt(re * re + im * im); };
  add_parts<float>(list, DType::complex64, "REAL", kReal, 0);
  add_parts<double>(list, DType::complex128, "REAL", kReal, 0);
  add_parts<float>(list, DType::complex64, "IMAG", kImag, 0);
  add_parts<double>(list, DType::complex128, "IMAG", kImag, 0);
  // One rounding of the result's type, and one of its square root.
  add_parts<float>(list, DType::complex64, "COMPLEX_ABS", kLength, 1.2e-7);
  add_parts<double>(list, DType::complex128, "COMPLEX_ABS", kLength, 4e-16);
  const struct {
    Shape x;
    std::vector<std::int32_t> lengths;
  } rows[] = {{{3, 4, 8}, {4, 8}}, {{1, 16}, {1, 16}}, {{2, 2, 5, 3}, {8, 4}},
              {{6, 9}, {4, 8}},    {{2, 2}, {1, 1}},   {{0, 2, 4}, {2, 4}}};
  for (const auto& row : rows)
    for (const bool is_constant : {true, false}) {
      Value lengths = value_of<std::int32_t>({2}, row.lengths);
      lengths.constant = is_constant;
      // Complex results are compared as pairs of floats rounded once.
      list.push_back({.name = concat(row.x, " to ", row.lengths[0], " x ", row.lengths[1], is_constant ? "" : " fed"),
                      .op = "RFFT2D",
                      .attrs = {},
                      .inputs = {uniform(DType::float32, row.x, -2, 2, 72), lengths},
                      .outputs = {DType::complex64},
                      .reference = transform,
                      .relative = 1e-6});
    }
  return list;
}

}  // namespace litesmith::ops::complex
