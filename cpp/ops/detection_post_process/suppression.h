#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ops/detection_post_process/detection_post_process.h"

/// Non-maximum suppression as LiteRT's kernel does it; ties included.
namespace litesmith::ops::detection_post_process {

struct Box {
  float low_y, low_x, high_y, high_x;
};

/// A box that is reported, and as what.
struct Detection {
  std::int32_t box;
  std::int32_t label;
  float score;
};

/// What a suppression works on; everything belongs to the caller.
struct Candidates {
  std::span<const Box> boxes;
  const float* scores;        // rows of `columns` per box, the background first where it has one
  std::int64_t columns;       // of a row of scores
  std::int64_t first_column;  // of the first class
};

/// Memory for one run. With n boxes, k classes and d = most_detections(): kept, chosen and active hold n, labels k,
/// the others d + n elements.
struct Workspace {
  float* values;
  std::int32_t* kept;
  std::int32_t* chosen;
  std::uint8_t* active;
  std::int32_t* labels;
  Detection* detections;
  Detection* sorted;
  std::int32_t* order;
};

/// Detections that either suppression can give for n boxes.
std::int64_t most_detections(const DetectionPostProcessOptions& options, std::int64_t boxes) noexcept;

/// Every class by itself, then the best of all. Detections stand in `work.detections`; gives their number.
std::int32_t suppress_by_class(const Candidates& candidates, const DetectionPostProcessOptions& options,
                               const Workspace& work) noexcept;

/// All classes together, a box counting with its best class. Gives the number of boxes, which stand in `work.chosen`.
std::int32_t suppress_boxes(const Candidates& candidates, const DetectionPostProcessOptions& options,
                            const Workspace& work) noexcept;

/// The `count` >= 1 best of n values, greatest first, as indices in order[0..count), which holds n. Equal ones stand as
/// LiteRT's partial sort leaves them.
void best_classes(const float* values, std::int64_t n, std::int64_t count, std::int32_t* order) noexcept;

}  // namespace litesmith::ops::detection_post_process
