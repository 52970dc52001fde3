#include <doctest/doctest.h>

#include "base/error.h"
#include "ops/concatenation/concatenation.h"
#include "ops/fill/fill.h"
#include "ops/gather/gather.h"
#include "ops/pack/pack.h"
#include "ops/pad/pad.h"
#include "ops/reshape/reshape.h"
#include "ops/reverse/reverse.h"
#include "ops/slice/slice.h"
#include "ops/split/split.h"
#include "testing/case_runner.h"

namespace litesmith {
namespace {

using ops::constant;
using ops::Value;
using ops::value_of;

struct Row {
  std::string_view op;
  ir::Attrs attrs;
  std::vector<Value> inputs;
  /// Part of the message.
  std::string_view text;
  int results = 1;
};

Value ints(const std::vector<std::int32_t>& values) {
  return value_of<std::int32_t>({static_cast<std::int32_t>(values.size())}, values);
}
Value scalar(std::int32_t value) { return value_of<std::int32_t>({}, {value}); }
Value floats(const Shape& shape) { return ops::distinct(DType::float32, shape); }
Value quantized(float scale) {
  Value value = ops::distinct(DType::int8, {2});
  value.quantization.scales = {scale};
  value.quantization.zero_points = {0};
  return value;
}

/// What the message of running the operator is; empty when it runs.
std::string message(const Row& row) {
  ops::Case one;
  one.name = "some/layer";
  one.op = row.op;
  one.attrs = row.attrs;
  one.inputs = row.inputs;
  one.outputs.assign(static_cast<std::size_t>(row.results), row.inputs[0].dtype);
  try {
    testing::run(one, simd::Isa::scalar);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const std::string text = message(row);
    INFO(row.op, ": ", text);
    CHECK(text.find(row.text) != std::string::npos);
    CHECK(text.find("some/layer") != std::string::npos);
  }
}

const Value x = floats({2, 3});

TEST_CASE("shapes and axes that cannot be are refused with names, values and a way out") {
  const ops::ReshapeAttrs none;
  check({{"RESHAPE", none, {x, ints({4, 2})}, "(6 elements), which cannot become [4, 2]"},
         {"RESHAPE", none, {x, ints({-1, -1})}, "only one dimension"},
         {"RESHAPE", none, {x, ints({-7})}, "dimension -7 is impossible"},
         {"SQUEEZE", ops::SqueezeAttrs{{1}}, {x}, "only dimensions of 1 can go"},
         {"SQUEEZE", ops::SqueezeAttrs{{2}}, {x}, "axis 2 does not exist"},
         {"EXPAND_DIMS", {}, {x, scalar(-100000)}, "axis -100000 does not exist"},
         {"TRANSPOSE", {}, {x, constant(ints({0, 0}))}, "names axis 0 twice"},
         {"TRANSPOSE", {}, {x, ints({1, -1})}, "names axis 1 twice"},
         {"TRANSPOSE", {}, {x, ints({0, 2})}, "axis 2 does not exist"},
         {"TRANSPOSE", {}, {x, ints({0})}, "has 1 entries; give one per dimension"},
         {"TRANSPOSE", {}, {floats({1, 1, 1, 1, 1, 1, 1, 1, 1}), ints({0})}, "at most 8 are possible"},
         {"CONCATENATION", ops::ConcatenationAttrs{.axis = 2}, {x, x}, "axis 2 does not exist"},
         {"CONCATENATION", ops::ConcatenationAttrs{}, {x, floats({2, 4})}, "only axis 0 may differ"},
         {"CONCATENATION", ops::ConcatenationAttrs{}, {x, floats({2})}, "2 dimensions are needed"},
         {"CONCATENATION", ops::ConcatenationAttrs{0, ops::Activation::relu}, {x, x}, "fused activation relu"},
         {"PACK", ops::PackAttrs{3, 0}, {x, x}, "pack 3 values but has 2 operands"},
         {"PACK", ops::PackAttrs{2, 0}, {x, floats({3, 2})}, "all must be of one shape"},
         {"UNPACK", ops::PackAttrs{2, 1}, {x}, "3 entries along axis 1 but 2 results", 2},
         {"SPLIT", ops::SplitAttrs{0}, {scalar(0), x}, "give 0 parts"},
         {"SPLIT", ops::SplitAttrs{2}, {scalar(1), x}, "2 equal parts: it has 3 entries", 2},
         {"SPLIT_V", ops::SplitAttrs{2}, {x, ints({1, 1}), scalar(1)}, "add up to 2 but", 2},
         {"SPLIT_V", ops::SplitAttrs{2}, {x, ints({5, -1}), scalar(1)}, "add up to 5 but", 2},
         {"SPLIT_V", ops::SplitAttrs{2}, {x, ints({1, 2}), scalar(100)}, "axis 100 does not exist", 2},
         {"PAD", {}, {x, value_of<std::int32_t>({2, 2}, {0, -1, 0, 0})}, "use SLICE to cut"},
         {"PAD", {}, {x, value_of<std::int32_t>({1, 2}, {0, 1})}, "two numbers per dimension"},
         {"MIRROR_PAD", ops::MirrorPadAttrs{}, {x, value_of<std::int32_t>({2, 2}, {2, 0, 0, 0})}, "at most 1 are"},
         {"TILE", {}, {x, ints({1, -2})}, "a dimension of -2"},
         {"TILE", {}, {floats({65537}), ints({65536})}, "a dimension of 4295032832"},
         {"BROADCAST_TO", {}, {x, ints({3, 3})}, "cannot be broadcast to [3, 3]"},
         {"DYNAMIC_UPDATE_SLICE", {}, {x, floats({3, 3}), ints({0, 0})}, "does not fit into"},
         {"MATRIX_SET_DIAG", {}, {x, floats({3})}, "have shape [2]"},
         {"REVERSE_SEQUENCE", ops::ReverseSequenceAttrs{1, 1}, {x, ints({1})}, "both as batch and as sequence"},
         {"DILATE", {}, {x, ints({0, 1}), floats({})}, "dilation of axis 0 is 0"}});
}

TEST_CASE("values met while running are refused, whether constant or fed") {
  const ops::StridedSliceAttrs plain;
  const ops::StridedSliceAttrs index{.shrink_axis_mask = 1};
  std::vector<Row> rows = {
      {"SLICE", {}, {x, ints({1, 0}), ints({2, 3})}, "leave 'input0'"},
      {"SLICE", {}, {x, ints({3, 0}), ints({-1, 3})}, "leave 'input0'"},
      {"SLICE", {}, {x, ints({0, 0}), ints({-2, 3})}, "size -2 at axis 0 is impossible"},
      {"STRIDED_SLICE", plain, {x, ints({0}), ints({1}), ints({0})}, "the stride of axis 0 is 0"},
      {"STRIDED_SLICE", plain, {x, ints({0, 0, 0}), ints({1, 1, 1}), ints({1, 1, 1})}, "names 3 axes"},
      {"STRIDED_SLICE", plain, {x, ints({0, 0}), ints({1}), ints({1})}, "must be of one length"},
      {"STRIDED_SLICE",
       {ops::StridedSliceAttrs{.ellipsis_mask = 3}},
       {x, ints({0, 0}), ints({1, 1}), ints({1, 1})},
       "2 ellipses"},
      {"FILL", {}, {ints({-1}), floats({})}, "a dimension of -1"},
      {"ONE_HOT", ops::OneHotAttrs{}, {ints({1}), scalar(-1), floats({}), floats({})}, "a dimension of -1"},
      {"RANGE", {}, {scalar(0), scalar(5), scalar(0)}, "cannot get from 0 to 5 in steps of 0"},
      {"RANGE", {}, {scalar(0), scalar(5), scalar(-1)}, "cannot get from 0 to 5 in steps of -1"},
      {"SCATTER_ND",
       {},
       {value_of<std::int32_t>({2, 1}, {0, 1}), floats({3}), ints({4})},
       "need updates of shape [2]"}};
  check(rows);
  for (Row& row : rows)
    for (Value& input : row.inputs) input.constant = true;
  check(rows);
  check({{"STRIDED_SLICE", index, {x, ints({2}), constant(ints({3})), constant(ints({1}))}, "an index is outside"},
         {"STRIDED_SLICE",
          index,
          {x, constant(ints({-3})), constant(ints({3})), constant(ints({1}))},
          "index -3 of axis 0 is outside"},
         {"SLICE", {}, {x, ints({0, -1}), constant(ints({2, 3}))}, "an index is outside"},
         {"GATHER", ops::GatherAttrs{}, {x, ints({2})}, "an index is outside"},
         {"GATHER", ops::GatherAttrs{}, {x, constant(ints({-1}))}, "index -1 is outside of axis 0 of 'input0'"},
         {"GATHER", ops::GatherAttrs{0, 1}, {x, ints({0})}, "batch dimensions"},
         {"GATHER_ND", {}, {x, value_of<std::int32_t>({1, 1}, {999})}, "an index is outside"},
         {"GATHER_ND", {}, {x, value_of<std::int32_t>({1, 3}, {0, 0, 0})}, "has only 2 dimensions"},
         {"SCATTER_ND", {}, {value_of<std::int32_t>({1, 1}, {4}), floats({1}), ints({4})}, "an index is outside"},
         {"SPARSE_TO_DENSE", {}, {scalar(-1), ints({3}), floats({}), floats({})}, "an index is outside"},
         {"REVERSE_V2", {}, {x, ints({2})}, "an axis is outside"},
         {"REVERSE_V2", {}, {x, ints({1, -1})}, "cannot use"},
         {"REVERSE_SEQUENCE", ops::ReverseSequenceAttrs{1, 0}, {x, ints({1, 4})}, "cannot use"},
         {"BROADCAST_ARGS", {}, {ints({2}), ints({3})}, "cannot use"}});
}

TEST_CASE("integers of differing scales are not mixed, and packed types say what runs") {
  check({{"CONCATENATION", ops::ConcatenationAttrs{}, {quantized(0.5f), quantized(0.25f)}, "QUANTIZE"}});
  Value packed = floats({2});
  packed.dtype = DType::int4;
  check({{"TRANSPOSE", {}, {packed, constant(ints({0}))}, "1, 2, 4, 8 or 16 bytes"}});
}

TEST_CASE("the rows above fail for their fault alone") {
  CHECK(message({"TRANSPOSE", {}, {x, ints({1, 0})}, ""}) == "");
  CHECK(message({"GATHER", ops::GatherAttrs{}, {x, ints({1})}, ""}) == "");
  CHECK(message({"SLICE", {}, {x, ints({1, 0}), ints({1, 3})}, ""}) == "");
}

}  // namespace
}  // namespace litesmith
