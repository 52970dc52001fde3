#include <doctest/doctest.h>

#include "base/error.h"
#include "ops/activation/activation.h"
#include "ops/bucketize/bucketize.h"
#include "ops/quantize/quantize.h"
#include "testing/case_runner.h"

namespace litesmith {
namespace {

using ops::Value;
using ops::value_of;

Value ints(const Shape& shape, const std::vector<std::int32_t>& values) { return value_of(shape, values); }
Value floats(const Shape& shape) { return ops::uniform(DType::float32, shape, -1, 1, 1); }

Value strings(const std::vector<std::int32_t>& numbers) {
  Value value = ints({2}, numbers);
  value.dtype = DType::string;
  return value;
}

std::string failure(const ops::Case& one) {
  try {
    testing::run(one, simd::Isa::scalar);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

struct Row {
  std::string_view op;
  std::vector<Value> inputs;
  /// What the error must mention.
  std::string_view text;
  ir::Attrs attrs{};
  std::vector<DType> outputs{DType::float32};
};

const std::vector<Row>& rows() {
  static const std::vector<Row> kRows = {
      {"SUM", {floats({2, 3}), ints({1}, {2})}, "axis 2"},
      {"MEAN", {floats({2, 3}), ints({1}, {INT32_MIN})}, "axis"},
      {"ARG_MAX", {floats({2, 3}), ints({}, {2})}, "axis 2", {}, {DType::int32}},
      {"ARG_MIN", {floats({2, 3}), ints({}, {-3})}, "axis -3", {}, {DType::int32}},
      {"ARG_MAX", {floats({2, 0}), ints({}, {1})}, "empty", {}, {DType::int32}},
      {"TOPK_V2", {floats({2, 3}), ints({}, {4})}, "k is 4", {}, {DType::float32, DType::int32}},
      {"TOPK_V2", {floats({2, 3}), ints({}, {-1})}, "k is -1", {}, {DType::float32, DType::int32}},
      {"CUMSUM", {floats({2, 3}), ints({}, {2})}, "an axis is outside"},
      {"CUMSUM", {floats({2, 3}), ints({}, {INT32_MIN})}, "an axis is outside"},
      {"SEGMENT_SUM", {floats({3}), ints({3}, {5, 0, 1})}, "ascend"},
      {"SEGMENT_SUM", {floats({3}), ints({3}, {-1, 0, 1})}, "not be negative"},
      {"SEGMENT_SUM", {floats({3}), ints({2}, {0, 1})}, "segment ids"},
      {"UNSORTED_SEGMENT_SUM", {floats({3}), ints({3}, {0, 1, 2}), ints({}, {2})}, "an index is outside"},
      {"UNSORTED_SEGMENT_MAX", {floats({3}), ints({3}, {0, 1, 2}), ints({}, {-1})}, "number of segments"},
      {"SELECT", {ops::uniform(DType::boolean, {2}, 0, 1, 1), floats({2, 3}), floats({2, 1})}, "SELECT_V2"},
      {"SELECT_V2", {ops::uniform(DType::boolean, {4}, 0, 1, 1), floats({2, 3}), floats({2, 3})}, "do not broadcast"},
      {"BITCAST", {ops::uniform(DType::int8, {3}, 0, 1, 1)}, "must end in a dimension of 4", {}, {DType::int32}},
      {"BUCKETIZE", {floats({3})}, "must ascend", ops::BucketizeAttrs{{2, 1}}, {DType::int32}},
      {"FAKE_QUANT", {floats({3})}, "0 bits", ops::FakeQuantAttrs{-1, 1, 0, false}},
      {"FAKE_QUANT", {floats({3})}, "range", ops::FakeQuantAttrs{1, 1, 8, false}},
      {"QUANTIZE", {floats({3})}, "no scale", {}, {DType::int8}},
      {"PRELU", {floats({2, 3}), floats({4, 1, 3})}, "slopes"},
      {"EQUAL", {strings({2, 8, 12}), strings({2, 16, 99, 100})}, "damaged", {}, {DType::boolean}},
      {"UNIQUE", {floats({2, 3})}, "1 dimensions", {}, {DType::float32, DType::int32}},
      {"ABS", {ops::uniform(DType::int8, {3}, 0, 1, 1)}, "no scale", {}, {DType::int8}},
  };
  return kRows;
}

TEST_CASE("operands that an operator cannot take are errors that say why") {
  for (const Row& row : rows()) {
    const std::string text = failure({.name = "layer",
                                      .op = row.op,
                                      .attrs = row.attrs,
                                      .inputs = row.inputs,
                                      .outputs = row.outputs,
                                      .reference = nullptr});
    INFO(row.op, ": ", text);
    CHECK(text.find(row.text) != std::string::npos);
    CHECK(text.find("layer") != std::string::npos);
  }
}

}  // namespace
}  // namespace litesmith
