#include <bit>

#include "importers/graphdef/node_context.h"

/// Fourier transforms of real numbers, and the parts of complex ones.
namespace litesmith::importers::graphdef {
namespace {

ir::TensorId transform(NodeContext& c, ir::TensorId x, const std::vector<std::int32_t>& lengths) {
  if (c.dtype(x) != DType::float32) c.unsupported("transforms of type ", name(c.dtype(x)), "; float32 converts");
  for (const std::int32_t length : lengths)
    if (length < 1 || !std::has_single_bit(static_cast<std::uint32_t>(length)))
      c.unsupported("the length ", length, " is no power of two; choose one that is and fill the frames up with zeros");
  return c.add("RFFT2D", {}, {x, c.ints("lengths", lengths)}, DType::complex64);
}

std::vector<std::int32_t> lengths(NodeContext& c, std::size_t count) {
  std::vector<std::int32_t> lengths;
  for (const std::int64_t length : c.int_values(1, "the length")) {
    if (length < 1 || length > INT32_MAX) c.fail("the length ", length, " is impossible");
    lengths.push_back(static_cast<std::int32_t>(length));
  }
  if (lengths.size() != count) c.fail("has ", lengths.size(), " lengths where ", count, " belong");
  return lengths;
}

/// A row is a matrix of one row.
Results import_rfft(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const int rank = c.rank(x);
  if (rank < 1) c.fail("transforms a scalar");
  const ir::TensorId y = transform(c, expand_dims(c, x, rank - 1), {1, lengths(c, 1).front()});
  return squeeze(c, y, rank - 1);
}

Results import_rfft_2d(NodeContext& c) { return transform(c, c.input(0), lengths(c, 2)); }

Results import_part(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  if (c.dtype(x) == DType::complex64 || c.dtype(x) == DType::complex128)
    return c.add(c.rule().ir_op, {}, {x}, c.attr_type("Tout", DType::float32));
  c.unsupported("its operand is ", name(c.dtype(x)), ", not complex");
}

}  // namespace

std::span<const OpRule> spectral_ops() {
  static constexpr std::string_view kLengths = "constant lengths, powers of two";
  static constexpr OpRule kRules[] = {
      {.op = "ComplexAbs", .import = import_part, .ir_op = "COMPLEX_ABS"},
      {.op = "Imag", .import = import_part, .ir_op = "IMAG"},
      {.op = "RFFT", .import = import_rfft, .note = kLengths},
      {.op = "RFFT2D", .import = import_rfft_2d, .note = kLengths},
      {.op = "Real", .import = import_part, .ir_op = "REAL"},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
