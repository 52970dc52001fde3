#include "ops/scatter/scatter.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "ops/axes.h"
#include "ops/copy_step.h"
#include "ops/host_prepare.h"
#include "ops/index_operand.h"
#include "ops/op_def.h"
#include "ops/static_rules.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::scatter {
namespace {

/// Places in the result, each given by one row of indices.
struct Places {
  IntegerAt index_at;
  std::int64_t count;
  std::vector<std::int64_t> sizes, strides;  // of the indexed axes; strides in bytes
  std::int64_t bytes;                        // of one place
  std::int64_t result_bytes;

  /// Byte offset of place i; -1 when an index is out of range.
  std::int64_t offset(const std::byte* indices, std::int64_t i) const noexcept {
    std::int64_t result = 0;
    const auto depth = static_cast<std::int64_t>(sizes.size());
    for (std::int64_t d = 0; d < depth; ++d) {
      const std::int64_t index = index_at(indices, i * depth + d);
      if (index < 0 || index >= sizes[static_cast<std::size_t>(d)]) return -1;
      result += index * strides[static_cast<std::size_t>(d)];
    }
    return result;
  }
};

Places places_of(const PrepareContext& context, std::int64_t count, int depth) {
  const Shape& result = context.output().shape;
  const std::int64_t width = element_bytes(context, context.output());
  Places places{.index_at = integer_reader(context, 0),
                .count = count,
                .sizes = {result.begin(), result.begin() + depth},
                .strides = dense_strides(result, width),
                .bytes = checked_product(result.count(depth, result.rank()), width),
                .result_bytes = static_cast<std::int64_t>(packed_bytes(context.output().dtype, elements(result)))};
  if (places.result_bytes == 0 && places.bytes == 0) places.count = 0;
  return places;
}

/// indices.shape[:-1] + result.shape[depth:] must be the shape of the updates.
void check_updates(const NodeView& view, const Shape& result, int depth) {
  const Shape& indices = view.input(0).shape;
  const TensorInfo& updates = view.input(1);
  if (depth > result.rank())
    view.fail("an index has ", depth, " entries but the result's shape ", result, " has only ", result.rank(),
              " dimensions");
  Shape wanted(std::vector<std::int32_t>(indices.begin(), indices.end() - 1));
  wanted.dims().insert(wanted.dims().end(), result.begin() + depth, result.end());
  bool fits = !updates.shape.has_rank() || updates.shape.rank() == wanted.rank();
  for (int i = 0; fits && i < updates.shape.rank(); ++i)
    fits = wanted[i] == kUnknownDim || updates.shape[i] == kUnknownDim || wanted[i] == updates.shape[i];
  if (!fits)
    view.fail("'", updates.name, "' has shape ", updates.shape, " but indices of shape ", indices,
              " into a result of shape ", result, " need updates of shape ", wanted);
}

void infer_scatter_nd(InferContext& context) {
  context.require_type(0, {DType::int16, DType::int32, DType::int64});
  require_index_vector(context, 2);
  const Shape& indices = shape_up_to(context, 0);
  if (indices.has_rank() && indices.rank() == 0)
    context.fail("'", context.input(0).name, "' is a scalar but must have one dimension at least");
  const auto values = context.ints(2);
  Shape result = values ? shape_from_values(context, 2, *values) : shape_from_length(context, 2);
  if (indices.has_rank() && indices.back() != kUnknownDim && result.has_rank())
    check_updates(context, result, indices.back());
  context.set_output(0, context.input(1).dtype, std::move(result));
}

template <class T>
T sum(T a, T b) noexcept {
  if constexpr (std::is_same_v<T, bool>) return a || b;
  if constexpr (std::is_integral_v<T>)  // wraps around, as machine integers do
    return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  return a + b;
}

template <class T>
Fault scatter_add(const Places& places, const Operands& operands, TileRange) noexcept {
  std::byte* result = operands.outputs[0];
  if (places.result_bytes > 0) std::memset(result, 0, static_cast<std::size_t>(places.result_bytes));
  for (std::int64_t i = 0; i < places.count; ++i) {
    const std::int64_t offset = places.offset(operands.inputs[0], i);
    if (offset < 0) return Fault::index_out_of_range;
    const std::byte* from = operands.inputs[1] + i * places.bytes;
    for (std::int64_t at = 0; at < places.bytes; at += static_cast<std::int64_t>(sizeof(T))) {
      T update, old;
      std::memcpy(&update, from + at, sizeof(T));
      std::memcpy(&old, result + offset + at, sizeof(T));
      old = sum(old, update);
      std::memcpy(result + offset + at, &old, sizeof(T));
    }
  }
  return Fault::none;
}

template <class T>
Step scatter_step(Places places) {
  return make_step<scatter_add<T>>(std::move(places), "scatter_nd/scalar");
}

Step prepare_scatter_nd(const PrepareContext& context) {
  constexpr struct {
    DType type;
    Step (*make)(Places places);
  } kRows[] = {{DType::float32, scatter_step<float>},      {DType::float64, scatter_step<double>},
               {DType::int8, scatter_step<std::int8_t>},   {DType::uint8, scatter_step<std::uint8_t>},
               {DType::int16, scatter_step<std::int16_t>}, {DType::uint16, scatter_step<std::uint16_t>},
               {DType::int32, scatter_step<std::int32_t>}, {DType::uint32, scatter_step<std::uint32_t>},
               {DType::int64, scatter_step<std::int64_t>}, {DType::uint64, scatter_step<std::uint64_t>},
               {DType::boolean, scatter_step<bool>}};
  const Shape& indices = context.input(0).shape;
  check_updates(context, context.output().shape, indices.back());
  for (const auto& row : kRows)
    if (row.type == context.output().dtype)
      return row.make(places_of(context, indices.count(0, indices.rank() - 1), indices.back()));
  context.fail_no_kernel("updates of float32, float64, bool and integers of 8 to 64 bits");
}

/// Number of values that the indices speak of, and entries of one index. Indices: scalar, [n], or [n, rank].
struct SparseIndices {
  std::int64_t count;
  int depth;
};

SparseIndices sparse_indices(const NodeView& view, const Shape& result) {
  const TensorInfo& indices = view.input(0);
  if (indices.shape.rank() > 2)
    view.fail("'", indices.name, "' has shape ", indices.shape, " but must be a scalar, a vector or a matrix");
  const int depth = indices.shape.rank() == 2 ? indices.shape[1] : 1;
  if (result.has_rank() && depth != kUnknownDim && depth != result.rank())
    view.fail("'", indices.name, "' gives indices of ", depth, " entries but the result has shape ", result);
  return {indices.shape.rank() == 0 ? 1 : indices.shape[0], depth};
}

void infer_sparse_to_dense(InferContext& context) {
  context.require_type(0, {DType::int32, DType::int64});
  require_index_vector(context, 1);
  context.require_same_type(2, 3);
  const auto wished = context.ints(1);
  Shape result = wished ? shape_from_values(context, 1, *wished) : shape_from_length(context, 1);
  const TensorInfo& values = context.input(2);
  if (shape_up_to(context, 0).has_rank()) {
    const SparseIndices indices = sparse_indices(context, result);
    const auto count = values.shape.element_count();
    const bool is_scalar = values.shape.has_rank() && values.shape.rank() == 0;
    if (count && !is_scalar && indices.count != kUnknownDim && *count != indices.count)
      context.fail("'", values.name, "' has shape ", values.shape, " but there are ", indices.count, " indices");
  }
  require_one_value(context, 3);
  context.set_output(0, values.dtype, std::move(result));
}

struct SparseToDense {
  Places places;
  bool has_one_value;
};

Fault run_sparse_to_dense(const SparseToDense& params, const Operands& operands, TileRange) noexcept {
  const Places& places = params.places;
  kernels::fill_elements(operands.inputs[3], places.bytes, operands.outputs[0], places.result_bytes / places.bytes);
  for (std::int64_t i = 0; i < places.count; ++i) {
    const std::int64_t offset = places.offset(operands.inputs[0], i);
    if (offset < 0) return Fault::index_out_of_range;
    kernels::copy_row(operands.outputs[0] + offset, operands.inputs[2] + (params.has_one_value ? 0 : i * places.bytes),
                      places.bytes);
  }
  return Fault::none;
}

Step prepare_sparse_to_dense(const PrepareContext& context) {
  const SparseIndices indices = sparse_indices(context, context.output().shape);
  SparseToDense params{places_of(context, indices.count, indices.depth), context.input(2).shape.rank() == 0};
  return make_step<run_sparse_to_dense>(std::move(params), "sparse_to_dense/scalar");
}

void infer_dynamic_update_slice(InferContext& context) {
  require_index_vector(context, 2);
  context.require_same_type(0, 1);
  const TensorInfo& x = context.input(0);
  const TensorInfo& update = context.input(1);
  const Shape& shape = shape_up_to(context, 0);
  const auto starts = context.input(2).shape.element_count();
  if (shape.has_rank() && starts && *starts != shape.rank())
    context.fail("'", context.input(2).name, "' has ", *starts, " entries but '", x.name, "' has shape ", shape);
  bool fits = !shape.has_rank() || !update.shape.has_rank() || shape.rank() == update.shape.rank();
  for (int i = 0; fits && shape.has_rank() && i < update.shape.rank(); ++i)
    fits = shape[i] == kUnknownDim || update.shape[i] == kUnknownDim || update.shape[i] <= shape[i];
  if (!fits)
    context.fail("the update '", update.name, "' has shape ", update.shape, ", which does not fit into '", x.name,
                 "' of shape ", shape);
  context.set_output(0, x.dtype, shape);
}

struct UpdateSlice {
  IntegerAt start_at;
  kernels::StridedCopy copy;
  std::vector<std::int64_t> last_starts, strides;  // strides in bytes
  std::size_t bytes;
};

Fault run_update_slice(const UpdateSlice& params, const Operands& operands, TileRange) noexcept {
  if (operands.outputs[0] != operands.inputs[0] && params.bytes > 0)
    std::memcpy(operands.outputs[0], operands.inputs[0], params.bytes);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < params.strides.size(); ++i) {
    const std::int64_t start = params.start_at(operands.inputs[2], static_cast<std::int64_t>(i));
    offset += std::clamp<std::int64_t>(start, 0, params.last_starts[i]) * params.strides[i];
  }
  kernels::run_strided_copy(params.copy, operands.inputs[1], operands.outputs[0] + offset);
  return Fault::none;
}

Step prepare_dynamic_update_slice(const PrepareContext& context) {
  const Shape& shape = context.input(0).shape;
  const Shape& update = context.input(1).shape;
  const std::int64_t width = element_bytes(context, context.input(0));
  const auto from = dense_strides(update, width);
  UpdateSlice params{.start_at = integer_reader(context, 2),
                     .copy = {},
                     .last_starts = {},
                     .strides = dense_strides(shape, width),
                     .bytes = packed_bytes(context.input(0).dtype, elements(shape))};
  std::vector<kernels::CopyAxis> axes;
  for (int i = 0; i < shape.rank(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    axes.push_back({update[i], from[at], params.strides[at]});
    params.last_starts.push_back(shape[i] - update[i]);
  }
  params.copy = kernels::plan_strided_copy(axes, width);
  return make_step<run_update_slice>(std::move(params), "dynamic_update_slice/scalar");
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_SparseToDenseOptions();
  return SparseToDenseAttrs{options != nullptr && options->validate_indices()};
}

flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::SparseToDenseOptionsBuilder options(builder);
  options.add_validate_indices(attrs.as<SparseToDenseAttrs>().validate_indices);
  return options.Finish().Union();
}

int sparse_to_dense_version(const VersionQuery& query) {
  const DType type = query.input_type(2);
  if (type == DType::int8 || type == DType::uint8) return 3;
  return type == DType::int64 ? 2 : 1;
}

int update_slice_version(const VersionQuery& query) {
  constexpr TypeVersion kRows[] = {{DType::bfloat16, 6}, {DType::int4, 5}, {DType::int16, 4}, {DType::float16, 3}};
  if (const int version = version_of(query.input_type(0), kRows); version > 1) return version;
  return query.input_type(2) == DType::int64 ? 2 : 1;
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"SCATTER_ND"},
                                .builtin_code = 122,
                                .inputs = {3, 3},
                                .infer = infer_scatter_nd,
                                .options_type = 97,
                                .prepare = prepare_scatter_nd,
                                .host = prepare_and_run,
                                .quantization = {.int8 = kSame}},
                               {.identity = {"SPARSE_TO_DENSE"},
                                .builtin_code = 68,
                                .inputs = {4, 4},
                                .newest_version = 3,
                                .version = sparse_to_dense_version,
                                .infer = infer_sparse_to_dense,
                                .read = read,
                                .write = write,
                                .options_type = 50,
                                .prepare = prepare_sparse_to_dense,
                                .host = prepare_and_run,
                                .quantization = {.int8 = kFree}},
                               {.identity = {"DYNAMIC_UPDATE_SLICE"},
                                .builtin_code = 151,
                                .inputs = {3, 3},
                                .newest_version = 6,
                                .version = update_slice_version,
                                .infer = infer_dynamic_update_slice,
                                .options_type = 117,
                                .prepare = prepare_dynamic_update_slice}};
  return kOps;
}

}  // namespace litesmith::ops::scatter
