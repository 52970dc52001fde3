#include <algorithm>

#include "importers/graphdef/graph_import.h"
#include "importers/graphdef/tensor_lists.h"
#include "ops/gather/gather.h"

/// Arrays of TF1. The handle says which array it is; the "flow", which every operator takes and gives, carries what was
/// written: it is a list.
namespace litesmith::importers::graphdef {
namespace {

/// Operand i as the flow of an array.
const Value& flow(NodeContext& c, int i) {
  const Value& value = c.value(i);
  if (value.kind != Value::Kind::tensor_list) c.fail("its operand ", i, " is not the flow of an array of tensors");
  return value;
}

Results import_array(NodeContext& c) {
  const Shape element = c.attr_shape("element_shape").value_or(Shape::unknown_rank());
  const Value written = pending_list(c, c.attr_type("dtype", DType::float32), element, c.to_int32(c.input(0)));
  return std::vector<Value>{{Value::Kind::tensor_array, ir::kAbsent, written.resource}, written};
}

Results import_read(NodeContext& c) { return list_element(c, flow(c, 2), c.input(1)); }

Results import_write(NodeContext& c) { return list_with(c, flow(c, 3), c.input(1), c.input(2)); }

/// Whether operand i is 0, 1, 2, ... as long as the first axis of `dense`.
bool is_whole_range(NodeContext& c, int i, ir::TensorId dense) {
  const auto known = c.partial_ints(i);
  if (!known || c.rank(dense) < 1 || static_cast<std::int64_t>(known->size()) != c.shape(dense)[0]) return false;
  for (std::size_t k = 0; k < known->size(); ++k)
    if ((*known)[k] != static_cast<std::int64_t>(k)) return false;
  return true;
}

Results import_gather(NodeContext& c) {
  const Shape element = c.attr_shape("element_shape").value_or(Shape::unknown_rank());
  const ir::TensorId dense = dense_list(c, flow(c, 2), element);
  if (is_whole_range(c, 1, dense)) return dense;
  return c.add("GATHER", ops::GatherAttrs{}, {dense, c.to_int32(c.input(1))});
}

/// The rows of a tensor become elements.
Results import_scatter(NodeContext& c) {
  const ir::TensorId rows = c.ranked(2, 1);
  const Value& list = flow(c, 3);
  if (list.tensor == ir::kAbsent && is_whole_range(c, 1, rows)) return Value{Value::Kind::tensor_list, rows, -1};
  const Shape element(Dims(c.shape(rows).begin() + 1, c.shape(rows).end()));
  const ir::TensorId dense = dense_list(c, list, element);
  const ir::TensorId indices = reshape(c, c.to_int32(c.input(1)), {c.shape(c.ranked(1, 1))[0], 1});
  const ir::TensorId dims = runtime_dims(c, dense, 0, c.rank(dense));
  const ir::TensorId y = c.add("SCATTER_ND", {}, {indices, rows, dims}, c.dtype(rows));
  c.refine_shape(y, c.shape(dense));
  return Value{Value::Kind::tensor_list, y, -1};
}

Results import_size(NodeContext& c) {
  const Value& list = flow(c, 1);
  if (list.tensor == ir::kAbsent) return c.model().list(list.resource).count;
  return reshape(c, runtime_dims(c, list.tensor, 0, 1), {});
}

/// All elements one behind the other along their first axis, and their lengths.
Results import_concat(NodeContext& c) {
  const ir::TensorId dense = dense_list(c, flow(c, 1), Shape::unknown_rank());
  Dims dims = c.shape(dense).dims();
  if (dims.size() < 2) c.unsupported("elements without dims cannot be concatenated");
  dims.erase(dims.begin());
  dims[0] = kUnknownDim;
  return reshape(c, dense, std::move(dims));
}

Results import_close(NodeContext&) { return {}; }

}  // namespace

std::span<const OpRule> tensor_array_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "TensorArrayCloseV3", .import = import_close, .note = "removed"},
      {.op = "TensorArrayConcatV3", .import = import_concat, .note = "elements of equal length"},
      {.op = "TensorArrayGatherV3", .import = import_gather},
      {.op = "TensorArrayReadV3", .import = import_read},
      {.op = "TensorArrayScatterV3", .import = import_scatter},
      {.op = "TensorArraySizeV3", .import = import_size},
      {.op = "TensorArrayV3", .import = import_array},
      {.op = "TensorArrayWriteV3", .import = import_write},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
