#include "base/error.h"
#include "ops/case.h"
#include "ops/space_depth/space_depth.h"

namespace litesmith::ops::space_depth {
namespace {

std::vector<Value> to_depth(const Value& x, std::int32_t block) {
  const std::int32_t channels = x.shape[3];
  const Shape shape{x.shape[0], x.shape[1] / block, x.shape[2] / block, channels * block * block};
  return {pick(x, shape, [=](const Index& i) {
    const std::int64_t place = i[3] / channels;
    return Index{i[0], i[1] * block + place / block, i[2] * block + place % block, i[3] % channels};
  })};
}

std::vector<Value> to_space(const Value& x, std::int32_t block) {
  const std::int32_t channels = x.shape[3] / block / block;
  const Shape shape{x.shape[0], x.shape[1] * block, x.shape[2] * block, channels};
  return {pick(x, shape, [=](const Index& i) {
    const std::int64_t place = i[1] % block * block + i[2] % block;
    return Index{i[0], i[1] / block, i[2] / block, place * channels + i[3]};
  })};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const DType type : {DType::float32, DType::uint8, DType::int8, DType::int32, DType::int64})
    for (const std::int32_t block : {1, 2, 3})
      for (const std::int32_t channels : {1, 3, 16}) {
        const std::string label = concat(name(type), " block ", block, " channels ", channels);
        list.push_back({.name = label,
                        .op = "SPACE_TO_DEPTH",
                        .attrs = SpaceDepthAttrs{block},
                        .inputs = {distinct(type, {2, 2 * block, 3 * block, channels})},
                        .outputs = {type},
                        .reference = [block](const std::vector<Value>& in) { return to_depth(in[0], block); }});
        list.push_back({.name = label,
                        .op = "DEPTH_TO_SPACE",
                        .attrs = SpaceDepthAttrs{block},
                        .inputs = {distinct(type, {2, 2, 3, channels * block * block})},
                        .outputs = {type},
                        .reference = [block](const std::vector<Value>& in) { return to_space(in[0], block); }});
      }
  return list;
}

}  // namespace litesmith::ops::space_depth
