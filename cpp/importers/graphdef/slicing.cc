#include <algorithm>

#include "importers/graphdef/node_context.h"
#include "ops/concatenation/concatenation.h"
#include "ops/pack/pack.h"
#include "ops/slice/slice.h"
#include "ops/split/split.h"

/// Parts of tensors, and tensors put together of parts.
namespace litesmith::importers::graphdef {
namespace {

std::optional<std::int64_t> at(const std::optional<PartialInts>& numbers, std::size_t i) {
  return numbers && i < numbers->size() ? (*numbers)[i] : std::nullopt;
}

Results import_slice(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const ir::TensorId y = c.add("SLICE", {}, {x, c.to_int32(c.input(1)), c.to_int32(c.input(2))});
  const auto begin = c.partial_ints(1), size = c.partial_ints(2);
  if (!c.shape(x).has_rank()) return y;
  Dims dims;
  for (int i = 0; i < c.rank(x); ++i) {
    const auto first = at(begin, static_cast<std::size_t>(i)), wanted = at(size, static_cast<std::size_t>(i));
    const std::int32_t whole = c.shape(x)[i];
    const bool takes_rest = wanted == -1 && first && whole != kUnknownDim;
    dims.push_back(takes_rest               ? whole - static_cast<std::int32_t>(*first)
                   : wanted && *wanted >= 0 ? static_cast<std::int32_t>(*wanted)
                                            : kUnknownDim);
  }
  c.refine_shape(y, Shape(std::move(dims)));
  return y;
}

/// STRIDED_SLICE without ellipsis and new axes: an entry for each axis of the operand.
struct DenseSlice {
  static constexpr int kWhole = -1;
  /// By axis of the operand: which entry of begin, end and strides it has, kWhole for none.
  std::vector<int> entries;
  /// Axes of the result that are new, ascending; counted in the result that has them.
  std::vector<int> new_axes;
  ops::StridedSliceAttrs attrs;
};

struct Masks {
  std::uint32_t begin, end, ellipsis, new_axis, shrink;
};

std::uint32_t mask(NodeContext& c, std::string_view name) { return static_cast<std::uint32_t>(c.attr_int(name, 0)); }

/// Axes of the operand that the ellipsis stands for, itself or the implied one at the end.
int hidden_axes(NodeContext& c, const Masks& masks, int length) {
  int axes = 0, ellipses = 0;
  for (int i = 0; i < length; ++i) {
    const std::uint32_t bit = 1u << i;
    if ((masks.ellipsis & bit) != 0)
      ++ellipses;
    else if ((masks.new_axis & bit) == 0)
      ++axes;
  }
  const int rank = c.rank(c.input(0));
  if (ellipses > 1) c.fail("has ", ellipses, " ellipses; only one can stand for the axes that are left");
  if (axes > rank) c.fail("indexes ", axes, " axes of an operand of shape ", c.shape(c.input(0)));
  return rank - axes;
}

void add_axis(DenseSlice& dense, const Masks& masks, int entry) {
  const auto axis_bit = static_cast<std::int32_t>(1u << dense.entries.size());
  const std::uint32_t bit = entry == DenseSlice::kWhole ? 0 : 1u << entry;
  const bool shrinks = (masks.shrink & bit) != 0;
  const bool whole = entry == DenseSlice::kWhole;
  if (whole || (!shrinks && (masks.begin & bit) != 0)) dense.attrs.begin_mask |= axis_bit;
  if (whole || (!shrinks && (masks.end & bit) != 0)) dense.attrs.end_mask |= axis_bit;
  if (shrinks) dense.attrs.shrink_axis_mask |= axis_bit;
  dense.entries.push_back(entry);
}

DenseSlice dense_slice(NodeContext& c, const Masks& masks, int length) {
  DenseSlice dense;
  int hidden = hidden_axes(c, masks, length), result_axis = 0;
  const auto add_hidden = [&] {
    for (; hidden > 0; --hidden, ++result_axis) add_axis(dense, masks, DenseSlice::kWhole);
  };
  for (int i = 0; i < length; ++i) {
    const std::uint32_t bit = 1u << i;
    if ((masks.ellipsis & bit) != 0) {
      add_hidden();
    } else if ((masks.new_axis & bit) != 0) {
      dense.new_axes.push_back(result_axis++);
    } else {
      add_axis(dense, masks, i);
      if ((masks.shrink & bit) == 0) ++result_axis;
    }
  }
  add_hidden();
  return dense;
}

/// The numbers of operand i by axis of x; `rest` for axes without an entry.
ir::TensorId by_axis(NodeContext& c, int i, const DenseSlice& dense, std::int32_t rest, std::string_view label) {
  const auto known = c.partial_ints(i);
  std::vector<std::int32_t> numbers, places;
  bool all_known = true, in_order = c.shape(c.input(i))[0] == static_cast<std::int32_t>(dense.entries.size());
  for (const int entry : dense.entries) {
    const auto number = entry == DenseSlice::kWhole ? rest : at(known, static_cast<std::size_t>(entry));
    all_known = all_known && number.has_value();
    numbers.push_back(static_cast<std::int32_t>(std::clamp<std::int64_t>(number.value_or(0), INT32_MIN, INT32_MAX)));
    in_order = in_order && entry == static_cast<int>(places.size());
    places.push_back(std::max(entry, 0));
  }
  if (all_known) return c.ints(label, numbers);
  const ir::TensorId narrow = c.to_int32(c.input(i));
  return in_order ? narrow : c.add("GATHER", {}, {narrow, c.ints("entries", places)});
}

/// Dropped axes have the end that says the same to runtimes that look at it.
ir::TensorId ends_by_axis(NodeContext& c, const DenseSlice& dense) {
  const auto begin = c.partial_ints(1);
  std::vector<std::int32_t> numbers;
  const auto end = c.partial_ints(2);
  for (std::size_t axis = 0; axis < dense.entries.size(); ++axis) {
    const int entry = dense.entries[axis];
    const bool shrinks = (static_cast<std::uint32_t>(dense.attrs.shrink_axis_mask) >> axis & 1u) != 0;
    const auto number = entry == DenseSlice::kWhole ? std::optional<std::int64_t>(0)
                                                    : at(shrinks ? begin : end, static_cast<std::size_t>(entry));
    if (!number) return by_axis(c, 2, dense, 0, "end");
    const std::int64_t last = !shrinks ? *number : *number == -1 ? std::int64_t{INT32_MAX} : *number + 1;
    numbers.push_back(static_cast<std::int32_t>(std::clamp<std::int64_t>(last, INT32_MIN, INT32_MAX)));
  }
  return c.ints("end", numbers);
}

ir::TensorId with_new_axes(NodeContext& c, ir::TensorId x, const std::vector<int>& axes) {
  if (axes.empty()) return x;
  Dims dims = c.shape(x).dims();
  for (const int axis : axes) dims.insert(dims.begin() + axis, 1);
  if (std::count(dims.begin(), dims.end(), kUnknownDim) <= 1) return reshape(c, x, std::move(dims));
  for (const int axis : axes) x = expand_dims(c, x, axis);
  return x;
}

bool is_whole(const DenseSlice& dense) {
  return std::all_of(dense.entries.begin(), dense.entries.end(), [](int e) { return e == DenseSlice::kWhole; });
}

Results import_strided_slice(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const Masks masks{mask(c, "begin_mask"), mask(c, "end_mask"), mask(c, "ellipsis_mask"), mask(c, "new_axis_mask"),
                    mask(c, "shrink_axis_mask")};
  if (!c.shape(x).has_rank()) {
    if ((masks.ellipsis | masks.new_axis) != 0)
      c.unsupported("an ellipsis or a new axis while the rank of its operand is not known; give the inputs shapes");
    const ops::StridedSliceAttrs attrs{.begin_mask = static_cast<std::int32_t>(masks.begin & ~masks.shrink),
                                       .end_mask = static_cast<std::int32_t>(masks.end & ~masks.shrink),
                                       .shrink_axis_mask = static_cast<std::int32_t>(masks.shrink)};
    return c.add("STRIDED_SLICE", attrs, {x, c.to_int32(c.input(1)), c.to_int32(c.input(2)), c.to_int32(c.input(3))});
  }
  constexpr int kMostEntries = 32;
  const int length = c.known_dim(c.input(1), 0, "the number of indices");
  if (length > kMostEntries) c.fail("has ", length, " indices");
  for (const int i : {2, 3})
    if (c.known_dim(c.input(i), 0, "the number of indices") != length)
      c.fail("has ", length, " begins but ", c.shape(c.input(i))[0], i == 2 ? " ends" : " strides");
  const DenseSlice dense = dense_slice(c, masks, length);
  if (is_whole(dense)) return with_new_axes(c, x, dense.new_axes);
  const ir::TensorId y =
      c.add("STRIDED_SLICE", dense.attrs,
            {x, by_axis(c, 1, dense, 0, "begin"), ends_by_axis(c, dense), by_axis(c, 3, dense, 1, "strides")});
  return with_new_axes(c, y, dense.new_axes);
}

Results import_split(NodeContext& c) {
  const ir::TensorId x = c.input(1);
  const auto parts = static_cast<std::int32_t>(c.attr_int("num_split", 1));
  if (parts == 1) return x;
  const auto axis = static_cast<int>(c.int_value(0, "the axis"));
  if (c.shape(x).has_rank()) {
    const int checked = emit::checked_axis(c, axis, c.rank(x));
    if (c.shape(x)[checked] != kUnknownDim) return split(c, x, checked, parts);
    return c.add_many("SPLIT", ops::SplitAttrs{parts}, {c.int_scalar("axis", checked), x}, parts);
  }
  return c.add_many("SPLIT", ops::SplitAttrs{parts}, {c.int_scalar("axis", axis), x}, parts);
}

Results import_split_sizes(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const auto parts = static_cast<std::int32_t>(c.attr_int("num_split", c.shape(c.input(1))[0]));
  if (parts == 1) return x;
  auto axis = static_cast<int>(c.int_value(2, "the axis"));
  if (c.shape(x).has_rank()) axis = emit::checked_axis(c, axis, c.rank(x));
  return c.add_many("SPLIT_V", ops::SplitAttrs{parts}, {x, c.to_int32(c.input(1)), c.int_scalar("axis", axis)}, parts);
}

Results import_pack(NodeContext& c) {
  const auto xs = c.tensors();
  auto axis = static_cast<int>(c.attr_int("axis", 0));
  for (const ir::TensorId x : xs)
    if (axis < 0 && c.shape(x).has_rank()) axis = emit::checked_axis(c, axis, c.rank(x) + 1);
  return c.add("PACK", ops::PackAttrs{static_cast<std::int32_t>(xs.size()), axis}, xs);
}

Results import_unpack(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  auto axis = static_cast<int>(c.attr_int("axis", 0));
  if (c.shape(x).has_rank()) axis = emit::checked_axis(c, axis, c.rank(x));
  const std::int64_t parts = c.has_attr("num") ? c.attr_int("num", 0) : c.known_dim(x, axis, "the number of parts");
  return c.add_many("UNPACK", ops::PackAttrs{static_cast<std::int32_t>(parts), axis}, {x}, static_cast<int>(parts));
}

Results concatenated(NodeContext& c, const std::vector<ir::TensorId>& xs, int axis_operand) {
  auto axis = static_cast<int>(c.int_value(axis_operand, "the axis"));
  for (const ir::TensorId x : xs)
    if (c.shape(x).has_rank()) {
      axis = emit::checked_axis(c, axis, c.rank(x));
      break;
    }
  return xs.size() == 1 ? xs.front() : concatenate(c, xs, axis);
}

Results import_concat(NodeContext& c) { return concatenated(c, c.tensors(1, c.input_count()), 0); }
Results import_concat_v2(NodeContext& c) {
  return concatenated(c, c.tensors(0, c.input_count() - 1), c.input_count() - 1);
}

Results import_dynamic_update(NodeContext& c) {
  return c.add("DYNAMIC_UPDATE_SLICE", {}, {c.input(0), c.input(1), c.to_int32(c.input(2))});
}

}  // namespace

std::span<const OpRule> slicing_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "Concat", .import = import_concat, .note = "constant axis"},
      {.op = "ConcatV2", .import = import_concat_v2, .note = "constant axis"},
      {.op = "Pack", .import = import_pack},
      {.op = "Slice", .import = import_slice},
      {.op = "Split", .import = import_split, .note = "constant axis"},
      {.op = "SplitV", .import = import_split_sizes, .note = "constant axis"},
      {.op = "StridedSlice", .import = import_strided_slice},
      {.op = "Unpack", .import = import_unpack},
      {.op = "XlaDynamicUpdateSlice", .import = import_dynamic_update},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
