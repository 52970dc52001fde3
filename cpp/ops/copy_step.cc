#include "ops/copy_step.h"

#include <algorithm>
#include <utility>

namespace litesmith::ops {
namespace {

struct Pieces {
  std::vector<CopyPiece> list;
  std::vector<std::int64_t> first_tile;  // of each piece; then the number of tiles
};

Fault run(const Pieces& params, const Operands& operands, TileRange tiles) noexcept {
  const auto& starts = params.first_tile;
  const auto found = std::upper_bound(starts.begin(), starts.end(), tiles.begin);
  for (auto i = static_cast<std::size_t>(found - starts.begin()) - 1; i < params.list.size(); ++i) {
    if (starts[i] >= tiles.end) break;
    const CopyPiece& piece = params.list[i];
    kernels::run_strided_copy(
        piece.copy, operands.inputs[piece.input] + piece.from_offset, operands.outputs[piece.output] + piece.to_offset,
        std::max(tiles.begin, starts[i]) - starts[i], std::min(tiles.end, starts[i + 1]) - starts[i]);
  }
  return Fault::none;
}

}  // namespace

Step make_copy_step(std::vector<CopyPiece> pieces, std::string kernel_name) {
  Pieces params{{}, {0}};
  double work = 0;
  for (CopyPiece& piece : pieces) {
    if (piece.copy.units == 0) continue;
    params.first_tile.push_back(params.first_tile.back() + piece.copy.tiles);
    work += static_cast<double>(piece.copy.bytes) / std::max(piece.copy.width, 4);
    params.list.push_back(std::move(piece));
  }
  const std::int64_t tiles = std::max<std::int64_t>(1, params.first_tile.back());
  Step step = make_step<run>(std::move(params), std::move(kernel_name));
  step.tiles = tiles;
  step.work = work;
  return step;
}

std::int64_t element_bytes(const PrepareContext& context, const TensorInfo& tensor) {
  const auto bytes = static_cast<std::int64_t>(byte_width(tensor.dtype));
  if (bytes == 0) context.fail_no_kernel("types whose elements take 1, 2, 4, 8 or 16 bytes");
  return bytes;
}

std::vector<std::int64_t> dense_strides(const Shape& shape, std::int64_t element_bytes) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(shape.rank()));
  std::int64_t stride = element_bytes;
  for (std::size_t axis = strides.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride = checked_product(stride, shape[static_cast<int>(axis)]);
  }
  return strides;
}

}  // namespace litesmith::ops
