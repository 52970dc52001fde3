#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "ops/case.h"

namespace litesmith::ops::non_max_suppression {
namespace {

double overlap(const float* a, const float* b) {
  const auto side = [](const float* box, int i) { return std::abs(double{box[i + 2]} - box[i]); };
  double common = 1;
  for (const int i : {0, 1})
    common *= std::max(0.0, std::min<double>(std::max(a[i], a[i + 2]), std::max(b[i], b[i + 2])) -
                                std::max<double>(std::min(a[i], a[i + 2]), std::min(b[i], b[i + 2])));
  const double area = side(a, 0) * side(a, 1) + side(b, 0) * side(b, 1) - common;
  return area > 0 ? common / area : 0;
}

/// Takes the best of what is left, then lowers or drops what overlaps it, until nothing is left.
std::vector<Value> selected(const std::vector<Value>& inputs) {
  const auto boxes = inputs[0].as<float>();
  std::vector<double> scores(inputs[1].as<float>().begin(), inputs[1].as<float>().end());
  const auto most = static_cast<std::size_t>(inputs[2].as<std::int32_t>()[0]);
  const float iou = inputs[3].as<float>()[0];
  const float least = inputs[4].as<float>()[0];
  const float sigma = inputs.size() > 5 ? inputs[5].as<float>()[0] : 0;
  std::vector<std::int32_t> indices(most);
  std::vector<float> kept(most);
  std::int32_t count = 0;
  for (std::size_t n = 0; n < most; ++n) {
    const auto best = std::max_element(scores.begin(), scores.end());
    if (best == scores.end() || !(*best > least)) break;
    const auto i = static_cast<std::size_t>(best - scores.begin());
    indices[n] = static_cast<std::int32_t>(i);
    kept[n] = static_cast<float>(*best);
    *best = -1e30;
    ++count;
    for (std::size_t j = 0; j < scores.size(); ++j) {
      const double common = overlap(&boxes[4 * i], &boxes[4 * j]);
      if (common >= iou) scores[j] = -1e30;
      if (sigma > 0 && scores[j] > -1e29) scores[j] *= std::exp(-0.5 / sigma * common * common);
    }
  }
  const Shape shape{static_cast<std::int32_t>(most)};
  std::vector<Value> results{value_of(shape, indices)};
  if (inputs.size() > 5) results.push_back(value_of(shape, kept));
  results.push_back(value_of<std::int32_t>({}, {count}));
  return results;
}

Case suppression(int boxes, int most, float iou, float least, std::optional<float> sigma, bool is_constant) {
  Value most_value = value_of<std::int32_t>({}, {most});
  most_value.constant = is_constant;
  std::vector<Value> inputs = {uniform(DType::float32, {boxes, 4}, 0, 1, 5), uniform(DType::float32, {boxes}, 0, 1, 6),
                               most_value, value_of<float>({}, {iou}), value_of<float>({}, {least})};
  if (sigma) inputs.push_back(value_of<float>({}, {*sigma}));
  return {.name = concat(boxes, " boxes, iou ", iou, sigma ? concat(", sigma ", *sigma) : ""),
          .op = sigma ? "NON_MAX_SUPPRESSION_V5" : "NON_MAX_SUPPRESSION_V4",
          .attrs = {},
          .inputs = std::move(inputs),
          .outputs =
              sigma ? std::vector{DType::int32, DType::float32, DType::int32} : std::vector{DType::int32, DType::int32},
          .reference = selected,
          .relative = 1e-6};  // the reference works in float64
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const bool is_constant : {true, false}) {
    list.push_back(suppression(60, 20, 0.3f, 0.1f, std::nullopt, is_constant));
    list.push_back(suppression(60, 100, 0.7f, 0.5f, std::nullopt, is_constant));
    list.push_back(suppression(0, 3, 0.5f, 0, std::nullopt, is_constant));
    list.push_back(suppression(7, 0, 0.5f, 0, std::nullopt, is_constant));
    list.push_back(suppression(60, 30, 0.6f, 0.2f, 0.0f, is_constant));
    list.push_back(suppression(60, 30, 0.6f, 0.2f, 0.3f, is_constant));
    list.push_back(suppression(60, 80, 1.0f, 0.05f, 0.5f, is_constant));
  }
  return list;
}

}  // namespace litesmith::ops::non_max_suppression
