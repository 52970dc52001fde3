#include <doctest/doctest.h>

#include <string>

#include "base/error.h"
#include "ops/detection_post_process/detection_post_process.h"

namespace litesmith::ops {
namespace {

const DetectionPostProcessOptions kOptions{.max_detections = 10,
                                           .max_classes_per_detection = 1,
                                           .detections_per_class = 100,
                                           .num_classes = 4,
                                           .use_regular_nms = false,
                                           .nms_score_threshold = 0.3F,
                                           .nms_iou_threshold = 0.5F,
                                           .y_scale = 10,
                                           .x_scale = 10,
                                           .h_scale = 5,
                                           .w_scale = 5};

TEST_CASE("options of a detector are written with the bytes of TensorFlow's converter and read back") {
  // names in alphabetical order; where they begin, backwards; 11 values of four bytes; their types; the root
  std::string expected;
  for (const char* name :
       {"detections_per_class", "h_scale", "max_classes_per_detection", "max_detections", "nms_iou_threshold",
        "nms_score_threshold", "num_classes", "use_regular_nms", "w_scale", "x_scale", "y_scale"})
    (expected += name) += '\0';
  expected += std::string("\x0b\xa1\x8d\x86m_N;0!\x1a\x13\x0b\0\0\0\x01\0\0\0\x0b\0\0\0", 24);
  expected += std::string("d\0\0\0\0\0\xa0@\x01\0\0\0\n\0\0\0\0\0\0?\x9a\x99\x99>", 24);
  expected += std::string("\x04\0\0\0\0\0\0\0\0\0\xa0@\0\0 A\0\0 A", 20);
  expected += std::string(
      "\x06\x0e\x06\x06\x0e\x0e\x06j\x0e\x0e\x0e"
      "7&\x01",
      14);
  const Bytes bytes = detection_options_bytes(kOptions);
  CHECK(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) == expected);
  CHECK(detection_options(bytes) == kOptions);
  DetectionPostProcessOptions other = kOptions;
  other.use_regular_nms = true;
  CHECK_FALSE(detection_options(detection_options_bytes(other)) == kOptions);
}

TEST_CASE("bytes that are no options of a detector are refused") {
  const Bytes bytes = detection_options_bytes(kOptions);
  for (const std::size_t size : {std::size_t{0}, std::size_t{2}, bytes.size() / 2, bytes.size() - 1})
    CHECK_THROWS_AS(detection_options(bytes.slice(0, size)), Error);
}

}  // namespace
}  // namespace litesmith::ops
