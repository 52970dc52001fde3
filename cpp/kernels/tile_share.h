#pragma once

#include <cstdint>

/// Which panels and rows a tile of a matrix product stands for: shared by the products of floats and of integers.
namespace litesmith::kernels {

struct TileShare {
  std::int64_t group;
  std::int64_t panel_begin, panel_end;
  std::int64_t row_begin, row_end;

  std::int64_t rows() const noexcept { return row_end - row_begin; }
};

/// Tile `index` of a plan with `row_blocks`, `panel_blocks`, `rows` and `layout.panels`; row blocks count fastest.
template <class Plan>
TileShare tile_share(const Plan& plan, std::int64_t index) noexcept {
  const std::int64_t row_block = index % plan.row_blocks;
  const std::int64_t panel_block = index / plan.row_blocks % plan.panel_blocks;
  const auto share = [](std::int64_t total, std::int64_t part, std::int64_t parts) { return total * part / parts; };
  return {.group = index / plan.row_blocks / plan.panel_blocks,
          .panel_begin = share(plan.layout.panels, panel_block, plan.panel_blocks),
          .panel_end = share(plan.layout.panels, panel_block + 1, plan.panel_blocks),
          .row_begin = share(plan.rows, row_block, plan.row_blocks),
          .row_end = share(plan.rows, row_block + 1, plan.row_blocks)};
}

}  // namespace litesmith::kernels
