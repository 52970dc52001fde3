#include <algorithm>
#include <numeric>

#include "importers/graphdef/node_context.h"
#include "ops/pad/pad.h"
#include "ops/reverse/reverse.h"
#include "ops/space_depth/space_depth.h"

/// Elements at other places: transposed, padded, repeated, reversed, moved between space and depth or batch.
namespace litesmith::importers::graphdef {
namespace {

Results import_transpose(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  if (c.dtype(x) == DType::complex64 || c.dtype(x) == DType::complex128)
    c.unsupported("complex numbers; take their real and imaginary parts first");
  const auto known = c.partial_ints(1);
  const bool is_known =
      known && std::all_of(known->begin(), known->end(), [](const auto& axis) { return axis.has_value(); });
  if (!is_known || !c.shape(x).has_rank()) return c.add("TRANSPOSE", {}, {x, c.to_int32(c.input(1))});
  const std::vector<int> order = c.axes(1, c.rank(x));
  std::vector<int> identity(static_cast<std::size_t>(c.rank(x)));
  std::iota(identity.begin(), identity.end(), 0);
  if (!std::is_permutation(order.begin(), order.end(), identity.begin(), identity.end()))
    c.fail("its ", order.size(), " axes are no permutation of its operand's ", c.rank(x), " dimensions");
  return transpose(c, x, order);
}

Results import_tile(NodeContext& c) { return c.add("TILE", {}, {c.input(0), c.to_int32(c.input(1))}); }

Results import_pad(NodeContext& c) {
  std::vector<ir::TensorId> operands{c.input(0), c.to_int32(c.input(1))};
  if (c.rule().ir_op == "PADV2") operands.push_back(c.input(2));
  return c.add(c.rule().ir_op, {}, std::move(operands));
}

Results import_mirror_pad(NodeContext& c) {
  using Mode = ops::MirrorPadAttrs::Mode;
  const std::string mode = c.attr_string("mode", "REFLECT");
  if (mode != "REFLECT" && mode != "SYMMETRIC")
    c.fail("the mode '", mode, "' is unknown; it can be REFLECT or SYMMETRIC");
  return c.add("MIRROR_PAD", ops::MirrorPadAttrs{mode == "REFLECT" ? Mode::reflect : Mode::symmetric},
               {c.input(0), c.to_int32(c.input(1))});
}

/// TFLite turns neighbouring axes around at once, others one after the other.
ir::TensorId reversed(NodeContext& c, ir::TensorId x, std::vector<int> axes) {
  std::sort(axes.begin(), axes.end());
  for (std::size_t first = 0; first < axes.size();) {
    std::size_t last = first + 1;
    while (last < axes.size() && axes[last] == axes[last - 1] + 1) ++last;
    const std::vector<std::int32_t> run(axes.begin() + static_cast<std::ptrdiff_t>(first),
                                        axes.begin() + static_cast<std::ptrdiff_t>(last));
    x = c.add("REVERSE_V2", {}, {x, c.ints("axes", run)});
    first = last;
  }
  return x;
}

Results import_reverse(NodeContext& c) { return reversed(c, c.input(0), c.axes(1, c.rank(c.input(0)))); }

/// The first Reverse has a flag for each axis.
Results import_flagged_reverse(NodeContext& c) {
  const auto flags = c.numbers(1);
  if (!flags) c.unsupported("which axes it reverses is known only when the model runs");
  std::vector<int> axes;
  for (std::size_t i = 0; i < flags->size(); ++i)
    if ((*flags)[i] != 0) axes.push_back(static_cast<int>(i));
  return reversed(c, c.input(0), std::move(axes));
}

Results import_reverse_sequence(NodeContext& c) {
  const auto sequence = static_cast<int>(c.attr_int("seq_dim", 0)),
             batch = static_cast<int>(c.attr_int("batch_dim", 0));
  const ir::TensorId x = c.input(0);
  const int rank = c.shape(x).has_rank() ? c.rank(x) : std::max(sequence, batch) + 1;
  return c.add("REVERSE_SEQUENCE",
               ops::ReverseSequenceAttrs{emit::checked_axis(c, sequence, rank), emit::checked_axis(c, batch, rank)},
               {x, c.input(1)});
}

ir::TensorId rolled(NodeContext& c, ir::TensorId x, int axis, std::int64_t shift) {
  const int size = c.known_dim(x, axis, "the size of the axis that rolls");
  if (size == 0 || shift % size == 0) return x;
  const auto cut = static_cast<std::int32_t>(size - (shift % size + size) % size);
  std::vector<AxisSlice> head(static_cast<std::size_t>(c.rank(x))), tail = head;
  head[static_cast<std::size_t>(axis)] = {.begin = 0, .end = cut};
  tail[static_cast<std::size_t>(axis)] = {.begin = cut};
  return concatenate(c, {slice(c, x, tail), slice(c, x, head)}, axis);
}

Results import_roll(NodeContext& c) {
  ir::TensorId x = c.input(0);
  const auto shifts = c.int_values(1, "the shift");
  const auto axes = c.axes(2, c.rank(x));
  if (shifts.size() != axes.size()) c.fail("has ", shifts.size(), " shifts for ", axes.size(), " axes");
  for (std::size_t i = 0; i < axes.size(); ++i) x = rolled(c, x, axes[i], shifts[i]);
  return x;
}

Results import_space_depth(NodeContext& c) {
  const std::string format = c.attr_string("data_format", "NHWC");
  if (format != "NHWC" && format != "NCHW") c.unsupported("the layout ", format, "; NHWC and NCHW convert");
  const ops::SpaceDepthAttrs attrs{static_cast<std::int32_t>(c.attr_int("block_size", 1))};
  if (format == "NHWC") return c.add(c.rule().ir_op, attrs, {c.input(0)});
  return channels_to_front(c, c.add(c.rule().ir_op, attrs, {channels_to_end(c, c.input(0))}));
}

/// TFLite knows one or two spatial axes, in tensors of rank 3 or 4.
void check_spatial_axes(NodeContext& c, ir::TensorId x, std::int32_t axes) {
  const bool fits = !c.shape(x).has_rank() || c.rank(x) == axes + 2;
  if ((axes != 1 && axes != 2) || !fits)
    c.unsupported(axes, " block sizes for an operand of shape ", c.shape(x),
                  "; one spatial axis in three dimensions and two in four convert");
}

Results import_space_batch_nd(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  check_spatial_axes(c, x, c.known_dim(c.input(1), 0, "the number of block sizes"));
  return c.add(c.rule().ir_op, {}, {x, c.to_int32(c.input(1)), c.to_int32(c.input(2))});
}

Results import_space_batch(NodeContext& c) {
  const auto block = static_cast<std::int32_t>(c.attr_int("block_size", 1));
  check_spatial_axes(c, c.input(0), 2);
  return c.add(c.rule().ir_op, {}, {c.input(0), c.ints("block", {block, block}), c.to_int32(c.input(1))});
}

/// y[x[i]] = i
Results import_invert_permutation(NodeContext& c) {
  const ir::TensorId x = c.input(0);
  const int count = c.known_dim(x, 0, "the length of the permutation");
  std::vector<std::int32_t> places(static_cast<std::size_t>(count));
  std::iota(places.begin(), places.end(), 0);
  const ir::TensorId values = cast(c, c.ints("places", places), c.dtype(x));
  return c.add("SCATTER_ND", {}, {reshape(c, c.to_int32(x), {count, 1}), values, c.ints("shape", {count})}, c.dtype(x));
}

}  // namespace

std::span<const OpRule> rearranging_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "BatchToSpace", .import = import_space_batch, .ir_op = "BATCH_TO_SPACE_ND"},
      {.op = "BatchToSpaceND", .import = import_space_batch_nd, .ir_op = "BATCH_TO_SPACE_ND"},
      {.op = "ConjugateTranspose", .import = import_transpose, .note = "real numbers"},
      {.op = "DepthToSpace", .import = import_space_depth, .ir_op = "DEPTH_TO_SPACE"},
      {.op = "InvertPermutation", .import = import_invert_permutation},
      {.op = "MirrorPad", .import = import_mirror_pad},
      {.op = "Pad", .import = import_pad, .ir_op = "PAD"},
      {.op = "PadV2", .import = import_pad, .ir_op = "PADV2"},
      {.op = "Reverse", .import = import_flagged_reverse, .note = "constant axes"},
      {.op = "ReverseSequence", .import = import_reverse_sequence},
      {.op = "ReverseV2", .import = import_reverse, .note = "constant axes"},
      {.op = "Roll", .import = import_roll, .note = "constant shifts and axes of known size"},
      {.op = "SpaceToBatch", .import = import_space_batch, .ir_op = "SPACE_TO_BATCH_ND"},
      {.op = "SpaceToBatchND", .import = import_space_batch_nd, .ir_op = "SPACE_TO_BATCH_ND"},
      {.op = "SpaceToDepth", .import = import_space_depth, .ir_op = "SPACE_TO_DEPTH"},
      {.op = "Tile", .import = import_tile},
      {.op = "Transpose", .import = import_transpose},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
