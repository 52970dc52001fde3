#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ops/case.h"
#include "ops/detection_post_process/detection_post_process.h"
#include "ops/opaque.h"

namespace litesmith::ops::detection_post_process {
namespace {

using Corners = std::array<double, 4>;

struct Found {
  std::size_t box;
  int label;
  double score;
};

std::vector<double> reals(const Value& value) {
  if (value.dtype == DType::float32) return {value.as<float>().begin(), value.as<float>().end()};
  std::vector<double> result;
  for (const std::uint8_t x : value.as<std::uint8_t>())
    result.push_back((x - static_cast<double>(value.quantization.zero_points[0])) *
                     double{value.quantization.scales[0]});
  return result;
}

std::vector<Corners> corners(const std::vector<Value>& inputs, const DetectionPostProcessOptions& options) {
  const std::vector<double> codes = reals(inputs[0]);
  const std::vector<double> anchors = reals(inputs[2]);
  const auto stride = static_cast<std::size_t>(inputs[0].shape[2]);
  std::vector<Corners> boxes(anchors.size() / 4);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const double* code = &codes[i * stride];
    const double* anchor = &anchors[i * 4];
    const double y = code[0] / double{options.y_scale} * anchor[2] + anchor[0];
    const double x = code[1] / double{options.x_scale} * anchor[3] + anchor[1];
    const double height = std::exp(code[2] / double{options.h_scale}) * anchor[2];
    const double width = std::exp(code[3] / double{options.w_scale}) * anchor[3];
    boxes[i] = {y - height / 2, x - width / 2, y + height / 2, x + width / 2};
  }
  return boxes;
}

double overlap(const Corners& a, const Corners& b) {
  const double height = std::max(0.0, std::min(a[2], b[2]) - std::max(a[0], b[0]));
  const double width = std::max(0.0, std::min(a[3], b[3]) - std::max(a[1], b[1]));
  const auto area = [](const Corners& box) { return (box[2] - box[0]) * (box[3] - box[1]); };
  const double common = height * width;
  return common > 0 ? common / (area(a) + area(b) - common) : 0;
}

/// Takes the best candidate that overlaps none of those taken, until there is none.
std::vector<Found> greedy(std::vector<Found> left, const std::vector<Corners>& boxes,
                          const DetectionPostProcessOptions& options, int most) {
  std::erase_if(left, [&](const Found& found) { return found.score < double{options.nms_score_threshold}; });
  std::vector<Found> taken;
  while (!left.empty() && static_cast<int>(taken.size()) < most) {
    const Found best =
        *std::ranges::max_element(left, [](const Found& a, const Found& b) { return a.score < b.score; });
    taken.push_back(best);
    std::erase_if(left, [&](const Found& found) {
      return found.box == best.box || overlap(boxes[found.box], boxes[best.box]) > double{options.nms_iou_threshold};
    });
  }
  return taken;
}

void sort_by_score(std::vector<Found>& list) {
  std::ranges::stable_sort(list, [](const Found& a, const Found& b) { return a.score > b.score; });
}

std::vector<std::vector<Found>> detections(const std::vector<Value>& inputs,
                                           const DetectionPostProcessOptions& options) {
  const std::vector<double> scores = reals(inputs[1]);
  const std::vector<Corners> boxes = corners(inputs, options);
  const int background = inputs[1].shape[2] - options.num_classes;
  std::vector<std::vector<Found>> by_class(static_cast<std::size_t>(options.num_classes)), by_box(boxes.size());
  for (std::size_t i = 0; i < boxes.size(); ++i)
    for (int k = 0; k < options.num_classes; ++k) {
      const auto place = static_cast<std::int64_t>(i) * inputs[1].shape[2] + background + k;
      const Found found{i, k, scores[static_cast<std::size_t>(place)]};
      by_class[static_cast<std::size_t>(k)].push_back(found);
      by_box[i].push_back(found);
    }
  std::vector<std::vector<Found>> rows;
  if (options.use_regular_nms) {
    std::vector<Found> all;
    for (const auto& candidates : by_class)
      for (const Found& found : greedy(candidates, boxes, options, options.detections_per_class)) all.push_back(found);
    sort_by_score(all);
    for (const Found& found : all)
      if (static_cast<int>(rows.size()) < options.max_detections) rows.push_back({found});
    return rows;
  }
  std::vector<Found> best;
  for (auto& labels : by_box) {
    sort_by_score(labels);
    best.push_back(labels.front());
  }
  for (const Found& found : greedy(best, boxes, options, options.max_detections)) rows.push_back(by_box[found.box]);
  return rows;
}

std::vector<Value> reference(const std::vector<Value>& inputs, const DetectionPostProcessOptions& options) {
  const std::vector<Corners> boxes = corners(inputs, options);
  const int columns = options.max_classes_per_detection;
  const auto rows = static_cast<std::size_t>(options.max_detections) * static_cast<std::size_t>(columns);
  std::vector<float> box(rows * 4), label(rows), score(rows);
  const auto all = detections(inputs, options);
  const std::size_t step = options.use_regular_nms ? 1 : static_cast<std::size_t>(columns);
  for (std::size_t n = 0; n < all.size(); ++n)
    for (std::size_t k = 0; k < std::min(all[n].size(), step); ++k) {
      const std::size_t row = n * step + k;
      for (std::size_t c = 0; c < 4; ++c) box[row * 4 + c] = static_cast<float>(boxes[all[n][k].box][c]);
      label[row] = static_cast<float>(all[n][k].label);
      score[row] = static_cast<float>(all[n][k].score);
    }
  const auto found = static_cast<std::int32_t>(rows);
  return {value_of(Shape{1, found, 4}, box), value_of(Shape{1, found}, label), value_of(Shape{1, found}, score),
          value_of<float>({1}, {static_cast<float>(all.size())})};
}

struct Sizes {
  int boxes, classes, numbers = 4;
  bool has_background = true;
};

Case detection(const std::string& name, Sizes sizes, DetectionPostProcessOptions options, bool is_integer) {
  options.num_classes = sizes.classes;
  options.y_scale = options.x_scale = 10;
  options.h_scale = options.w_scale = 5;
  const Shape scores{1, sizes.boxes, sizes.classes + (sizes.has_background ? 1 : 0)};
  std::vector<Value> inputs = {uniform(DType::float32, {1, sizes.boxes, sizes.numbers}, -4, 4, 11),
                               uniform(DType::float32, scores, 0, 1, 12),
                               uniform(DType::float32, {sizes.boxes, 4}, 0.1, 0.7, 13)};
  if (is_integer) {
    inputs = {uniform(DType::uint8, {1, sizes.boxes, sizes.numbers}, 0, 255, 11), distinct(DType::uint8, scores),
              uniform(DType::uint8, {sizes.boxes, 4}, 20, 200, 13)};
    inputs[0].quantization = {.scales = {0.03F}, .zero_points = {128}};
    inputs[1].quantization = {.scales = {1.0F / 256}, .zero_points = {0}};
    inputs[2].quantization = {.scales = {0.0035F}, .zero_points = {2}};
  }
  inputs[2].constant = true;
  return {.name = concat(name, ", ", sizes.boxes, " boxes of ", sizes.classes, " classes"),
          .op = "TFLite_Detection_PostProcess",
          .attrs = CustomAttrs{"TFLite_Detection_PostProcess", detection_options_bytes(options)},
          .inputs = std::move(inputs),
          .outputs = {4, DType::float32},
          .reference = [options](const std::vector<Value>& given) { return reference(given, options); },
          .relative = 1e-6};  // the reference keeps float64 throughout
}

}  // namespace

std::vector<Case> cases() {
  const DetectionPostProcessOptions fast{
      .max_detections = 10, .max_classes_per_detection = 1, .nms_score_threshold = 0.3F, .nms_iou_threshold = 0.4F};
  DetectionPostProcessOptions several = fast, regular = fast, few = fast;
  several.max_classes_per_detection = 3;
  regular.use_regular_nms = true;
  few.use_regular_nms = true;
  few.detections_per_class = 2;
  few.max_detections = 1;
  few.nms_score_threshold = 0;
  std::vector<Case> list;
  for (const bool is_integer : {false, true}) {
    const std::string type = is_integer ? "uint8 " : "";
    list.push_back(detection(type + "fast", {60, 3}, fast, is_integer));
    list.push_back(detection(type + "fast, one class", {70, 1}, fast, is_integer));
    list.push_back(detection(type + "fast, three classes each", {40, 5, 7}, several, is_integer));
    list.push_back(detection(type + "fast, three of two classes", {9, 2, 4, false}, several, is_integer));
    list.push_back(detection(type + "regular", {60, 3}, regular, is_integer));
    list.push_back(detection(type + "regular, no background", {50, 4, 4, false}, regular, is_integer));
    list.push_back(detection(type + "regular, the best one", {30, 4}, few, is_integer));
    list.push_back(detection(type + "one box", {1, 1}, regular, is_integer));
    list.push_back(detection(type + "no box", {0, 2}, fast, is_integer));
  }
  return list;
}

}  // namespace litesmith::ops::detection_post_process
