#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "ops/batch_matmul/batch_matmul.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/conv_3d/conv_3d.h"
#include "ops/depthwise_conv_2d/depthwise_conv_2d.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/infer.h"
#include "ops/local_response_normalization/local_response_normalization.h"
#include "ops/pool_2d/pool_2d.h"
#include "ops/resize/resize.h"
#include "ops/space_depth/space_depth.h"
#include "ops/transpose_conv/transpose_conv.h"

namespace litesmith {
namespace {

using ops::Padding;

struct Operand {
  Shape shape;
  DType dtype = DType::float32;
  std::vector<std::int32_t> values{};  // a constant int32 operand when there are any
};

struct Question {
  std::string_view op;
  ir::Attrs attrs;
  std::vector<Operand> operands;
};

ir::Tensor tensor_of(const Operand& operand, std::size_t index) {
  ir::Tensor tensor;
  tensor.name = concat("t", index);
  tensor.shape = operand.shape;
  tensor.dtype = operand.values.empty() ? operand.dtype : DType::int32;
  if (!operand.values.empty()) tensor.data = Bytes::copy_of(std::span<const std::int32_t>(operand.values));
  return tensor;
}

/// The inferred shape of the result, or the error's text.
std::string answer(const Question& question) {
  ir::Graph graph;
  std::vector<ir::TensorId> inputs;
  for (std::size_t i = 0; i < question.operands.size(); ++i)
    inputs.push_back(graph.add_tensor(tensor_of(question.operands[i], i)));
  ir::Tensor result;
  result.dtype = question.operands.back().dtype;
  result.shape = Shape::unknown_rank();
  const ir::TensorId output = graph.add_tensor(result);
  try {
    const ir::Node node = ops::make_node(question.op, question.attrs, inputs, {output}, {"net/layer"});
    return to_string(ops::infer_node(graph, node).front().shape);
  } catch (const Error& error) {
    return error.what();
  }
}

const Shape kUnknown = Shape::unknown_rank();

TEST_CASE("operators with windows leave unknown what is unknown") {
  const struct {
    Question question;
    std::string shape;
  } rows[] = {
      {{"CONV_2D", ops::Conv2dAttrs{.stride_h = 2, .stride_w = 2}, {{{-1, 9, -1, 3}}, {{8, 3, 3, 3}}}}, "[?, 5, ?, 8]"},
      {{"CONV_2D", {}, {{kUnknown}, {{8, 3, 3, 3}}}}, "[?, ?, ?, 8]"},
      {{"DEPTHWISE_CONV_2D", {}, {{{-1, 4, 4, 3}}, {{1, 3, 3, 6}}}}, "[?, 4, 4, 6]"},
      {{"AVERAGE_POOL_2D",
        ops::Pool2dAttrs{.padding = Padding::valid, .filter_h = 2, .filter_w = 2},
        {{{-1, 4, -1, 3}}}},
       "[?, 3, ?, 3]"},
      {{"FULLY_CONNECTED", {}, {{{-1, 4}}, {{8, 4}}}}, "[?, 8]"},
      {{"FULLY_CONNECTED", ops::FullyConnectedAttrs{.keep_num_dims = true}, {{{-1, 7, 4}}, {{8, 4}}}}, "[?, 7, 8]"},
      {{"BATCH_MATMUL", {}, {{{-1, 2, 3}}, {{3, 5}}}}, "[?, 2, 5]"},
      {{"BATCH_MATMUL", {}, {{kUnknown}, {{3, 5}}}}, "[...]"},
      {{"TRANSPOSE_CONV", {}, {{{4}, DType::int32}, {{8, 3, 3, 2}}, {{-1, 4, 4, 2}}}}, "[?, ?, ?, 8]"},
      {{"RESIZE_BILINEAR", {}, {{{-1, 4, 4, 2}}, {{2}, DType::int32}}}, "[?, ?, ?, 2]"},
      {{"SPACE_TO_DEPTH", ops::SpaceDepthAttrs{2}, {{{-1, 4, -1, 2}}}}, "[?, 2, ?, 8]"},
      {{"SPACE_TO_BATCH_ND", {}, {{{-1, 4, 4, 2}}, {{2}, DType::int32}, {{2, 2}, DType::int32}}}, "[?, ?, ?, 2]"},
      {{"EMBEDDING_LOOKUP", {}, {{{-1}, DType::int32}, {{10, 4}}}}, "[?, 4]"},
  };
  for (const auto& row : rows) {
    INFO(row.question.op);
    CHECK(answer(row.question) == row.shape);
  }
}

struct Refusal {
  Question question;
  std::string says;
};

void check(const std::vector<Refusal>& rows) {
  for (const Refusal& row : rows) {
    const std::string text = answer(row.question);
    INFO(row.question.op, " says: ", text);
    CHECK(text.find(row.says) != std::string::npos);
    CHECK(text.find("net/layer") != std::string::npos);
  }
}

const Operand kImage{{1, 8, 8, 4}};
const Operand kFilter{{8, 3, 3, 4}};

TEST_CASE("convolutions and pools refuse what they cannot compute and say why") {
  check({
      {{"CONV_2D", ops::Conv2dAttrs{.stride_h = 0}, {kImage, kFilter}}, "height stride is 0"},
      {{"CONV_2D", ops::Conv2dAttrs{.dilation_w = -1}, {kImage, kFilter}}, "width dilation is -1"},
      {{"CONV_2D", {}, {kImage, {{8, 3, 3, 0}}}}, "has no channels"},
      {{"CONV_2D", {}, {kImage, {{8, 0, 3, 4}}}}, "height window is 0"},
      {{"CONV_2D", {}, {kImage, {{8, 3, 3, 3}}}}, "takes 3 channels but 't0' ([1, 8, 8, 4]) has 4"},
      {{"CONV_2D", {}, {kImage, {{7, 3, 3, 2}}}}, "7 output channels cannot be shared among 2 groups"},
      {{"CONV_2D", {}, {kImage, kFilter, {{7}}}}, "has 7 values"},
      {{"CONV_2D", {}, {kImage, kFilter, {{0}}}}, "has 0 values"},
      {{"CONV_2D", {}, {kImage, {{8, 3, 3, 4}, DType::float64}}}, "float64 weights"},
      {{"CONV_2D", {}, {{{8, 8, 4}}, kFilter}}, "must have 4 dimensions"},
      {{"CONV_2D", ops::Conv2dAttrs{.padding = Padding::valid, .dilation_h = 4}, {kImage, kFilter}},
       "covers 9 in height"},
      {{"DEPTHWISE_CONV_2D", {}, {{{1, 8, 8, 0}}, {{1, 3, 3, 4}}}}, "multiple of the 0 channels"},
      {{"DEPTHWISE_CONV_2D", {}, {kImage, {{1, 3, 3, 6}}}}, "must be a multiple of the 4 channels"},
      {{"MAX_POOL_2D", ops::Pool2dAttrs{.stride_w = 0}, {kImage}}, "width stride is 0"},
      {{"L2_POOL_2D", ops::Pool2dAttrs{.filter_h = 0}, {kImage}}, "height window is 0"},
  });
}

TEST_CASE("products, resizing and blocks refuse what they cannot compute and say why") {
  check({
      {{"FULLY_CONNECTED", {}, {{{2, 4}}, {{3, 0}}}}, "are empty"},
      {{"FULLY_CONNECTED", {}, {{{2, 4}}, {{3, 5}}}}, "take rows of 5 values but 't0' ([2, 4]) has 8"},
      {{"TRANSPOSE_CONV", ops::TransposeConvAttrs{.stride_w = 0}, {{{4}, DType::int32}, kFilter, kImage}},
       "stride is 0"},
      {{"TRANSPOSE_CONV", {}, {{{4}, DType::int32, {1, 8, 8, 9}}, kFilter, kImage}}, "has 9 channels"},
      {{"TRANSPOSE_CONV", {}, {{{3}, DType::int32, {1, 8, 8}}, kFilter, kImage}}, "has 3 values"},
      {{"CONV_3D", {}, {{{1, 4, 4, 4, 3}}, {{2, 2, 2, 4, 5}}}}, "takes 4 channels"},
      {{"CONV_3D_TRANSPOSE", {}, {{{5}, DType::int32, {1, 4, 4, 4, 5}}, {{2, 2, 2, 2, 3}}, {{1, 4, 4, 4, 3}}}},
       "give 2"},
      {{"BATCH_MATMUL", {}, {{{2, 3}}, {{4, 5}}}}, "rows of 3 values"},
      {{"BATCH_MATMUL", {}, {{{2, 2, 3}}, {{3, 3, 5}}}}, "cannot be broadcast"},
      {{"RESIZE_BILINEAR", {}, {kImage, {{2}, DType::int32, {0, 4}}}}, "a height of 0"},
      {{"RESIZE_NEAREST_NEIGHBOR", {}, {kImage, {{1}, DType::int32, {4}}}}, "has 1 values"},
      {{"RESIZE_BILINEAR", ops::ResizeAttrs{true, true}, {kImage, {{2}, DType::int32, {4, 4}}}}, "choose one"},
      {{"SPACE_TO_DEPTH", ops::SpaceDepthAttrs{0}, {kImage}}, "block size is 0"},
      {{"SPACE_TO_DEPTH", ops::SpaceDepthAttrs{3}, {kImage}}, "no multiple of 3"},
      {{"DEPTH_TO_SPACE", ops::SpaceDepthAttrs{INT32_MAX}, {kImage}}, "would have a dimension of 17179869176"},
      {{"SPACE_TO_BATCH_ND", {}, {kImage, {{2}, DType::int32, {0, 2}}, {{2, 2}, DType::int32, {0, 0, 0, 0}}}}, "is 0"},
      {{"BATCH_TO_SPACE_ND", {}, {kImage, {{2}, DType::int32, {2, 2}}, {{2, 2}, DType::int32, {0, 0, 0, 0}}}},
       "no multiple of 4"},
      {{"EMBEDDING_LOOKUP", {}, {{{2}, DType::int32}, {{0, 4}}}}, "has no rows"},
      {{"LOCAL_RESPONSE_NORMALIZATION", ops::LocalResponseNormalizationAttrs{.radius = -1}, {kImage}}, "radius is -1"},
  });
}

}  // namespace
}  // namespace litesmith
