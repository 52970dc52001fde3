#include "ops/complex/rfft2d.h"

#include <algorithm>
#include <bit>
#include <complex>

#include "kernels/elementary/functions.h"
#include "ops/axes.h"

namespace litesmith::ops::complex {
namespace {

using Number = std::complex<double>;

/// Transforms of one length, a power of two.
struct Transform {
  std::int64_t length = 1;
  std::vector<std::int64_t> reversed;  // place of every entry, bits in reverse order
  std::vector<Number> roots;           // e^(-2 pi i k / length) for k < length / 2
};

Transform plan(std::int64_t length) {
  namespace elementary = kernels::elementary;
  Transform transform{length, std::vector<std::int64_t>(static_cast<std::size_t>(length), 0), {}};
  for (std::int64_t i = 1; i < length; ++i) {
    const auto at = static_cast<std::size_t>(i);
    transform.reversed[at] = transform.reversed[at / 2] / 2 + ((i & 1) != 0 ? length / 2 : 0);
  }
  for (std::int64_t k = 0; k < length / 2; ++k) {
    const auto angle = elementary::reduce(2 * elementary::kPi * static_cast<double>(k) / static_cast<double>(length));
    transform.roots.emplace_back(elementary::sin_of(angle, 1), -elementary::sin_of(angle, 0));
  }
  return transform;
}

Number product(Number a, Number b) noexcept {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

/// In place, over entries that stand `step` apart (Cooley and Tukey).
void run_transform(const Transform& transform, Number* x, std::int64_t step) noexcept {
  for (std::int64_t i = 0; i < transform.length; ++i) {
    const std::int64_t k = transform.reversed[static_cast<std::size_t>(i)];
    if (i < k) std::swap(x[i * step], x[k * step]);
  }
  for (std::int64_t half = 1; half < transform.length; half *= 2)
    for (std::int64_t first = 0; first < transform.length; first += 2 * half)
      for (std::int64_t k = 0; k < half; ++k) {
        const Number root = transform.roots[static_cast<std::size_t>(k * (transform.length / 2 / half))];
        Number& even = x[(first + k) * step];
        Number& odd = x[(first + k + half) * step];
        const Number turned = product(odd, root);
        odd = even - turned;
        even += turned;
      }
}

struct Params {
  Transform rows, columns;
  std::int64_t images, in_rows, in_columns;
};

/// Tile = one matrix.
Fault run(const Params& params, const Operands& operands, TileRange tiles) noexcept {
  const std::int64_t rows = params.rows.length, columns = params.columns.length, kept = columns / 2 + 1;
  auto* y = reinterpret_cast<Number*>(operands.scratch);  // rows * columns
  for (std::int64_t tile = tiles.begin; tile < std::min(tiles.end, params.images); ++tile) {
    const float* x = operands.in<float>(0) + tile * params.in_rows * params.in_columns;
    std::fill(y, y + rows * columns, Number{});
    for (std::int64_t row = 0; row < std::min(rows, params.in_rows); ++row) {
      for (std::int64_t column = 0; column < std::min(columns, params.in_columns); ++column)
        y[row * columns + column] = double{x[row * params.in_columns + column]};
      run_transform(params.columns, y + row * columns, 1);
    }
    for (std::int64_t column = 0; column < kept; ++column) run_transform(params.rows, y + column, columns);
    auto* result = operands.out<std::complex<float>>() + tile * rows * kept;
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t column = 0; column < kept; ++column)
        result[row * kept + column] = std::complex<float>(y[row * columns + column]);
  }
  return Fault::none;
}

}  // namespace

void infer_rfft2d(InferContext& context) {
  context.require_type(0, {DType::float32});
  context.require_type(1, {DType::int32});
  const Shape& x = shape_up_to(context, 0);
  if (x.has_rank() && x.rank() < 2)
    context.fail("'", context.input(0).name, "' has shape ", x, " but must have two dimensions at least");
  const auto lengths = context.ints(1);
  Shape result = x;
  if (lengths && lengths->size() != 2)
    context.fail("'", context.input(1).name, "' has ", lengths->size(), " lengths; give the rows and the columns");
  if (lengths)
    for (const std::int64_t length : *lengths)
      context.require(length > 0 && std::has_single_bit(static_cast<std::uint64_t>(length)), "the length ", length,
                      " is no power of two; fill up to ",
                      length < 1 ? 1 : std::bit_ceil(static_cast<std::uint64_t>(length)));
  if (result.has_rank()) {
    result[result.rank() - 2] = lengths ? dimension(context, (*lengths)[0]) : kUnknownDim;
    result[result.rank() - 1] = lengths ? dimension(context, (*lengths)[1] / 2 + 1) : kUnknownDim;
  }
  context.set_output(0, DType::complex64, std::move(result));
}

Step prepare_rfft2d(const PrepareContext& context) {
  const Shape& x = context.input(0).shape;
  const auto lengths = context.ints(1);
  context.require(lengths.has_value(), "the lengths must be known");
  const std::int64_t rows = (*lengths)[0], columns = (*lengths)[1];
  packed_bytes(DType::complex64, elements(context.output().shape));
  const std::int64_t images = x.count(0, x.rank() - 2);
  Step step = make_step<run>(Params{plan(rows), plan(columns), images, x.back(2), x.back(1)}, "rfft2d/scalar");
  step.tiles = std::max<std::int64_t>(images, 1);
  step.scratch_bytes = packed_bytes(DType::complex128, checked_product(rows, columns));
  step.work = static_cast<double>(step.tiles) * static_cast<double>(rows * columns);
  return step;
}

}  // namespace litesmith::ops::complex
