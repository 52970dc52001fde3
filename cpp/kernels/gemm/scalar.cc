#include <cmath>

#include "kernels/gemm/panel.h"

namespace litesmith::kernels {
namespace {

constexpr std::int64_t kColumns = 8;

float product_sum(const PanelCall& call, std::int64_t row, std::int64_t column, float sum) noexcept {
  const float* w = call.weights + column;
  for (std::int64_t s = 0; s < call.segments; ++s) {
    const float* x = call.x_rows[s * call.row_pitch + row] + call.offset;
    for (std::int64_t k = 0; k < call.length; ++k, w += kColumns) sum = std::fma(x[k], *w, sum);
  }
  return sum;
}

void run_panel(const PanelCall& call) noexcept {
  for (std::int64_t row = 0; row < call.rows; ++row) {
    float* y = call.y_rows[row] + call.y_offset;
    for (std::int64_t column = 0; column < call.columns; ++column) {
      const float start = call.bias != nullptr ? call.bias[column] : y[column];
      const float sum = product_sum(call, row, column, start);
      const float above = call.lo > sum ? call.lo : sum;
      y[column] = call.hi < above ? call.hi : above;
    }
  }
}

void run_panels(const PanelCall& call, const PanelRun& run) noexcept {
  PanelCall panel = call;
  for (std::int64_t i = 0; i < run.count; ++i) {
    panel.columns = call.columns - i * kColumns < kColumns ? call.columns - i * kColumns : kColumns;
    run_panel(panel);
    panel.weights += run.stride;
    if (panel.bias != nullptr) panel.bias += run.stride;
    panel.y_offset += kColumns;
  }
}

}  // namespace

namespace gemm_scalar {
const PanelLoops loops{simd::Isa::scalar, kColumns, 1, {run_panels, nullptr, nullptr}, {nullptr, nullptr, nullptr}};
}

}  // namespace litesmith::kernels
