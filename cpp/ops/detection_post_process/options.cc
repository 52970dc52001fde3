#include <cmath>
#include <limits>

#include "base/error.h"
#include "ops/detection_post_process/detection_post_process.h"
#include "schema/flexbuffer.h"

namespace litesmith::ops {
namespace {

/// An option as a number of either kind; `otherwise` where it is missing.
double number(const schema::FlexMap& map, const char* name, double otherwise) {
  const auto found = map.find(name);
  if (found == map.end()) return otherwise;
  if (const auto* flag = std::get_if<bool>(&found->second)) return *flag ? 1 : 0;
  if (const auto* integer = std::get_if<std::int64_t>(&found->second)) return static_cast<double>(*integer);
  const auto* real = std::get_if<float>(&found->second);
  if (real == nullptr || !std::isfinite(*real)) fail(ErrorKind::value, "the option ", name, " is no finite number");
  return double{*real};
}

std::int32_t count(const schema::FlexMap& map, const char* name, std::int32_t otherwise, std::int32_t least) {
  const double given = number(map, name, otherwise);
  if (given < least || given > std::numeric_limits<std::int32_t>::max())
    fail(ErrorKind::value, "the option ", name, " is ", given, "; it must be at least ", least);
  return static_cast<std::int32_t>(given);
}

float threshold(const schema::FlexMap& map, const char* name) { return static_cast<float>(number(map, name, 0)); }

float scale(const schema::FlexMap& map, const char* name) {
  const auto given = static_cast<float>(number(map, name, 0));
  if (given == 0) fail(ErrorKind::value, "the option ", name, ", by which boxes are divided, is missing or 0");
  return given;
}

}  // namespace

DetectionPostProcessOptions detection_options(const Bytes& flexbuffer) {
  const schema::FlexMap map = schema::flex_map(flexbuffer);
  DetectionPostProcessOptions options;
  options.max_detections = count(map, "max_detections", 0, 0);
  options.max_classes_per_detection = count(map, "max_classes_per_detection", 0, 1);
  options.detections_per_class = count(map, "detections_per_class", options.detections_per_class, 1);
  options.num_classes = count(map, "num_classes", 0, 1);
  options.use_regular_nms = number(map, "use_regular_nms", 0) != 0;
  options.nms_score_threshold = threshold(map, "nms_score_threshold");
  options.nms_iou_threshold = threshold(map, "nms_iou_threshold");
  if (!(options.nms_iou_threshold > 0) || options.nms_iou_threshold > 1)
    fail(ErrorKind::value, "the option nms_iou_threshold is ", options.nms_iou_threshold,
         "; it must be above 0 and at most 1");
  options.y_scale = scale(map, "y_scale");
  options.x_scale = scale(map, "x_scale");
  options.h_scale = scale(map, "h_scale");
  options.w_scale = scale(map, "w_scale");
  return options;
}

Bytes detection_options_bytes(const DetectionPostProcessOptions& options) {
  return schema::flexbuffer_of({{"detections_per_class", std::int64_t{options.detections_per_class}},
                                {"h_scale", options.h_scale},
                                {"max_classes_per_detection", std::int64_t{options.max_classes_per_detection}},
                                {"max_detections", std::int64_t{options.max_detections}},
                                {"nms_iou_threshold", options.nms_iou_threshold},
                                {"nms_score_threshold", options.nms_score_threshold},
                                {"num_classes", std::int64_t{options.num_classes}},
                                {"use_regular_nms", options.use_regular_nms},
                                {"w_scale", options.w_scale},
                                {"x_scale", options.x_scale},
                                {"y_scale", options.y_scale}});
}

}  // namespace litesmith::ops
