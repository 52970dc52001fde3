#include "ops/detection_post_process/detection_post_process.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "ops/detection_post_process/suppression.h"
#include "ops/opaque.h"
#include "ops/quantized_tensor.h"
#include "ops/step.h"

namespace litesmith::ops::detection_post_process {
namespace {

enum Operand { kBoxes = 0, kScores = 1, kAnchors = 2 };
enum Result { kDetectedBoxes = 0, kDetectedClasses = 1, kDetectedScores = 2, kCount = 3 };
constexpr int kNumbersOfBox = 4;

DetectionPostProcessOptions options_of(const NodeView& view) {
  try {
    return detection_options(view.attrs<CustomAttrs>().options);
  } catch (const Error& error) {
    view.fail(error.what());
  }
}

void require_dimension(const InferContext& context, int operand, int axis, std::int64_t least, std::int64_t most) {
  const TensorInfo& info = context.input(operand);
  if (!info.shape.has_rank() || info.shape[axis] == kUnknownDim) return;
  if (info.shape[axis] < least || info.shape[axis] > most)
    context.fail("'", info.name, "' has shape ", info.shape, " but dimension ", axis, " must be ", least,
                 most == least ? "" : concat(" to ", most));
}

void check_shapes(const InferContext& context, const DetectionPostProcessOptions& options) {
  constexpr std::int64_t kAny = std::numeric_limits<std::int32_t>::max();
  context.require_rank(kBoxes, 3);
  context.require_rank(kScores, 3);
  context.require_rank(kAnchors, 2);
  require_dimension(context, kBoxes, 0, 1, 1);
  require_dimension(context, kBoxes, 2, kNumbersOfBox, kAny);
  require_dimension(context, kScores, 0, 1, 1);
  require_dimension(context, kScores, 2, options.num_classes, std::int64_t{options.num_classes} + 1);
  require_dimension(context, kAnchors, 1, kNumbersOfBox, kNumbersOfBox);
  const Shape& boxes = context.input(kBoxes).shape;
  if (!boxes.has_rank() || boxes[1] == kUnknownDim) return;
  require_dimension(context, kScores, 1, boxes[1], boxes[1]);
  require_dimension(context, kAnchors, 0, boxes[1], boxes[1]);
}

void infer(InferContext& context) {
  for (const int i : {kBoxes, kScores, kAnchors}) context.require_type(i, {DType::float32, DType::uint8});
  context.require_same_type(kBoxes, kAnchors);
  const DetectionPostProcessOptions options = options_of(context);
  check_shapes(context, options);
  const std::int64_t rows = std::int64_t{options.max_detections} * options.max_classes_per_detection;
  context.require(rows <= std::numeric_limits<std::int32_t>::max() / kNumbersOfBox, "max_detections ",
                  options.max_detections, " times max_classes_per_detection ", options.max_classes_per_detection,
                  " is too much for one tensor");
  const auto found = static_cast<std::int32_t>(rows);
  context.set_output(kDetectedBoxes, DType::float32, {1, found, kNumbersOfBox});
  context.set_output(kDetectedClasses, DType::float32, {1, found});
  context.set_output(kDetectedScores, DType::float32, {1, found});
  context.set_output(kCount, DType::float32, {1});
}

/// Where things stand in the scratch memory, in bytes.
struct Layout {
  std::size_t size = 0;
  std::size_t boxes = 0, scores = 0, values = 0, kept = 0, chosen = 0, active = 0, labels = 0, detections = 0,
              sorted = 0, order = 0;

  std::size_t take(std::int64_t count, std::size_t element) {
    constexpr std::size_t kAlignment = 16;
    const std::size_t offset = size;
    size += (static_cast<std::size_t>(count) * element + kAlignment - 1) / kAlignment * kAlignment;
    return offset;
  }
};

struct Params {
  DetectionPostProcessOptions options;
  std::int64_t boxes = 0, box_stride = 0, columns = 0;
  std::array<bool, 3> is_integer{};
  std::array<PerTensor, 3> quantization{};
  Layout layout{};
};

/// Element i of an operand as a real number.
float real(const Params& params, const Operands& operands, int operand, std::int64_t i) noexcept {
  const auto place = static_cast<std::size_t>(operand);
  if (params.is_integer[place]) {
    const PerTensor& form = params.quantization[place];
    return static_cast<float>(static_cast<std::int32_t>(operands.in<std::uint8_t>(operand)[i]) - form.zero_point) *
           form.scale;
  }
  float value = 0;
  std::memcpy(&value, operands.inputs[operand] + i * std::int64_t{sizeof(float)}, sizeof(value));
  return value;
}

/// Boxes are given by centre and size relative to their anchors. False when one is upside down.
bool decode(const Params& params, const Operands& operands, Box* boxes) noexcept {
  const DetectionPostProcessOptions& options = params.options;
  for (std::int64_t i = 0; i < params.boxes; ++i) {
    std::array<double, kNumbersOfBox> code{}, anchor{};
    for (int k = 0; k < kNumbersOfBox; ++k) {
      const auto place = static_cast<std::size_t>(k);
      code[place] = real(params, operands, kBoxes, i * params.box_stride + k);
      anchor[place] = real(params, operands, kAnchors, i * kNumbersOfBox + k);
    }
    const auto y = static_cast<float>(code[0] / double{options.y_scale} * anchor[2] + anchor[0]);
    const auto x = static_cast<float>(code[1] / double{options.x_scale} * anchor[3] + anchor[1]);
    const auto half_height = static_cast<float>(0.5 * std::exp(code[2] / double{options.h_scale}) * anchor[2]);
    const auto half_width = static_cast<float>(0.5 * std::exp(code[3] / double{options.w_scale}) * anchor[3]);
    boxes[i] = {y - half_height, x - half_width, y + half_height, x + half_width};
    if (boxes[i].low_y > boxes[i].high_y || boxes[i].low_x > boxes[i].high_x) return false;
  }
  return true;
}

/// Writes results row by row; what is not filled stays 0.
class Report {
 public:
  Report(const Params& params, const Operands& operands, const Box* boxes) noexcept
      : operands_(operands), boxes_(boxes) {
    const std::int64_t rows = std::int64_t{params.options.max_detections} * params.options.max_classes_per_detection;
    std::fill_n(operands.out<float>(kDetectedBoxes), rows * kNumbersOfBox, 0.0F);
    for (const int result : {kDetectedClasses, kDetectedScores}) std::fill_n(operands.out<float>(result), rows, 0.0F);
  }
  void put(std::int64_t row, const Detection& detection) noexcept {
    std::memcpy(operands_.out<float>(kDetectedBoxes) + row * kNumbersOfBox, &boxes_[detection.box], sizeof(Box));
    operands_.out<float>(kDetectedClasses)[row] = static_cast<float>(detection.label);
    operands_.out<float>(kDetectedScores)[row] = detection.score;
  }
  void finish(std::int32_t count) noexcept { *operands_.out<float>(kCount) = static_cast<float>(count); }

 private:
  const Operands& operands_;
  const Box* boxes_;
};

/// The best classes of every chosen box.
void report_boxes(const Params& params, const Candidates& candidates, const Workspace& work, std::int32_t count,
                  Report& report) noexcept {
  const std::int32_t most = params.options.max_classes_per_detection;
  const std::int32_t labels = std::min(most, params.options.num_classes);
  for (std::int32_t n = 0; n < count; ++n) {
    const std::int32_t box = work.chosen[n];
    const float* row = candidates.scores + box * candidates.columns + candidates.first_column;
    best_classes(row, params.options.num_classes, labels, work.labels);
    for (std::int32_t k = 0; k < labels; ++k)
      report.put(std::int64_t{n} * most + k, {box, work.labels[k], row[work.labels[k]]});
  }
  report.finish(count);
}

Workspace workspace(const Layout& layout, std::byte* scratch) noexcept {
  const auto at = [scratch]<class T>(std::size_t offset, T*) { return reinterpret_cast<T*>(scratch + offset); };
  const auto integers = [&](std::size_t offset) { return at(offset, static_cast<std::int32_t*>(nullptr)); };
  const auto detections = [&](std::size_t offset) { return at(offset, static_cast<Detection*>(nullptr)); };
  return {at(layout.values, static_cast<float*>(nullptr)),
          integers(layout.kept),
          integers(layout.chosen),
          at(layout.active, static_cast<std::uint8_t*>(nullptr)),
          integers(layout.labels),
          detections(layout.detections),
          detections(layout.sorted),
          integers(layout.order)};
}

Fault run(const Params& params, const Operands& operands, TileRange) noexcept {
  auto* boxes = reinterpret_cast<Box*>(operands.scratch + params.layout.boxes);
  if (!decode(params, operands, boxes)) return Fault::invalid_value;
  auto* scores = reinterpret_cast<float*>(operands.scratch + params.layout.scores);
  for (std::int64_t i = 0; i < params.boxes * params.columns; ++i) scores[i] = real(params, operands, kScores, i);
  const Candidates candidates{{boxes, static_cast<std::size_t>(params.boxes)},
                              scores,
                              params.columns,
                              params.columns - params.options.num_classes};
  const Workspace work = workspace(params.layout, operands.scratch);
  Report report(params, operands, boxes);
  if (params.options.use_regular_nms) {
    const std::int32_t count = suppress_by_class(candidates, params.options, work);
    for (std::int32_t n = 0; n < count; ++n) report.put(n, work.detections[n]);
    report.finish(count);
  } else {
    const std::int32_t count = suppress_boxes(candidates, params.options, work);
    report_boxes(params, candidates, work, count, report);
  }
  return Fault::none;
}

Layout layout_of(const Params& params) {
  Layout layout;
  const std::int64_t most = most_detections(params.options, params.boxes) + params.boxes;
  layout.boxes = layout.take(params.boxes, sizeof(Box));
  layout.scores = layout.take(params.boxes * params.columns, sizeof(float));
  layout.values = layout.take(most, sizeof(float));
  layout.kept = layout.take(params.boxes, sizeof(std::int32_t));
  layout.chosen = layout.take(params.boxes, sizeof(std::int32_t));
  layout.active = layout.take(params.boxes, sizeof(std::uint8_t));
  layout.labels = layout.take(params.options.num_classes, sizeof(std::int32_t));
  layout.detections = layout.take(most, sizeof(Detection));
  layout.sorted = layout.take(most, sizeof(Detection));
  layout.order = layout.take(most, sizeof(std::int32_t));
  return layout;
}

Step prepare(const PrepareContext& context) {
  Params params;
  params.options = options_of(context);
  params.boxes = context.input(kBoxes).shape[1];
  params.box_stride = context.input(kBoxes).shape[2];
  params.columns = context.input(kScores).shape[2];
  for (const int i : {kBoxes, kScores, kAnchors}) {
    const auto place = static_cast<std::size_t>(i);
    params.is_integer[place] = context.input(i).dtype == DType::uint8;
    if (params.is_integer[place]) params.quantization[place] = per_tensor_quantization(context, context.input(i));
  }
  params.layout = layout_of(params);
  Step step = make_step<run>(params, "detection_post_process/scalar");
  step.scratch_bytes = params.layout.size;
  step.work = static_cast<double>(params.boxes) * static_cast<double>(params.columns);
  return step;
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"TFLite_Detection_PostProcess"},
                                .builtin_code = kCustomCode,
                                .inputs = {3, 3},
                                .outputs = {4, 4},
                                .infer = infer,
                                .prepare = prepare}};
  return kOps;
}

}  // namespace litesmith::ops::detection_post_process
