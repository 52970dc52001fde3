#include <algorithm>

#include "importers/graphdef/node_context.h"
#include "ops/gather/gather.h"

/// Diagonals and bands of matrices.
namespace litesmith::importers::graphdef {
namespace {

/// The number of an optional operand; `fallback` where the node has none.
std::int64_t number_or(NodeContext& c, int i, std::string_view what, std::int64_t fallback) {
  return i < c.input_count() ? c.int_value(i, what) : fallback;
}

/// The diagonal that operand i chooses: 0 is the main one, positive ones stand above. One alone converts.
std::int32_t chosen_diagonal(NodeContext& c, int i) {
  if (i >= c.input_count()) return 0;
  const auto bounds = c.int_values(i, "which diagonals it means");
  if (bounds.empty() || bounds.front() != bounds.back())
    c.unsupported("several diagonals at once have no conversion; take one after the other");
  return static_cast<std::int32_t>(bounds.front());
}

void refuse_padding(NodeContext& c, int i) {
  if (i >= c.input_count()) return;
  const auto padding = c.numbers(i);
  if (!padding || padding->empty() || padding->front() != 0)
    c.unsupported("another value than 0 beside the diagonal has no conversion");
}

/// Zeros before rows and columns put the main diagonal where diagonal k is.
Results import_matrix_diag(NodeContext& c) {
  const ir::TensorId diagonal = c.input(0);
  const std::int32_t k = chosen_diagonal(c, 1);
  refuse_padding(c, 4);
  const ir::TensorId square = c.add("MATRIX_DIAG", {}, {diagonal});
  const std::int32_t above = std::max(k, 0), below = std::max(-k, 0);
  for (const int i : {2, 3}) {
    const std::int64_t wanted = number_or(c, i, "the size of the matrix", -1);
    const std::int32_t length = c.shape(diagonal).back();
    if (wanted != -1 && wanted != length + above + below)
      c.unsupported("a matrix of ", wanted, i == 2 ? " rows" : " columns", " for a diagonal of shape ",
                    c.shape(diagonal), " has no conversion");
  }
  std::vector<std::pair<int, int>> amounts(static_cast<std::size_t>(c.rank(square)), {0, 0});
  amounts[amounts.size() - 2] = {below, above};
  amounts.back() = {above, below};
  return emit::pad(c, square, amounts);
}

/// The entries of diagonal k of matrices, by their numbers in the matrix.
ir::TensorId diagonal_part(NodeContext& c, ir::TensorId x, std::int32_t k) {
  const int rank = c.rank(x);
  if (rank < 2) c.fail("needs matrices but its operand has shape ", c.shape(x));
  const int rows = c.known_dim(x, rank - 2, "the size of the matrix");
  const int columns = c.known_dim(x, rank - 1, "the size of the matrix");
  const std::int32_t first_row = std::max(-k, 0), first_column = std::max(k, 0);
  if (first_row >= rows || first_column >= columns) c.fail("there is no diagonal ", k, " in ", c.shape(x));
  std::vector<std::int32_t> places;
  for (int i = 0; i < std::min(rows - first_row, columns - first_column); ++i)
    places.push_back((first_row + i) * columns + first_column + i);
  Dims dims(c.shape(x).begin(), c.shape(x).end() - 2);
  dims.push_back(rows * columns);
  const ir::TensorId flat = reshape(c, x, std::move(dims));
  return c.add("GATHER", ops::GatherAttrs{rank - 2, 0}, {flat, c.ints("diagonal", places)});
}

Results import_matrix_diag_part(NodeContext& c) { return diagonal_part(c, c.input(0), chosen_diagonal(c, 1)); }

Results import_matrix_set_diag(NodeContext& c) {
  if (chosen_diagonal(c, 2) != 0) c.unsupported("another diagonal than the main one has no conversion");
  return c.add("MATRIX_SET_DIAG", {}, c.tensors(0, 2));
}

/// The matrix of tensors as TensorFlow's Diag makes it: [shape, shape].
Results import_diag(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const Shape shape = c.shape(x);
  if (!shape.is_static()) c.unsupported("the diagonal has shape ", shape, "; give the inputs full shapes");
  Dims dims = shape.dims();
  dims.insert(dims.end(), shape.begin(), shape.end());
  const ir::TensorId flat = reshape(c, x, {static_cast<std::int32_t>(elements(shape))});
  return reshape(c, c.add("MATRIX_DIAG", {}, {flat}), std::move(dims));
}

Results import_diag_part(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const Shape shape = c.shape(x);
  if (!shape.is_static() || shape.rank() % 2 != 0) c.unsupported("the operand has shape ", shape);
  const Dims half(shape.begin(), shape.begin() + shape.rank() / 2);
  const auto size = static_cast<std::int32_t>(elements(Shape(half)));
  return reshape(c, diagonal_part(c, reshape(c, x, {size, size}), 0), half);
}

/// Keeps what lies at most `lower` below and `upper` above the diagonal; negative = everything.
Results import_matrix_band(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const int rank = c.rank(x);
  if (rank < 2) c.fail("needs matrices but its operand has shape ", c.shape(x));
  const std::int64_t lower = c.int_value(1, "how far the band reaches down");
  const std::int64_t upper = c.int_value(2, "how far the band reaches up");
  const int rows = c.known_dim(x, rank - 2, "the size of the matrix");
  const int columns = c.known_dim(x, rank - 1, "the size of the matrix");
  std::vector<std::int32_t> band;
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column)
      band.push_back((lower < 0 || row - column <= lower) && (upper < 0 || column - row <= upper) ? 1 : 0);
  const ir::TensorId keeps = cast(c, c.ints("band", band, Shape{rows, columns}), DType::boolean);
  return select(c, keeps, x, c.number("zero", 0, c.dtype(x)));
}

}  // namespace

std::span<const OpRule> matrix_ops() {
  static constexpr std::string_view kOne = "one diagonal, zeros beside it";
  static constexpr OpRule kRules[] = {
      {.op = "Diag", .import = import_diag},
      {.op = "DiagPart", .import = import_diag_part},
      {.op = "MatrixBandPart", .import = import_matrix_band, .note = "constant bounds, matrices of known size"},
      {.op = "MatrixDiag", .import = import_matrix_diag},
      {.op = "MatrixDiagPart", .import = import_matrix_diag_part, .note = "matrices of known size"},
      {.op = "MatrixDiagPartV2", .import = import_matrix_diag_part, .note = "one diagonal"},
      {.op = "MatrixDiagPartV3", .import = import_matrix_diag_part, .note = "one diagonal"},
      {.op = "MatrixDiagV2", .import = import_matrix_diag, .note = kOne},
      {.op = "MatrixDiagV3", .import = import_matrix_diag, .note = kOne},
      {.op = "MatrixSetDiag", .import = import_matrix_set_diag},
      {.op = "MatrixSetDiagV2", .import = import_matrix_set_diag, .note = "the main diagonal"},
      {.op = "MatrixSetDiagV3", .import = import_matrix_set_diag, .note = "the main diagonal"},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
