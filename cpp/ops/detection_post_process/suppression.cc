#include "ops/detection_post_process/suppression.h"

#include <algorithm>
#include <numeric>

namespace litesmith::ops::detection_post_process {
namespace {

float area(const Box& box) noexcept { return (box.high_y - box.low_y) * (box.high_x - box.low_x); }

float intersection_over_union(const Box& a, const Box& b) noexcept {
  const float area_a = area(a);
  const float area_b = area(b);
  if (area_a <= 0 || area_b <= 0) return 0;
  const float height = std::max(std::min(a.high_y, b.high_y) - std::max(a.low_y, b.low_y), 0.0F);
  const float width = std::max(std::min(a.high_x, b.high_x) - std::max(a.low_x, b.low_x), 0.0F);
  const float common = height * width;
  return common / (area_a + area_b - common);
}

/// Greatest value first, equal ones by place.
struct FirstBest {
  const float* values;
  bool operator()(std::int32_t a, std::int32_t b) const noexcept {
    return values[a] > values[b] || (values[a] == values[b] && a < b);
  }
};

/// Boxes of `work.values` in descending order of value, without those that overlap a better one; at most `most` of them
/// in `work.chosen`.
std::int32_t suppress(std::span<const Box> boxes, const DetectionPostProcessOptions& options, std::int64_t most,
                      const Workspace& work) noexcept {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < boxes.size(); ++i)
    if (work.values[i] >= options.nms_score_threshold) work.kept[count++] = static_cast<std::int32_t>(i);
  std::sort(work.kept, work.kept + count, FirstBest{work.values});
  std::fill_n(work.active, count, std::uint8_t{1});
  std::int32_t chosen = 0;
  for (std::int64_t i = 0; i < count && chosen < most; ++i) {
    if (work.active[i] == 0) continue;
    const Box& best = boxes[static_cast<std::size_t>(work.kept[i])];
    work.chosen[chosen++] = work.kept[i];
    for (std::int64_t j = i + 1; j < count; ++j)
      if (work.active[j] != 0 &&
          intersection_over_union(best, boxes[static_cast<std::size_t>(work.kept[j])]) > options.nms_iou_threshold)
        work.active[j] = 0;
  }
  return chosen;
}

/// A heap of indices whose top has the least value. Which of equal values ends up first follows from how it moves them:
/// a gap sinks to a leaf, the right one of two equal children rising, and what fills the leaf rises past lesser ones.
class WorstOnTop {
 public:
  WorstOnTop(const float* values, std::int32_t* heap, std::int64_t size) noexcept
      : values_(values), heap_(heap), size_(size) {
    for (std::int64_t place = size / 2 - 1; place >= 0; --place) fill(place, heap_[place]);
  }
  /// Takes the index in the place of the top when it is better.
  void offer(std::int32_t& index) noexcept {
    if (!is_better(index, heap_[0])) return;
    const std::int32_t taken = index;
    index = heap_[0];
    fill(0, taken);
  }
  /// Orders the indices, best first; the heap is gone.
  void sort() noexcept {
    while (size_ > 1) {
      --size_;
      const std::int32_t last = heap_[size_];
      heap_[size_] = heap_[0];
      fill(0, last);
    }
  }

 private:
  bool is_better(std::int32_t a, std::int32_t b) const noexcept { return values_[a] > values_[b]; }
  std::int64_t worse_child(std::int64_t place) const noexcept {
    const std::int64_t right = 2 * place + 2;
    return right >= size_ || is_better(heap_[right], heap_[right - 1]) ? right - 1 : right;
  }
  /// Puts an index below the gap, or into it.
  void fill(std::int64_t gap, std::int32_t index) noexcept {
    const std::int64_t top = gap;
    while (2 * gap + 1 < size_) {
      const std::int64_t child = worse_child(gap);
      heap_[gap] = heap_[child];
      gap = child;
    }
    for (; gap > top && is_better(heap_[(gap - 1) / 2], index); gap = (gap - 1) / 2) heap_[gap] = heap_[(gap - 1) / 2];
    heap_[gap] = index;
  }

  const float* values_;
  std::int32_t* heap_;
  std::int64_t size_;
};

/// Keeps the best detections of the first `count`.
std::int32_t keep_best(std::int32_t count, std::int64_t most, const Workspace& work) noexcept {
  for (std::int32_t i = 0; i < count; ++i) work.values[i] = work.detections[i].score;
  const auto kept = static_cast<std::int32_t>(std::min<std::int64_t>(count, most));
  std::iota(work.order, work.order + count, 0);
  std::partial_sort(work.order, work.order + kept, work.order + count, FirstBest{work.values});
  for (std::int32_t i = 0; i < kept; ++i) work.sorted[i] = work.detections[work.order[i]];
  std::copy_n(work.sorted, kept, work.detections);
  return kept;
}

}  // namespace

std::int64_t most_detections(const DetectionPostProcessOptions& options, std::int64_t boxes) noexcept {
  return std::min<std::int64_t>(options.max_detections, boxes * options.num_classes);
}

void best_classes(const float* values, std::int64_t n, std::int64_t count, std::int32_t* order) noexcept {
  if (count == 1) {
    *order = static_cast<std::int32_t>(std::max_element(values, values + n) - values);
    return;
  }
  std::iota(order, order + n, 0);
  WorstOnTop heap(values, order, count);
  for (std::int64_t i = count; i < n; ++i) heap.offer(order[i]);
  heap.sort();
}

std::int32_t suppress_by_class(const Candidates& candidates, const DetectionPostProcessOptions& options,
                               const Workspace& work) noexcept {
  const auto boxes = static_cast<std::int64_t>(candidates.boxes.size());
  std::int32_t count = 0;
  for (std::int32_t label = 0; label < options.num_classes; ++label) {
    const float* column = candidates.scores + candidates.first_column + label;
    for (std::int64_t i = 0; i < boxes; ++i) work.values[i] = column[i * candidates.columns];
    const std::int32_t chosen = suppress(candidates.boxes, options, options.detections_per_class, work);
    for (std::int32_t i = 0; i < chosen; ++i)
      work.detections[count++] = {work.chosen[i], label, work.values[work.chosen[i]]};
    count = keep_best(count, options.max_detections, work);
  }
  return count;
}

std::int32_t suppress_boxes(const Candidates& candidates, const DetectionPostProcessOptions& options,
                            const Workspace& work) noexcept {
  for (std::size_t i = 0; i < candidates.boxes.size(); ++i) {
    const float* row = candidates.scores + static_cast<std::int64_t>(i) * candidates.columns + candidates.first_column;
    work.values[i] = *std::max_element(row, row + options.num_classes);
  }
  return suppress(candidates.boxes, options, options.max_detections, work);
}

}  // namespace litesmith::ops::detection_post_process
