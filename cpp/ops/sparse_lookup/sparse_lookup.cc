#include "ops/sparse_lookup/sparse_lookup.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <vector>

#include "base/string_buffer.h"
#include "ops/axes.h"
#include "ops/file_enum.h"
#include "ops/step.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::sparse_lookup {
namespace {

using enum DType;

/// HASHTABLE_LOOKUP: wanted keys [n], ascending keys [rows], values [rows, ...]; the results are values [n, ...], empty
/// or zero for unknown keys, and uint8 [n], 1 for known ones.
void infer_table(InferContext& context) {
  for (const int i : {0, 1}) {
    context.require_type(i, {int32});
    context.require_rank(i, 1);
  }
  const TensorInfo& keys = context.input(1);
  const TensorInfo& values = context.input(2);
  context.require_type(2, {float32, string});
  const Shape& wanted = context.input(0).shape;
  const std::int32_t count = wanted.has_rank() ? wanted[0] : kUnknownDim;
  Shape result = shape_up_to(context, 2);
  if (result.has_rank()) {
    if (result.rank() == 0) context.fail("'", values.name, "' is a scalar but must have one row per key");
    if (keys.shape.has_rank() && keys.shape[0] >= 0 && result[0] >= 0 && keys.shape[0] != result[0])
      context.fail("there are ", keys.shape[0], " keys in '", keys.name, "' but ", result[0], " rows in '", values.name,
                   "'; give one row per key");
    result[0] = count;
  }
  context.set_output(0, values.dtype, std::move(result));
  context.set_output(1, uint8, {count});
}

/// Where each wanted key stands; -1 = nowhere.
std::vector<std::int64_t> rows_of_keys(const HostContext& context) {
  const auto* wanted = context.in<std::int32_t>(0);
  const auto* first = context.in<std::int32_t>(1);
  const auto* last = first + elements(context.input(1).shape);
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < elements(context.input(0).shape); ++i) {
    const auto* found = std::lower_bound(first, last, wanted[i]);
    rows.push_back(found != last && *found == wanted[i] ? found - first : -1);
  }
  return rows;
}

void copy_strings(HostContext& context, const std::vector<std::int64_t>& rows, const Shape& shape,
                  std::int64_t row_length) {
  const auto texts = strings_in(context.input(2).data->view());
  std::vector<std::string_view> found;
  for (const std::int64_t row : rows)
    for (std::int64_t i = 0; i < row_length; ++i)
      found.push_back(row < 0 ? std::string_view() : texts[static_cast<std::size_t>(row * row_length + i)]);
  const std::vector<std::byte> buffer = string_buffer(found);
  std::memcpy(context.allocate_bytes(0, shape, buffer.size()), buffer.data(), buffer.size());
}

void look_up(HostContext& context) {
  const std::vector<std::int64_t> rows = rows_of_keys(context);
  const auto count = static_cast<std::int32_t>(rows.size());
  std::byte* hits = context.allocate_output(1, {count});
  for (std::size_t i = 0; i < rows.size(); ++i) hits[i] = std::byte{rows[i] >= 0};
  Shape shape = context.input(2).shape;
  const std::int64_t row_length = shape.count(1, shape.rank());
  shape[0] = count;
  if (context.input(2).dtype == string) return copy_strings(context, rows, shape, row_length);
  auto* y = reinterpret_cast<float*>(context.allocate_output(0, shape));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    float* row = y + static_cast<std::int64_t>(i) * row_length;
    if (rows[i] < 0)
      std::fill_n(row, row_length, 0.0F);
    else
      std::copy_n(context.in<float>(2) + rows[i] * row_length, row_length, row);
  }
}

/// EMBEDDING_LOOKUP_SPARSE: ids [n], indices [n, k], dense_shape [k], weights [n], table [rows, ...]. The result has
/// the first k - 1 of the dense dimensions, then those of a row.
void infer_sparse(InferContext& context) {
  for (const int i : {0, 1, 2}) context.require_type(i, {int32});
  for (const int i : {3, 4}) context.require_type(i, {float32});
  context.require_rank(0, 1);
  context.require_rank(1, 2);
  context.require_rank(2, 1);
  context.require_rank(3, 1);
  const Shape& table = shape_up_to(context, 4);
  const auto dense = context.ints(2);
  if (table.has_rank() && table.rank() < 2)
    context.fail("the table '", context.input(4).name, "' has shape ", table, " but must have rows and columns");
  if (!table.has_rank() || !dense) return context.set_output(0, float32, Shape::unknown_rank());
  if (dense->empty()) context.fail("'", context.input(2).name, "' has no dimensions; give one at least");
  Shape shape;
  for (std::size_t i = 0; i + 1 < dense->size(); ++i) shape.dims().push_back(dimension(context, (*dense)[i]));
  shape.dims().insert(shape.dims().end(), table.begin() + 1, table.end());
  context.set_output(0, float32, std::move(shape));
}

void require_length(const HostContext& context, int operand, std::int64_t wanted) {
  const std::int64_t count = elements(context.input(operand).shape);
  context.require(count == wanted, "'", context.input(operand).name, "' has ", count, " entries but ", wanted,
                  " are needed");
}

/// The place of entry i among the dense dimensions before the last.
std::int64_t place_of(const HostContext& context, std::int64_t i, const std::vector<std::int64_t>& dense) {
  const auto rank = static_cast<std::int64_t>(dense.size());
  std::int64_t place = 0;
  for (std::int64_t axis = 0; axis + 1 < rank; ++axis) {
    const std::int64_t at = context.in<std::int32_t>(1)[i * rank + axis], size = dense[static_cast<std::size_t>(axis)];
    context.require(at >= 0 && at < size, "index ", at, " of entry ", i, " is outside of dimension ", axis, " (", size,
                    ")");
    place = place * size + at;
  }
  return place;
}

void combine(HostContext& context) {
  const auto dense = context.ints(2).value();
  const Shape& table = context.input(4).shape;
  const std::int64_t count = elements(context.input(0).shape), columns = table.count(1, table.rank());
  require_length(context, 1, checked_product(count, static_cast<std::int64_t>(dense.size())));
  require_length(context, 3, count);
  Shape shape;
  for (std::size_t i = 0; i + 1 < dense.size(); ++i) shape.dims().push_back(dimension(context, dense[i]));
  const std::int64_t places = elements(shape);
  shape.dims().insert(shape.dims().end(), table.begin() + 1, table.end());
  const std::int64_t total = elements(shape);
  auto* y = reinterpret_cast<float*>(context.allocate_output(0, shape));
  std::fill_n(y, total, 0.0F);
  std::vector<float> divisors(static_cast<std::size_t>(places), 0.0F);
  const Combiner combiner = context.attrs<EmbeddingLookupSparseAttrs>().combiner;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t id = context.in<std::int32_t>(0)[i], place = place_of(context, i, dense);
    context.require(id >= 0 && id < table[0], "id ", id, " is outside of the table's ", table[0], " rows");
    const float weight = context.in<float>(3)[i];
    divisors[static_cast<std::size_t>(place)] += combiner == Combiner::sqrtn ? weight * weight : weight;
    const float* row = context.in<float>(4) + id * columns;
    for (std::int64_t c = 0; c < columns; ++c) y[place * columns + c] += weight * row[c];
  }
  if (combiner == Combiner::sum) return;
  for (std::int64_t place = 0; place < places; ++place) {
    const float sum = divisors[static_cast<std::size_t>(place)];
    const float divisor = combiner == Combiner::sqrtn ? std::sqrt(sum) : sum;
    if (divisor == 0) continue;
    for (std::int64_t c = 0; c < columns; ++c) y[place * columns + c] /= divisor;
  }
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_EmbeddingLookupSparseOptions();
  if (options == nullptr) return EmbeddingLookupSparseAttrs{};
  return EmbeddingLookupSparseAttrs{enum_from_file(options->combiner(), Combiner::sqrtn, "combiner")};
}

flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::EmbeddingLookupSparseOptionsBuilder options(builder);
  options.add_combiner(static_cast<::tflite::CombinerType>(attrs.as<EmbeddingLookupSparseAttrs>().combiner));
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"HASHTABLE_LOOKUP"},
                                .builtin_code = 10,
                                .inputs = {3, 3},
                                .outputs = {2, 2},
                                .infer = infer_table,
                                .host = look_up},
                               {.identity = {"EMBEDDING_LOOKUP_SPARSE"},
                                .builtin_code = 33,
                                .inputs = {5, 5},
                                .infer = infer_sparse,
                                .read = read,
                                .write = write,
                                .options_type = 20,
                                .host = combine}};
  return kOps;
}

}  // namespace litesmith::ops::sparse_lookup
