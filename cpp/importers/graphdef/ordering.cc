#include "importers/graphdef/node_context.h"
#include "ops/arg_min_max/arg_min_max.h"
#include "ops/bucketize/bucketize.h"
#include "ops/cumsum/cumsum.h"
#include "ops/unique/unique.h"

/// Where values stand: the largest, the different ones, those that are true; sums along an order.
namespace litesmith::importers::graphdef {
namespace {

Results import_where(NodeContext& c) {
  ir::TensorId x = c.input(0);
  if (c.dtype(x) != DType::boolean) x = compare(c, "NOT_EQUAL", x, c.number("zero", 0, c.dtype(x)));
  return c.add("WHERE", {}, {x}, DType::int64);
}

Results import_unique(NodeContext& c) {
  if (c.input_count() > 1 && c.rank(c.input(0)) != 1)
    c.unsupported("different slices of a tensor of shape ", c.shape(c.input(0)),
                  " have no conversion; different numbers of a vector have");
  return c.add_many("UNIQUE", ops::UniqueAttrs{c.attr_type("out_idx", DType::int32)}, {c.input(0)}, 2);
}

std::vector<ir::TensorId> top_k(NodeContext& c, ir::TensorId k) {
  auto results = c.add_many("TOPK_V2", {}, {c.input(0), k}, 2);
  results[1] = cast(c, results[1], c.attr_type("index_type", DType::int32));
  return results;
}

Results import_top_k(NodeContext& c) {
  return top_k(c, c.int_scalar("k", static_cast<std::int32_t>(c.attr_int("k", 1))));
}
Results import_top_k_v2(NodeContext& c) { return top_k(c, c.to_int32(c.input(1))); }

ir::TensorId axis_operand(NodeContext& c, int i) {
  const ir::TensorId x = c.input(0);
  auto axis = static_cast<std::int32_t>(c.int_value(i, "the axis"));
  if (c.shape(x).has_rank()) axis = emit::checked_axis(c, axis, c.rank(x));
  return c.int_scalar("axis", axis);
}

/// TFLite compares float32 and integers up to 32 bits.
Results import_arg(NodeContext& c) {
  const DType type = c.attr_type("output_type", DType::int64);
  return c.add(c.rule().ir_op, ops::ArgMinMaxAttrs{type}, {c.input(0), axis_operand(c, 1)}, type);
}

Results import_cumsum(NodeContext& c) {
  return c.add("CUMSUM", ops::CumsumAttrs{c.attr_bool("exclusive", false), c.attr_bool("reverse", false)},
               {c.input(0), axis_operand(c, 1)});
}

Results import_segment_sum(NodeContext& c) { return c.add("SEGMENT_SUM", {}, {c.input(0), c.to_int32(c.input(1))}); }

/// TFLite's segments are rows; ids of higher rank name the entries of as many leading axes.
Results import_unsorted_segments(NodeContext& c) {
  ir::TensorId data = c.input(0), ids = c.to_int32(c.input(1));
  const int id_rank = c.rank(ids);
  if (id_rank > 1) {
    if (c.rank(data) < id_rank) c.fail("the ids have shape ", c.shape(ids), " but the data ", c.shape(data));
    Dims dims(c.shape(data).begin() + id_rank, c.shape(data).end());
    dims.insert(dims.begin(), kUnknownDim);
    data = reshape(c, data, std::move(dims));
    ids = reshape(c, ids, {kUnknownDim});
  }
  return c.add(c.rule().ir_op, {}, {data, ids, c.to_int32(c.input(2))});
}

Results import_bucketize(NodeContext& c) {
  return c.add("BUCKETIZE", ops::BucketizeAttrs{c.attr_floats("boundaries")}, {c.input(0)}, DType::int32);
}

}  // namespace

std::span<const OpRule> ordering_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "ArgMax", .import = import_arg, .ir_op = "ARG_MAX", .note = "constant axis"},
      {.op = "ArgMin", .import = import_arg, .ir_op = "ARG_MIN", .note = "constant axis"},
      {.op = "Bucketize", .import = import_bucketize},
      {.op = "Cumsum", .import = import_cumsum, .note = "constant axis"},
      {.op = "SegmentSum", .import = import_segment_sum},
      {.op = "TopK", .import = import_top_k},
      {.op = "TopKV2", .import = import_top_k_v2},
      {.op = "Unique", .import = import_unique},
      {.op = "UniqueV2", .import = import_unique, .note = "of vectors"},
      {.op = "UnsortedSegmentMax", .import = import_unsorted_segments, .ir_op = "UNSORTED_SEGMENT_MAX"},
      {.op = "UnsortedSegmentMin", .import = import_unsorted_segments, .ir_op = "UNSORTED_SEGMENT_MIN"},
      {.op = "UnsortedSegmentProd", .import = import_unsorted_segments, .ir_op = "UNSORTED_SEGMENT_PROD"},
      {.op = "UnsortedSegmentSum", .import = import_unsorted_segments, .ir_op = "UNSORTED_SEGMENT_SUM"},
      {.op = "Where", .import = import_where},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
