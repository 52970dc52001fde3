#include "base/error.h"
#include "ops/case.h"

namespace litesmith::ops::space_batch_nd {
namespace {

using Sizes = std::vector<std::int32_t>;

std::int64_t product(const Sizes& blocks) {
  std::int64_t count = 1;
  for (const std::int32_t block : blocks) count *= block;
  return count;
}

std::vector<Value> to_batch(const Value& x, const Sizes& blocks, const Sizes& edges, const Shape& shape) {
  return {pick(x, shape, [&](const Index& i) -> std::optional<Index> {
    Index from = i;
    from[0] = i[0] % x.shape[0];
    std::int64_t place = i[0] / x.shape[0];
    for (std::size_t k = blocks.size(); k-- > 0; place /= blocks[k]) {
      from[k + 1] = i[k + 1] * blocks[k] + place % blocks[k] - edges[2 * k];
      if (from[k + 1] < 0 || from[k + 1] >= x.shape[static_cast<int>(k) + 1]) return std::nullopt;
    }
    return from;
  })};
}

std::vector<Value> to_space(const Value& x, const Sizes& blocks, const Sizes& edges, const Shape& shape) {
  return {pick(x, shape, [&](const Index& i) {
    Index from = i;
    std::int64_t place = 0;
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      const std::int64_t at = i[k + 1] + edges[2 * k];
      place = place * blocks[k] + at % blocks[k];
      from[k + 1] = at / blocks[k];
    }
    from[0] = place * shape[0] + i[0];
    return from;
  })};
}

void add(std::vector<Case>& list, DType type, const Shape& space, const Sizes& blocks, const Sizes& edges,
         bool is_constant) {
  const auto count = static_cast<std::int32_t>(blocks.size());
  Shape batch = space;
  batch[0] = static_cast<std::int32_t>(space[0] * product(blocks));
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const int axis = static_cast<int>(k) + 1;
    batch[axis] = (space[axis] + edges[2 * k] + edges[2 * k + 1]) / blocks[k];
  }
  Value block = value_of<std::int32_t>({count}, blocks);
  Value edge = value_of<std::int32_t>({count, 2}, edges);
  block.constant = edge.constant = is_constant;
  const std::string label = concat(name(type), " ", space, " and ", batch, is_constant ? "" : ", fed");
  list.push_back({.name = label,
                  .op = "SPACE_TO_BATCH_ND",
                  .attrs = {},
                  .inputs = {distinct(type, space), block, edge},
                  .outputs = {type},
                  .reference = [=](const std::vector<Value>& in) { return to_batch(in[0], blocks, edges, batch); }});
  list.push_back({.name = label,
                  .op = "BATCH_TO_SPACE_ND",
                  .attrs = {},
                  .inputs = {distinct(type, batch), block, edge},
                  .outputs = {type},
                  .reference = [=](const std::vector<Value>& in) { return to_space(in[0], blocks, edges, space); }});
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const DType type : {DType::float32, DType::uint8, DType::int8, DType::int16, DType::int32, DType::int64})
    for (const bool is_constant : {true, false}) {
      add(list, type, {2, 4, 6, 3}, {2, 3}, {0, 0, 0, 0}, is_constant);
      add(list, type, {1, 5, 4, 1}, {3, 2}, {1, 0, 1, 1}, is_constant);
      add(list, type, {3, 5, 7}, {4}, {1, 2}, is_constant);
      add(list, type, {2, 3, 2, 33}, {2, 5}, {1, 4, 6, 7}, is_constant);
      add(list, type, {1, 2, 3, 5}, {1, 1}, {0, 0, 2, 1}, is_constant);
    }
  return list;
}

}  // namespace litesmith::ops::space_batch_nd
