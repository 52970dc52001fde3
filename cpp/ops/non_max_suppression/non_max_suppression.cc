#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include "ops/axes.h"
#include "ops/host_prepare.h"
#include "ops/op_def.h"
#include "ops/step.h"

namespace litesmith::ops::non_max_suppression {
namespace {

enum Operand { kBoxes = 0, kScores = 1, kMostSelected = 2, kIouThreshold = 3, kScoreThreshold = 4, kSigma = 5 };

bool is_soft(const NodeView& view) { return view.input_count() > kSigma; }

/// Results: selected indices, [selected scores,] number of selected ones. Places beyond that number are zero.
void infer(InferContext& context) {
  context.require_type(kMostSelected, {DType::int32});
  for (int i = 0; i < context.input_count(); ++i)
    if (i != kMostSelected) context.require_type(i, {DType::float32});
  for (int i = kIouThreshold; i < context.input_count(); ++i) require_one_value(context, i);
  context.require_rank(kBoxes, 2);
  context.require_rank(kScores, 1);
  const TensorInfo& boxes = context.input(kBoxes);
  const TensorInfo& scores = context.input(kScores);
  if (boxes.shape.has_rank() && boxes.shape[1] != kUnknownDim && boxes.shape[1] != 4)
    context.fail("'", boxes.name, "' has shape ", boxes.shape, " but a box has 4 numbers: y1, x1, y2, x2");
  if (boxes.shape.is_static() && scores.shape.is_static() && boxes.shape[0] != scores.shape[0])
    context.fail("'", boxes.name, "' has ", boxes.shape[0], " boxes but '", scores.name, "' has ", scores.shape[0],
                 " scores");
  const auto most = scalar_value(context, kMostSelected);
  const Shape selected{most ? dimension(context, *most, 0) : kUnknownDim};
  context.set_output(0, DType::int32, selected);
  if (is_soft(context)) context.set_output(1, DType::float32, selected);
  context.set_output(is_soft(context) ? 2 : 1, DType::int32, Shape{});
}

struct Box {
  float low_y, low_x, high_y, high_x;
  float area() const noexcept { return (high_y - low_y) * (high_x - low_x); }
};

/// The corners may come in either order.
Box box_at(const std::byte* boxes, std::int32_t i) noexcept {
  float c[4];
  std::memcpy(c, boxes + std::int64_t{i} * 16, sizeof(c));
  return {std::min(c[0], c[2]), std::min(c[1], c[3]), std::max(c[0], c[2]), std::max(c[1], c[3])};
}

float intersection_over_union(const Box& a, const Box& b) noexcept {
  const float area_a = a.area();
  const float area_b = b.area();
  if (area_a <= 0 || area_b <= 0) return 0;
  const float height = std::max(0.0f, std::min(a.high_y, b.high_y) - std::max(a.low_y, b.low_y));
  const float width = std::max(0.0f, std::min(a.high_x, b.high_x) - std::max(a.low_x, b.low_x));
  const float common = height * width;
  return common / (area_a + area_b - common);
}

struct Candidate {
  float score;
  std::int32_t box;
  /// Selected boxes before this one have been compared with it already.
  std::int32_t compared;
};

/// Heap order: best score first, equal ones by place.
bool is_worse(const Candidate& a, const Candidate& b) noexcept {
  return a.score < b.score || (a.score == b.score && a.box > b.box);
}

struct Thresholds {
  float iou = 0, score = 0, sigma = 0;
};

enum class Verdict { keep, lowered, suppressed };

/// Compares a candidate with the boxes selected since its last turn; soft suppression lowers its score.
Verdict compare(Candidate& candidate, const std::byte* boxes, const std::int32_t* selected, std::int32_t count,
                const Thresholds& thresholds) noexcept {
  const float before = candidate.score;
  const Box box = box_at(boxes, candidate.box);
  for (std::int32_t i = count - 1; i >= candidate.compared; --i) {
    const float overlap = intersection_over_union(box, box_at(boxes, selected[i]));
    if (overlap >= thresholds.iou) return Verdict::suppressed;
    if (thresholds.sigma > 0) candidate.score *= std::exp(-0.5f / thresholds.sigma * overlap * overlap);
    if (candidate.score <= thresholds.score) return Verdict::suppressed;
  }
  candidate.compared = count;
  return candidate.score < before ? Verdict::lowered : Verdict::keep;
}

struct Suppression {
  std::int32_t boxes = 0, most = 0;
  bool is_soft = false;
};

std::int32_t select(const Suppression& params, const Operands& operands, const Thresholds& thresholds) noexcept {
  auto* heap = reinterpret_cast<Candidate*>(operands.scratch);
  std::int64_t size = 0;
  for (std::int32_t i = 0; i < params.boxes; ++i) {
    float score = 0;
    std::memcpy(&score, operands.inputs[kScores] + std::int64_t{i} * 4, sizeof(score));
    if (score > thresholds.score) heap[size++] = {score, i, 0};
  }
  std::make_heap(heap, heap + size, is_worse);
  auto* selected = operands.out<std::int32_t>(0);
  std::int32_t count = 0;
  while (count < params.most && size > 0) {
    std::pop_heap(heap, heap + size, is_worse);
    Candidate& best = heap[size - 1];
    const Verdict verdict = compare(best, operands.inputs[kBoxes], selected, count, thresholds);
    if (verdict == Verdict::lowered) {
      std::push_heap(heap, heap + size, is_worse);
      continue;
    }
    --size;
    if (verdict == Verdict::suppressed) continue;
    selected[count] = best.box;
    if (params.is_soft) operands.out<float>(1)[count] = best.score;
    ++count;
  }
  return count;
}

Fault run(const Suppression& params, const Operands& operands, TileRange) noexcept {
  Thresholds thresholds;
  std::memcpy(&thresholds.iou, operands.inputs[kIouThreshold], sizeof(float));
  std::memcpy(&thresholds.score, operands.inputs[kScoreThreshold], sizeof(float));
  if (params.is_soft) std::memcpy(&thresholds.sigma, operands.inputs[kSigma], sizeof(float));
  const bool is_usable = thresholds.iou >= 0 && thresholds.iou <= 1 && thresholds.sigma >= 0;
  if (!is_usable) return Fault::invalid_value;
  const std::int32_t count = select(params, operands, thresholds);
  std::fill(operands.out<std::int32_t>(0) + count, operands.out<std::int32_t>(0) + params.most, 0);
  if (params.is_soft) std::fill(operands.out<float>(1) + count, operands.out<float>(1) + params.most, 0.0f);
  *operands.out<std::int32_t>(params.is_soft ? 2 : 1) = count;
  return Fault::none;
}

Step prepare(const PrepareContext& context) {
  const Suppression params{context.input(kBoxes).shape[0], context.output(0).shape[0], is_soft(context)};
  Step step = make_step<run>(params, "non_max_suppression/scalar");
  step.scratch_bytes = static_cast<std::size_t>(params.boxes) * sizeof(Candidate);
  step.work = static_cast<double>(params.boxes) * params.most;
  return step;
}

OpDef row(std::string_view name, std::int32_t code, int operands, int results, int options_type) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = {operands, operands},
          .outputs = {results, results},
          .infer = infer,
          .options_type = options_type,
          .prepare = prepare,
          .host = prepare_and_run};
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {row("NON_MAX_SUPPRESSION_V4", 120, 5, 2, 95),
                               row("NON_MAX_SUPPRESSION_V5", 121, 6, 3, 96)};
  return kOps;
}

}  // namespace litesmith::ops::non_max_suppression
