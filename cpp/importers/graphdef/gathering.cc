#include <algorithm>
#include <set>

#include "importers/graphdef/graph_import.h"
#include "importers/graphdef/node_context.h"
#include "ops/fill/fill.h"
#include "ops/gather/gather.h"
#include "ops/reduce/reduce.h"
#include "ops/scatter/scatter.h"
#include "ops/shape_of/shape_of.h"

/// Elements found by indices, and put to them.
namespace litesmith::importers::graphdef {
namespace {

ir::TensorId index_operand(NodeContext& c, int i) {
  const ir::TensorId indices = c.input(i);
  return c.dtype(indices) == DType::int32 || c.dtype(indices) == DType::int64 ? indices : c.to_int32(indices);
}

ir::TensorId variable_value(NodeContext& c) {
  const Value& operand = c.value(0);
  if (operand.kind != Value::Kind::variable && operand.kind != Value::Kind::reference)
    c.fail("its operand 0 is not a variable");
  return c.graph().read_variable(c.owner(), operand.resource);
}

ir::TensorId gather(NodeContext& c, ir::TensorId x, int axis) {
  const ir::TensorId indices = index_operand(c, 1);
  auto batch_dims = static_cast<int>(c.attr_int("batch_dims", 0));
  if (c.shape(x).has_rank()) axis = emit::checked_axis(c, axis, c.rank(x));
  if (batch_dims < 0) {
    if (!c.shape(indices).has_rank()) c.unsupported("negative batch_dims while the rank of the indices is not known");
    batch_dims += c.rank(indices);
  }
  return c.add("GATHER", ops::GatherAttrs{axis, batch_dims}, {x, indices});
}

Results import_gather(NodeContext& c) { return gather(c, c.input(0), 0); }
Results import_gather_v2(NodeContext& c) { return gather(c, c.input(0), static_cast<int>(c.int_value(2, "the axis"))); }
Results import_gather_nd(NodeContext& c) { return c.add("GATHER_ND", {}, {c.input(0), index_operand(c, 1)}); }

/// Batch dimensions of variables stand in front, and the axis is the one behind them.
Results import_resource_gather(NodeContext& c) {
  return gather(c, variable_value(c), static_cast<int>(c.attr_int("batch_dims", 0)));
}
Results import_resource_gather_nd(NodeContext& c) {
  return c.add("GATHER_ND", {}, {variable_value(c), index_operand(c, 1)});
}

ir::TensorId scattered(NodeContext& c, ir::TensorId indices, ir::TensorId updates, ir::TensorId dims) {
  const ir::TensorId y = c.add("SCATTER_ND", {}, {c.to_int32(indices), updates, c.to_int32(dims)}, c.dtype(updates));
  c.refine_shape(y, c.known_shape(dims));
  return y;
}

Results import_scatter_nd(NodeContext& c) { return scattered(c, c.input(0), c.input(1), c.input(2)); }

ir::TensorId dims_of(NodeContext& c, ir::TensorId x) {
  return c.add("SHAPE", ops::ShapeAttrs{DType::int32}, {x}, DType::int32);
}

/// Whether two of the indices, rows of the given length, are equal; nullopt when they are not known.
std::optional<bool> has_equal_rows(const std::optional<std::vector<double>>& indices, std::int64_t length) {
  if (!indices || length < 1) return std::nullopt;
  std::set<std::vector<double>> rows;
  for (auto row = indices->begin(); row != indices->end(); row += length)
    if (!rows.insert(std::vector<double>(row, row + length)).second) return true;
  return false;
}

/// x with updates at the places that the rows of `indices` name, by an operator: ADD and SUB sum the updates of equal
/// indices as TensorFlow does; the others need different ones. Empty = the update replaces.
ir::TensorId updated(NodeContext& c, ir::TensorId x, ir::TensorId indices, ir::TensorId updates) {
  const std::string_view op = c.rule().ir_op;
  const ir::TensorId dims = dims_of(c, x);
  const ir::TensorId there = scattered(c, indices, updates, dims);
  if (op == "ADD" || op == "SUB") return binary(c, op, x, there);
  const auto equal = has_equal_rows(c.numbers(1), c.shape(indices).back());
  if (equal.value_or(!op.empty()))
    c.unsupported("updates of equal indices", equal ? "" : ", which indices that are fed may be,",
                  " have no conversion; only those that are added or subtracted do");
  const ir::TensorId ones = c.add("FILL", {}, {dims_of(c, updates), c.int_scalar("one", 1)}, DType::int32);
  const ir::TensorId touched = compare(c, "NOT_EQUAL", scattered(c, indices, ones, dims), c.int_scalar("zero", 0));
  return select(c, touched, op.empty() ? there : binary(c, op, x, there), x);
}

Results import_tensor_scatter(NodeContext& c) { return updated(c, c.input(0), c.input(1), c.input(2)); }

/// Indices of variables count along the first axis unless the operator is one of "Nd".
Results import_variable_scatter(NodeContext& c) {
  const ir::TensorId old = variable_value(c);
  ir::TensorId indices = c.input(1), updates = c.input(2);
  if (c.rule().op.find("Nd") == std::string_view::npos) {
    const int rank = c.rank(indices);
    indices = expand_dims(c, indices, rank);
    if (c.rank(updates) == 0) {  // one number for all places
      Shape wanted = c.shape(indices);
      wanted.dims().pop_back();
      wanted.dims().insert(wanted.dims().end(), c.shape(old).begin() + 1, c.shape(old).end());
      if (!wanted.is_static()) c.unsupported("one update for indices of unknown shape");
      updates = c.add("BROADCAST_TO", {}, {updates, c.ints("shape", wanted.dims())});
    }
  }
  c.graph().assign_variable(c.owner(), c.value(0).resource, updated(c, old, indices, updates));
  return c.value(0);
}

/// Which row of the stitched one each place takes: the last that names it.
std::optional<std::vector<std::int32_t>> stitched_rows(NodeContext& c, int count) {
  std::vector<std::int32_t> rows;
  std::int32_t next = 0;
  for (int i = 0; i < count; ++i) {
    const auto indices = c.numbers(i);
    if (!indices) return std::nullopt;
    for (const double index : *indices) {
      constexpr double kMost = 1 << 28;
      if (index < 0 || index > kMost) c.fail("the index ", index, " is impossible");
      const auto place = static_cast<std::size_t>(index);
      if (place >= rows.size()) rows.resize(place + 1, 0);
      rows[place] = next++;
    }
  }
  return rows;
}

/// data operand i as [number of its indices, the shape of one entry...].
ir::TensorId stitch_entries(NodeContext& c, ir::TensorId indices, ir::TensorId data) {
  const Shape& shape = c.shape(data);
  if (!c.shape(indices).has_rank() || !shape.has_rank() || c.rank(indices) > shape.rank())
    c.unsupported("indices of shape ", c.shape(indices), " for data of shape ", shape, " have no conversion");
  Dims dims(shape.begin() + c.rank(indices), shape.end());
  const auto count = c.shape(indices).element_count();
  dims.insert(dims.begin(), count ? static_cast<std::int32_t>(*count) : kUnknownDim);
  return reshape(c, data, std::move(dims));
}

Results import_dynamic_stitch(NodeContext& c) {
  const int count = c.input_count() / 2;
  if (count < 1 || c.input_count() % 2 != 0)
    c.fail("has ", c.input_count(), " operands; as many indices as data belong");
  std::vector<ir::TensorId> data, indices;
  for (int i = 0; i < count; ++i) {
    data.push_back(stitch_entries(c, c.input(i), c.input(count + i)));
    indices.push_back(c.to_int32(reshape(c, c.input(i), {kUnknownDim})));
  }
  const ir::TensorId all = count == 1 ? data[0] : concatenate(c, data, 0);
  if (const auto rows = stitched_rows(c, count))
    return c.add("GATHER", ops::GatherAttrs{}, {all, c.ints("rows", *rows)});
  const ir::TensorId places = count == 1 ? indices[0] : concatenate(c, indices, 0);
  const ir::TensorId last = emit::reduce(c, "REDUCE_MAX", places, {0}, true);
  ir::TensorId dims = with_number(c, "ADD", last, 1);
  if (c.rank(all) > 1) dims = concatenate(c, {dims, runtime_dims(c, all, 1, c.rank(all))}, 0);
  return scattered(c, expand_dims(c, places, 1), all, dims);
}

Results import_one_hot(NodeContext& c) {
  const auto axis = static_cast<std::int32_t>(c.attr_int("axis", -1));
  return c.add("ONE_HOT", ops::OneHotAttrs{axis}, {index_operand(c, 0), c.to_int32(c.input(1)), c.input(2), c.input(3)},
               c.dtype(c.input(2)));
}

Results import_sparse_to_dense(NodeContext& c) {
  const ir::TensorId y = c.add("SPARSE_TO_DENSE", ops::SparseToDenseAttrs{}, c.tensors(0, 4), c.dtype(c.input(2)));
  c.refine_shape(y, c.known_shape(c.input(1)));
  return y;
}

}  // namespace

std::span<const OpRule> gathering_ops() {
  static constexpr std::string_view kSums = "equal indices sum";
  static constexpr std::string_view kDistinct = "constant indices, no two equal";
  static constexpr std::string_view kReplaces = "no two indices may be equal";
  static constexpr OpRule kRules[] = {
      {.op = "DynamicStitch", .import = import_dynamic_stitch, .note = "indices that are fed must differ"},
      {.op = "Gather", .import = import_gather},
      {.op = "GatherNd", .import = import_gather_nd},
      {.op = "GatherV2", .import = import_gather_v2, .note = "constant axis"},
      {.op = "OneHot", .import = import_one_hot},
      {.op = "ParallelDynamicStitch", .import = import_dynamic_stitch, .note = "indices that are fed must differ"},
      {.op = "ResourceGather", .import = import_resource_gather},
      {.op = "ResourceGatherNd", .import = import_resource_gather_nd},
      {.op = "ResourceScatterAdd", .import = import_variable_scatter, .ir_op = "ADD", .note = kSums},
      {.op = "ResourceScatterDiv", .import = import_variable_scatter, .ir_op = "DIV", .note = kDistinct},
      {.op = "ResourceScatterMax", .import = import_variable_scatter, .ir_op = "MAXIMUM", .note = kDistinct},
      {.op = "ResourceScatterMin", .import = import_variable_scatter, .ir_op = "MINIMUM", .note = kDistinct},
      {.op = "ResourceScatterMul", .import = import_variable_scatter, .ir_op = "MUL", .note = kDistinct},
      {.op = "ResourceScatterNdAdd", .import = import_variable_scatter, .ir_op = "ADD", .note = kSums},
      {.op = "ResourceScatterNdSub", .import = import_variable_scatter, .ir_op = "SUB", .note = kSums},
      {.op = "ResourceScatterNdUpdate", .import = import_variable_scatter, .note = kReplaces},
      {.op = "ResourceScatterSub", .import = import_variable_scatter, .ir_op = "SUB", .note = kSums},
      {.op = "ResourceScatterUpdate", .import = import_variable_scatter, .note = kReplaces},
      {.op = "ScatterAdd", .import = import_variable_scatter, .ir_op = "ADD", .note = kSums},
      {.op = "ScatterNd", .import = import_scatter_nd},
      {.op = "ScatterNdAdd", .import = import_variable_scatter, .ir_op = "ADD", .note = kSums},
      {.op = "ScatterNdSub", .import = import_variable_scatter, .ir_op = "SUB", .note = kSums},
      {.op = "ScatterNdUpdate", .import = import_variable_scatter, .note = kReplaces},
      {.op = "ScatterSub", .import = import_variable_scatter, .ir_op = "SUB", .note = kSums},
      {.op = "ScatterUpdate", .import = import_variable_scatter, .note = kReplaces},
      {.op = "SparseToDense", .import = import_sparse_to_dense},
      {.op = "TensorScatterAdd", .import = import_tensor_scatter, .ir_op = "ADD", .note = kSums},
      {.op = "TensorScatterMax", .import = import_tensor_scatter, .ir_op = "MAXIMUM", .note = kDistinct},
      {.op = "TensorScatterMin", .import = import_tensor_scatter, .ir_op = "MINIMUM", .note = kDistinct},
      {.op = "TensorScatterSub", .import = import_tensor_scatter, .ir_op = "SUB", .note = kSums},
      {.op = "TensorScatterUpdate", .import = import_tensor_scatter, .note = kReplaces},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
