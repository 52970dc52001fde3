#include <algorithm>

#include "importers/keras/operand.h"
#include "ops/gather/gather.h"
#include "ops/pack/pack.h"

/// Operations that only move elements: Keras 3's keras.ops and the functions of Keras 2's TFOpLambda.
namespace litesmith::importers::keras {
namespace {

constexpr int kMostResults = 4096;
constexpr std::string_view kTensor = "x|tensor|input|inputs|a|params";

Value required(LayerContext& c, std::string_view names, int position) {
  const Value value = c.parameter(names, position);
  if (!value) c.fail("is called without '", names, "'");
  return value;
}

int axis_of(LayerContext& c, int position, int fallback) {
  const Value axis = c.parameter("axis", position);
  return axis ? axis.as<int>() : fallback;
}

Results import_identity(LayerContext& c) { return operand(c, kTensor, 0); }

Results import_reshape(LayerContext& c) {
  const ir::TensorId x = operand(c, kTensor, 0);
  const Value shape = required(c, "newshape|shape|target_shape", 1);
  Dims dims;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] && !shape[i].is_integer())
      c.unsupported("a shape that is computed has no conversion; give numbers, with -1 for the batch");
    dims.push_back(shape[i] ? shape[i].as<int>() : kUnknownDim);
  }
  return reshape(c, x, std::move(dims));
}

Results import_transpose(LayerContext& c) {
  const ir::TensorId x = operand(c, kTensor, 0);
  const Value axes = c.parameter("axes|perm", 1);
  std::vector<int> order;
  if (axes) {
    for (const int axis : axes.as<std::vector<int>>()) order.push_back(checked_axis(c, axis, c.rank(x)));
  } else {
    for (int i = c.rank(x) - 1; i >= 0; --i) order.push_back(i);
  }
  if (static_cast<int>(order.size()) != c.rank(x)) c.fail("axes=", axes.text(), " do not fit the shape ", c.shape(x));
  return transpose(c, x, order);
}

Results import_expand_dims(LayerContext& c) {
  ir::TensorId x = operand(c, kTensor, 0);
  return expand_dims(c, x, checked_axis(c, axis_of(c, 1, 0), c.rank(x) + 1));
}

Results import_squeeze(LayerContext& c) {
  ir::TensorId x = operand(c, kTensor, 0);
  const Value axis = c.parameter("axis", 1);
  std::vector<int> axes;
  if (axis) {
    axes = checked_axes(c, axis.as<std::vector<int>>(), c.rank(x));
  } else {
    for (int i = 0; i < c.rank(x); ++i)
      if (c.shape(x)[i] == 1) axes.push_back(i);
  }
  for (auto one = axes.rbegin(); one != axes.rend(); ++one) {
    if (c.shape(x)[*one] != 1 && c.shape(x)[*one] != kUnknownDim)
      c.fail("axis ", *one, " of ", c.shape(x), " is not 1 and cannot go away");
    x = squeeze(c, x, *one);
  }
  return x;
}

Results import_concatenate(LayerContext& c) {
  const auto xs = operand_list(c, required(c, "xs|values|tensors", 0));
  return concatenate(c, xs, checked_axis(c, axis_of(c, 1, 0), c.rank(xs.at(0))));
}

Results import_stack(LayerContext& c) {
  const auto xs = operand_list(c, required(c, "x|xs|values", 0));
  const int axis = checked_axis(c, axis_of(c, 1, 0), c.rank(xs.at(0)) + 1);
  return c.add("PACK", ops::PackAttrs{static_cast<std::int32_t>(xs.size()), axis}, xs);
}

Results import_split(LayerContext& c) {
  const ir::TensorId x = operand(c, "x|value", 0);
  const Value parts = required(c, "indices_or_sections|num_or_size_splits", 1);
  if (!parts.is_integer()) c.unsupported("parts of different sizes have no conversion; use equal ones");
  return split(c, x, checked_axis(c, axis_of(c, 2, 0), c.rank(x)), parts.as<int>());
}

Results import_unstack(LayerContext& c) {
  const ir::TensorId x = operand(c, "x|value", 0);
  const int axis = checked_axis(c, axis_of(c, 2, 0), c.rank(x));
  const int count = c.known_dim(x, axis, "the unstacked axis");
  if (count > kMostResults) c.unsupported("more than ", kMostResults, " results have no conversion");
  return c.add_many("UNPACK", ops::PackAttrs{count, axis}, {x}, count);
}

Results import_cast(LayerContext& c) {
  Value dtype = required(c, "dtype", 1);
  if (dtype.is_object()) dtype = dtype["dtype"];
  std::string name = dtype.as<std::string>();
  if (name == "float16" || name == "bfloat16" || name == "float64") name = "float32";
  const auto type = dtype_from_name(name);
  if (!type) c.fail("the type '", name, "' is unknown");
  return cast(c, operand(c, kTensor, 0), *type);
}

Results import_pad(LayerContext& c) {
  const ir::TensorId x = operand(c, "x|tensor", 0);
  const auto values = required(c, "pad_width|paddings", 1).as<std::vector<int>>();
  const Value mode = c.parameter("mode", 2);
  const Value fill = c.parameter("constant_values", 3);
  const bool zeros = !fill || (fill.is_number() && fill.as<double>() == 0);
  const std::string name = mode ? mode.as<std::string>() : "constant";
  if ((name != "constant" && name != "CONSTANT") || !zeros)
    c.unsupported("padding other than with zeros has no conversion");
  if (values.size() != 2 * static_cast<std::size_t>(c.rank(x)))
    c.fail("needs a pair of paddings for each axis of ", c.shape(x));
  std::vector<std::pair<int, int>> amounts;
  for (std::size_t i = 0; i < values.size(); i += 2) amounts.emplace_back(values[i], values[i + 1]);
  return pad(c, x, amounts);
}

Results import_take(LayerContext& c) {
  const ir::TensorId x = operand(c, kTensor, 0);
  const ir::TensorId indices = operand(c, required(c, "indices", 1), DType::int32);
  const Value axis = c.parameter("axis", 2);
  if (!axis && c.rank(x) != 1) c.unsupported("take without an axis has no conversion");
  return c.add("GATHER", ops::GatherAttrs{.axis = axis ? checked_axis(c, axis.as<int>(), c.rank(x)) : 0}, {x, indices});
}

Results import_tile(LayerContext& c) {
  const ir::TensorId x = operand(c, kTensor, 0);
  const auto repeats = required(c, "repeats|multiples", 1).as<std::vector<int>>();
  if (static_cast<int>(repeats.size()) != c.rank(x)) c.fail("needs a number of repeats for each axis of ", c.shape(x));
  return c.add("TILE", {}, {x, c.ints("multiples", repeats)});
}

/// What one entry of a subscript does to its axis.
AxisSlice axis_slice(LayerContext& c, const Value& entry) {
  if (entry.is_integer()) return {.begin = entry.as<int>(), .shrink = true};
  const Value parts = entry["slice"];
  if (!parts.is_list() || is_tensor(parts[0]) || is_tensor(parts[1]))
    c.unsupported("the subscript ", entry.text(), " has no conversion; use numbers and slices of numbers");
  AxisSlice axis{.stride = parts[2] ? parts[2].as<int>() : 1};
  if (axis.stride == 0) c.fail("a slice has the step 0");
  axis.begin = parts[0] ? parts[0].as<int>() : AxisSlice::kFromStart;
  axis.end = parts[1] ? parts[1].as<int>() : AxisSlice::kToEnd;
  return axis;
}

/// x[key]: numbers, slices, the ellipsis and null for a new axis.
Results import_subscript(LayerContext& c) {
  ir::TensorId x = operand(c, "x|tensor|a", 0);
  const Value key = required(c, "key|slice_spec", 1);
  std::vector<Value> entries;
  if (!key.is_list())
    entries.push_back(key);
  else
    for (std::size_t i = 0; i < key.size(); ++i) entries.push_back(key[i]);
  const auto is_ellipsis = [](const Value& entry) { return entry.is_object() && entry.has("ellipsis"); };
  const auto taken =
      std::count_if(entries.begin(), entries.end(), [&](const Value& entry) { return entry && !is_ellipsis(entry); });
  std::vector<AxisSlice> axes;
  std::vector<int> new_axes;
  int result_axis = 0;
  for (const Value& entry : entries) {
    if (!entry) {
      new_axes.push_back(result_axis++);
    } else if (is_ellipsis(entry)) {
      for (auto i = taken; i < c.rank(x); ++i, ++result_axis) axes.push_back({});
    } else {
      axes.push_back(axis_slice(c, entry));
      result_axis += axes.back().shrink ? 0 : 1;
    }
  }
  if (static_cast<int>(axes.size()) > c.rank(x)) c.fail("has more subscripts than ", c.shape(x), " has dimensions");
  axes.resize(static_cast<std::size_t>(c.rank(x)));
  const bool whole = std::all_of(axes.begin(), axes.end(), [](const AxisSlice& axis) { return axis == AxisSlice{}; });
  if (!whole) x = slice(c, x, axes);
  for (const int axis : new_axes) x = expand_dims(c, x, axis);
  return x;
}

}  // namespace

std::span<const LayerRule> shaping_operations() {
  static constexpr LayerRule kRules[] = {
      {.name = "Identity", .import = import_identity, .aliases = "StopGradient identity stop_gradient"},
      {.name = "Reshape", .import = import_reshape, .aliases = "reshape"},
      {.name = "Transpose", .import = import_transpose, .aliases = "transpose"},
      {.name = "ExpandDims", .import = import_expand_dims, .aliases = "expand_dims"},
      {.name = "Squeeze", .import = import_squeeze, .aliases = "squeeze"},
      {.name = "Concatenate", .import = import_concatenate, .aliases = "concat"},
      {.name = "Stack", .import = import_stack, .aliases = "stack"},
      {.name = "Split", .import = import_split, .aliases = "split", .note = "equal parts"},
      {.name = "Unstack", .import = import_unstack, .aliases = "unstack"},
      {.name = "Cast", .import = import_cast, .aliases = "cast"},
      {.name = "Pad", .import = import_pad, .aliases = "pad", .note = "zeros"},
      {.name = "Take", .import = import_take, .aliases = "gather"},
      {.name = "Tile", .import = import_tile, .aliases = "tile"},
      {.name = "GetItem",
       .import = import_subscript,
       .aliases = "__operators__.getitem",
       .note = "numbers, slices, ellipsis, new axes"},
  };
  return kRules;
}

}  // namespace litesmith::importers::keras
