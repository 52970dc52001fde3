#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace litesmith::ops {

/// The custom operator TFLite_Detection_PostProcess: boxes of a detector decoded with its anchors, and non-maximum
/// suppression over them.
struct DetectionPostProcessOptions {
  std::int32_t max_detections = 0;
  std::int32_t max_classes_per_detection = 0;
  std::int32_t detections_per_class = 100;  // regular suppression
  std::int32_t num_classes = 0;             // without the background
  bool use_regular_nms = false;             // by class; else by the best class of each box
  float nms_score_threshold = 0;
  float nms_iou_threshold = 0;
  float y_scale = 0, x_scale = 0, h_scale = 0, w_scale = 0;
  bool operator==(const DetectionPostProcessOptions&) const = default;
};

/// Options from a node's flexbuffer, a map by their names; what is missing keeps its default. Throws Error(value) on
/// bytes that are no such map and on values that cannot be right.
DetectionPostProcessOptions detection_options(const Bytes& flexbuffer);

/// The flexbuffer that TensorFlow's converter writes.
Bytes detection_options_bytes(const DetectionPostProcessOptions& options);

}  // namespace litesmith::ops
