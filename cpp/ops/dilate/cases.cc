#include "base/error.h"
#include "ops/case.h"

namespace litesmith::ops::dilate {
namespace {

std::vector<Value> dilated(const std::vector<Value>& inputs) {
  const Value& x = inputs[0];
  const auto dilations = inputs[1].as<std::int32_t>();
  Shape shape = x.shape;
  for (int i = 0; i < shape.rank(); ++i)
    shape[i] = x.shape[i] == 0 ? 0 : (x.shape[i] - 1) * dilations[static_cast<std::size_t>(i)] + 1;
  return {pick(
      x, shape,
      [&](Index index) {
        bool is_hit = true;
        for (std::size_t i = 0; i < index.size(); ++i) {
          is_hit = is_hit && index[i] % dilations[i] == 0;
          index[i] /= dilations[i];
        }
        return is_hit ? std::optional(index) : std::nullopt;
      },
      inputs[2].bytes)};
}

}  // namespace

std::vector<Case> cases() {
  const struct {
    DType type;
    Shape shape;
    std::vector<std::int32_t> dilations;
  } rows[] = {{DType::float32, {3, 4}, {2, 1}},
              {DType::int8, {5}, {3}},
              {DType::boolean, {2, 3, 2}, {1, 1, 4}},
              {DType::int64, {1, 3, 2}, {5, 2, 2}},
              {DType::complex128, {0, 2}, {2, 2}}};
  std::vector<Case> list;
  for (const auto& row : rows)
    for (const bool is_constant : {true, false}) {
      Value dilations = value_of<std::int32_t>({row.shape.rank()}, row.dilations);
      dilations.constant = is_constant;
      Value padding = distinct(row.type, {2});
      padding.shape = Shape{};
      padding.bytes.resize(byte_width(row.type));
      list.push_back({concat(name(row.type), " ", row.shape, is_constant ? "" : " fed"),
                      "DILATE",
                      {},
                      {distinct(row.type, row.shape), dilations, padding},
                      {row.type},
                      dilated});
    }
  return list;
}

}  // namespace litesmith::ops::dilate
