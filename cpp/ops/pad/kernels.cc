#include "ops/pad/kernels.h"

#include <algorithm>
#include <cstring>

#include "kernels/strided_copy/strided_copy.h"
#include "ops/tiles.h"

namespace litesmith::ops::pad {
namespace {

constexpr std::int64_t kTileBytes = 32768;

std::int64_t rows_per_tile(std::int64_t row_bytes) {
  return std::max<std::int64_t>(1, kTileBytes / std::max<std::int64_t>(1, row_bytes));
}

/// Copies one entry per offset. `width` is a compile-time constant so that memcpy becomes a move.
template <std::size_t width>
void gather_row(const std::vector<std::int64_t>& offsets, const std::byte* from, std::byte* to) noexcept {
  for (std::size_t i = 0; i < offsets.size(); ++i) std::memcpy(to + i * width, from + offsets[i], width);
}

using GatherRow = void (*)(const std::vector<std::int64_t>&, const std::byte*, std::byte*) noexcept;

GatherRow gather_row_of(int width) noexcept {
  switch (width) {
    case 16: return gather_row<16>;
    case 8: return gather_row<8>;
    case 4: return gather_row<4>;
    case 2: return gather_row<2>;
    default: return gather_row<1>;
  }
}

}  // namespace

PadPlan plan_pad(const std::vector<Padding>& axes, int width) {
  PadPlan plan;
  plan.width = width;
  for (const Padding& axis : axes) {
    const bool joins = !plan.axes.empty() && axis.before == 0 && axis.after == 0;
    if (!joins) {
      plan.axes.push_back(axis);
      continue;
    }
    Padding& last = plan.axes.back();
    last = {last.before * axis.size, last.size * axis.size, last.after * axis.size};
  }
  if (plan.axes.empty()) plan.axes.push_back({0, 1, 0});
  Padding& row = plan.axes.back();
  row = {row.before * width, row.size * width, row.after * width};
  plan.from_strides.resize(plan.axes.size());
  std::int64_t stride = 1;
  plan.rows = 1;
  for (std::size_t i = plan.axes.size(); i-- > 0;) {
    plan.from_strides[i] = stride;
    stride *= plan.axes[i].size;
    if (i + 1 < plan.axes.size()) plan.rows *= plan.axes[i].total();
  }
  plan.rows_per_tile = rows_per_tile(row.total());
  return plan;
}

Fault run_pad(const PadPlan& plan, const Operands& operands, TileRange tiles) noexcept {
  const Padding row = plan.axes.back();
  const std::byte* value = plan.value_operand < 0 ? plan.value.data() : operands.inputs[plan.value_operand];
  const auto fill = [&](std::byte* to, std::int64_t bytes) {
    kernels::fill_elements(value, plan.width, to, bytes / plan.width);
  };
  const Range rows = items_of(tiles, plan.rows, plan.rows_per_tile);
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    std::byte* to = operands.outputs[0] + r * row.total();
    std::int64_t rest = r;
    std::int64_t offset = 0;
    bool is_inside = true;
    for (std::size_t i = plan.axes.size() - 1; i-- > 0;) {
      const Padding& axis = plan.axes[i];
      const std::int64_t at = rest % axis.total() - axis.before;
      rest /= axis.total();
      is_inside = is_inside && at >= 0 && at < axis.size;
      offset += at * plan.from_strides[i];
    }
    if (!is_inside) {
      fill(to, row.total());
      continue;
    }
    fill(to, row.before);
    if (row.size > 0) std::memcpy(to + row.before, operands.inputs[0] + offset, static_cast<std::size_t>(row.size));
    fill(to + row.before + row.size, row.after);
  }
  return Fault::none;
}

MirrorPlan plan_mirror(const std::vector<Padding>& axes, int width, bool repeats_border) {
  MirrorPlan plan;
  plan.width = width;
  plan.offsets.resize(std::max<std::size_t>(1, axes.size()));
  if (axes.empty()) plan.offsets[0] = {0};
  std::int64_t stride = width;
  for (std::size_t i = axes.size(); i-- > 0;) {
    const Padding& axis = axes[i];
    for (std::int64_t at = -axis.before; at < axis.size + axis.after; ++at) {
      const std::int64_t border = repeats_border ? 1 : 0;
      std::int64_t source = at;
      if (at < 0) source = -at - border;
      if (at >= axis.size) source = 2 * axis.size - 2 - at + border;
      plan.offsets[i].push_back(source * stride);
    }
    stride *= axis.size;
  }
  plan.rows = 1;
  for (std::size_t i = 0; i + 1 < plan.offsets.size(); ++i)
    plan.rows *= static_cast<std::int64_t>(plan.offsets[i].size());
  plan.rows_per_tile = rows_per_tile(static_cast<std::int64_t>(plan.offsets.back().size()) * width);
  return plan;
}

Fault run_mirror(const MirrorPlan& plan, const Operands& operands, TileRange tiles) noexcept {
  const GatherRow gather = gather_row_of(plan.width);
  const std::vector<std::int64_t>& inner = plan.offsets.back();
  const std::int64_t row_bytes = static_cast<std::int64_t>(inner.size()) * plan.width;
  const Range rows = items_of(tiles, plan.rows, plan.rows_per_tile);
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    std::int64_t rest = r;
    std::int64_t offset = 0;
    for (std::size_t i = plan.offsets.size() - 1; i-- > 0;) {
      const auto size = static_cast<std::int64_t>(plan.offsets[i].size());
      offset += plan.offsets[i][static_cast<std::size_t>(rest % size)];
      rest /= size;
    }
    gather(inner, operands.inputs[0] + offset, operands.outputs[0] + r * row_bytes);
  }
  return Fault::none;
}

}  // namespace litesmith::ops::pad
