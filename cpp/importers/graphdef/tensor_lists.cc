#include "importers/graphdef/tensor_lists.h"

#include <algorithm>

#include "importers/graphdef/graph_import.h"
#include "ops/concatenation/concatenation.h"
#include "ops/gather/gather.h"
#include "ops/pack/pack.h"

namespace litesmith::importers::graphdef {
namespace {

/// One dim of x at run time, as a vector of one number.
ir::TensorId runtime_dim(NodeContext& c, ir::TensorId x, int axis) { return runtime_dims(c, x, axis, axis + 1); }

/// The tensor whose axis `axis - shift` is as long as an element's axis: the one with the same dims, else the first one
/// with an unknown dim there.
ir::TensorId source_of(NodeContext& c, const Shape& element, int axis, std::span<const ir::TensorId> like) {
  const auto has_dim = [&](ir::TensorId x) {
    return c.shape(x).has_rank() && axis < c.rank(x) && c.shape(x)[axis] == kUnknownDim;
  };
  const auto same =
      std::find_if(like.begin(), like.end(), [&](ir::TensorId x) { return has_dim(x) && c.shape(x) == element; });
  if (same != like.end()) return *same;
  const auto other = std::find_if(like.begin(), like.end(), has_dim);
  if (other == like.end())
    c.unsupported("the elements of its list have shape ", element, ", of which dim ", axis,
                  " is not known; give the model's inputs full shapes by input_shapes");
  return *other;
}

/// A vector with the dims of the dense tensor.
ir::TensorId stacked_dims(NodeContext& c, ir::TensorId count, const Shape& element,
                          std::span<const ir::TensorId> like) {
  std::vector<ir::TensorId> parts{reshape(c, c.to_int32(count), {1})};
  for (int axis = 0; axis < element.rank(); ++axis)
    parts.push_back(element[axis] == kUnknownDim ? runtime_dim(c, source_of(c, element, axis, like), axis)
                                                 : c.ints("dim", {element[axis]}));
  return concatenate(c, std::move(parts), 0);
}

void refine_stacked(NodeContext& c, ir::TensorId list, const Shape& element) {
  if (!element.has_rank()) return;
  Dims dims = element.dims();
  dims.insert(dims.begin(), kUnknownDim);
  c.refine_shape(list, Shape(std::move(dims)));
}

/// The first axis of the dense tensor, the others from their beginning.
ir::TensorId start_of(NodeContext& c, ir::TensorId index, int rank) {
  std::vector<ir::TensorId> parts{reshape(c, c.to_int32(index), {1})};
  if (rank > 1) parts.push_back(c.ints("zeros", std::vector<std::int32_t>(static_cast<std::size_t>(rank) - 1, 0)));
  return parts.size() == 1 ? parts.front() : concatenate(c, std::move(parts), 0);
}

}  // namespace

Value pending_list(NodeContext& c, DType dtype, Shape element, ir::TensorId count) {
  return {Value::Kind::tensor_list, ir::kAbsent, c.model().add_list({dtype, std::move(element), count})};
}

ir::TensorId dense_list(NodeContext& c, const Value& list, const Shape& element, std::span<const ir::TensorId> like) {
  if (list.kind != Value::Kind::tensor_list) c.fail("its operand is not a list of tensors");
  if (list.tensor != ir::kAbsent) {
    refine_stacked(c, list.tensor, element);
    return list.tensor;
  }
  const PendingList pending = c.model().list(list.resource);
  if (!element.has_rank())
    c.unsupported("a list of tensors is read before anything was written to it, and its elements' shape is not known");
  const ir::TensorId dims = stacked_dims(c, pending.count, element, like);
  const ir::TensorId zeros = c.add("FILL", {}, {dims, c.number("zero", 0, pending.dtype)}, pending.dtype);
  refine_stacked(c, zeros, element);
  return zeros;
}

ir::TensorId list_element(NodeContext& c, const Value& list, ir::TensorId index) {
  const ir::TensorId dense = dense_list(c, list, Shape::unknown_rank());
  return c.add("GATHER", ops::GatherAttrs{}, {dense, c.to_int32(index)});
}

Value list_with(NodeContext& c, const Value& list, ir::TensorId index, ir::TensorId item) {
  const Shape element = c.shape(item);
  if (!element.has_rank()) c.unsupported("the rank of what is written to a list is not known");
  const ir::TensorId like[] = {item};
  const ir::TensorId dense = dense_list(c, list, element, like);
  const ir::TensorId update = expand_dims(c, item, 0);
  const ir::TensorId y = c.add("DYNAMIC_UPDATE_SLICE", {}, {dense, update, start_of(c, index, element.rank() + 1)});
  c.refine_shape(y, c.shape(dense));
  return {Value::Kind::tensor_list, y, -1};
}

namespace {

/// The shape that operand i states for the elements: a vector with -1 for unknown dims, or -1 alone for no rank.
Shape stated_shape(NodeContext& c, int i) {
  const ir::TensorId dims = c.input(i);
  const auto known = c.known_ints(dims);
  if (!known || c.rank(dims) == 0) return Shape::unknown_rank();
  Dims result;
  for (const auto& dim : *known) result.push_back(dim ? static_cast<std::int32_t>(*dim) : kUnknownDim);
  return Shape(std::move(result));
}

DType element_type(const NodeContext& c) { return c.attr_type("element_dtype", DType::float32); }

Results import_reserve(NodeContext& c) {
  return pending_list(c, element_type(c), stated_shape(c, 0), c.to_int32(c.input(1)));
}

Results import_empty(NodeContext& c) {
  return pending_list(c, element_type(c), stated_shape(c, 0), c.int_scalar("length", 0));
}

Results import_from_tensor(NodeContext& c) { return Value{Value::Kind::tensor_list, c.ranked(0, 1), -1}; }

Results import_stack(NodeContext& c) { return dense_list(c, c.value(0), stated_shape(c, 1)); }

Results import_get_item(NodeContext& c) {
  const ir::TensorId y = list_element(c, c.value(0), c.input(1));
  if (c.input_count() > 2) c.refine_shape(y, stated_shape(c, 2));
  return y;
}

Results import_set_item(NodeContext& c) { return list_with(c, c.value(0), c.input(1), c.input(2)); }

ir::TensorId length_of(NodeContext& c, const Value& list) {
  if (list.tensor == ir::kAbsent) return c.model().list(list.resource).count;
  return reshape(c, runtime_dims(c, list.tensor, 0, 1), {});
}

Results import_length(NodeContext& c) { return length_of(c, c.value(0)); }

/// A pending list without elements has no part in the result.
Results import_push_back(NodeContext& c) {
  const ir::TensorId item = c.input(1);
  const ir::TensorId added = expand_dims(c, item, 0);
  const ir::TensorId like[] = {item};
  const ir::TensorId dense = dense_list(c, c.value(0), c.shape(item), like);
  return Value{Value::Kind::tensor_list, concatenate(c, {dense, added}, 0), -1};
}

Results import_pop_back(NodeContext& c) {
  const ir::TensorId dense = dense_list(c, c.value(0), stated_shape(c, 1));
  if (c.rank(dense) < 1) c.unsupported("the rank of the list's elements is not known");
  std::vector<AxisSlice> rest(static_cast<std::size_t>(c.rank(dense))), last = rest;
  rest[0].end = -1;
  last[0] = {.begin = -1, .shrink = true};
  return std::vector<Value>{{Value::Kind::tensor_list, slice(c, dense, rest), -1}, Value::of(slice(c, dense, last))};
}

Results import_gather(NodeContext& c) {
  const ir::TensorId dense = dense_list(c, c.value(0), Shape::unknown_rank());
  return c.add("GATHER", ops::GatherAttrs{}, {dense, c.to_int32(c.input(1))});
}

Results import_element_shape(NodeContext& c) {
  const Value& list = c.value(0);
  if (list.tensor == ir::kAbsent) c.unsupported("the shape of elements of an empty list is not known");
  return cast(c, runtime_dims(c, list.tensor, 1, c.rank(list.tensor)), c.attr_type("shape_type", DType::int32));
}

/// All elements one behind the other along their first axis.
Results import_concat(NodeContext& c) {
  const ir::TensorId dense = dense_list(c, c.value(0), Shape::unknown_rank());
  Dims dims = c.shape(dense).dims();
  if (dims.size() < 2) c.unsupported("elements without dims cannot be concatenated");
  dims.erase(dims.begin());
  dims[0] = kUnknownDim;
  return reshape(c, dense, std::move(dims));
}

}  // namespace

std::span<const OpRule> tensor_list_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "EmptyTensorList", .import = import_empty},
      {.op = "TensorListConcat", .import = import_concat, .note = "elements of equal length"},
      {.op = "TensorListConcatV2", .import = import_concat, .note = "elements of equal length"},
      {.op = "TensorListElementShape", .import = import_element_shape},
      {.op = "TensorListFromTensor", .import = import_from_tensor},
      {.op = "TensorListGather", .import = import_gather},
      {.op = "TensorListGetItem", .import = import_get_item},
      {.op = "TensorListLength", .import = import_length},
      {.op = "TensorListPopBack", .import = import_pop_back},
      {.op = "TensorListPushBack", .import = import_push_back},
      {.op = "TensorListReserve", .import = import_reserve},
      {.op = "TensorListSetItem", .import = import_set_item},
      {.op = "TensorListStack", .import = import_stack},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
