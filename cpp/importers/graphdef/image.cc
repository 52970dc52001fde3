#include "importers/graphdef/node_context.h"
#include "ops/resize/resize.h"

namespace litesmith::importers::graphdef {
namespace {

Results import_resize(NodeContext& c) {
  const ir::TensorId size = c.to_int32(c.input(1));
  const ir::TensorId image = c.rule().ir_op == "RESIZE_BILINEAR" ? to_float(c, c.input(0)) : c.input(0);
  const ops::ResizeAttrs attrs{c.attr_bool("align_corners", false), c.attr_bool("half_pixel_centers", false)};
  const ir::TensorId y = c.add(c.rule().ir_op, attrs, {image, size});
  if (const auto dims = c.known_ints(size); dims && dims->size() == 2 && c.rank(image) == 4) {
    Shape known = c.shape(image);
    for (int i = 0; i < 2; ++i)
      if (const auto& dim = (*dims)[static_cast<std::size_t>(i)])
        known[1 + i] = static_cast<std::int32_t>(*dim);
      else
        known[1 + i] = kUnknownDim;
    c.refine_shape(y, known);
  }
  return y;
}

ir::TensorId number_or(NodeContext& c, int operand, std::string_view attr, float fallback) {
  if (operand < c.input_count()) return c.input(operand);
  return c.number(attr, static_cast<double>(c.attr_float(attr, fallback)));
}

/// Indices of boxes and how many of them count. Operands boxes, scores, most; thresholds by operand or attribute.
std::vector<ir::TensorId> suppress(NodeContext& c) {
  constexpr double kEveryScore = -3.4028234663852886e38;
  const ir::TensorId iou = number_or(c, 3, "iou_threshold", 0.5f);
  const ir::TensorId score = c.input_count() > 4 ? c.input(4) : c.number("score_threshold", kEveryScore);
  return c.add_many("NON_MAX_SUPPRESSION_V4", {}, {c.input(0), c.input(1), c.to_int32(c.input(2)), iou, score}, 2);
}

/// The entries that count: the operator fills its result up with zeros.
ir::TensorId valid_part(NodeContext& c, ir::TensorId padded, ir::TensorId count) {
  const ir::TensorId size = reshape(c, count, {1});
  return c.add("SLICE", {}, {padded, c.ints("begin", {0}), size});
}

Results import_suppression(NodeContext& c) {
  const auto results = suppress(c);
  return valid_part(c, results[0], results[1]);
}

Results import_suppression_v4(NodeContext& c) {
  const auto results = suppress(c);
  if (c.attr_bool("pad_to_max_output_size", false)) return results;
  return std::vector<ir::TensorId>{valid_part(c, results[0], results[1]), results[1]};
}

/// Operands boxes, scores, most, IoU threshold, score threshold, sigma.
Results import_suppression_v5(NodeContext& c) {
  auto results = c.add_many("NON_MAX_SUPPRESSION_V5", {},
                            {c.input(0), c.input(1), c.to_int32(c.input(2)), c.input(3), c.input(4), c.input(5)}, 3);
  if (c.attr_bool("pad_to_max_output_size", false)) return results;
  for (const std::size_t k : {std::size_t{0}, std::size_t{1}}) results[k] = valid_part(c, results[k], results[2]);
  return results;
}

}  // namespace

std::span<const OpRule> image_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "NonMaxSuppression", .import = import_suppression},
      {.op = "NonMaxSuppressionV2", .import = import_suppression},
      {.op = "NonMaxSuppressionV3", .import = import_suppression},
      {.op = "NonMaxSuppressionV4", .import = import_suppression_v4},
      {.op = "NonMaxSuppressionV5", .import = import_suppression_v5},
      {.op = "ResizeBilinear", .import = import_resize, .ir_op = "RESIZE_BILINEAR"},
      {.op = "ResizeNearestNeighbor", .import = import_resize, .ir_op = "RESIZE_NEAREST_NEIGHBOR"},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
