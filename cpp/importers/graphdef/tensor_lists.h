#pragma once

#include "importers/graphdef/node_context.h"

/// Lists and arrays of tensors as one dense tensor: the elements stacked along a new first axis.
namespace litesmith::importers::graphdef {

/// A list that nothing was written to. `count` is an integer scalar.
Value pending_list(NodeContext& c, DType dtype, Shape element, ir::TensorId count);

/// The dense tensor behind a list whose elements have the given shape, made of zeros when the list is pending. Dims
/// that are unknown are taken at run time from those of `like` that have the same shape, or the same first dim.
ir::TensorId dense_list(NodeContext& c, const Value& list, const Shape& element,
                        std::span<const ir::TensorId> like = {});

/// Element `index` of a list, and the list with another one there.
ir::TensorId list_element(NodeContext& c, const Value& list, ir::TensorId index);
Value list_with(NodeContext& c, const Value& list, ir::TensorId index, ir::TensorId item);

}  // namespace litesmith::importers::graphdef
