#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ops/case_reference.h"
#include "ops/concatenation/concatenation.h"

namespace litesmith::ops::concatenation {
namespace {

std::vector<Value> joined(const std::vector<Value>& inputs, int axis) {
  Shape shape = inputs[0].shape;
  shape[axis] = 0;
  Value all = inputs[0];
  all.bytes.clear();
  for (const Value& x : inputs) {
    shape[axis] += x.shape[axis];
    all.bytes.insert(all.bytes.end(), x.bytes.begin(), x.bytes.end());
  }
  // A flat pile of all operands, from which every entry of the result is picked.
  all.shape = Shape{static_cast<std::int32_t>(elements(shape))};
  return {pick(all, shape, [&](Index index) {
    std::int64_t start = 0;
    const auto along = static_cast<std::size_t>(axis);
    for (const Value& x : inputs) {
      if (index[along] < x.shape[axis]) {
        std::int64_t at = 0;
        for (int d = 0; d < shape.rank(); ++d) at = at * x.shape[d] + index[static_cast<std::size_t>(d)];
        return std::optional(Index{start + at});
      }
      index[along] -= x.shape[axis];
      start += elements(x.shape);
    }
    return std::optional<Index>();
  })};
}

/// uint8 operands of three scales joined along the last axis into a fourth one.
Case rescaled() {
  std::vector<Value> inputs;
  const ir::Quantization scales[] = {{{0.5F}, {10}}, {{0.02F}, {200}}, {{0.25F}, {100}}};
  for (const ir::Quantization& q : scales) {
    inputs.push_back(uniform(DType::uint8, {3, 40}, 0, 255, inputs.size()));
    inputs.back().quantization = q;
  }
  const Reference reference = [](const std::vector<Value>& operands) {
    std::vector<Value> steps = operands;
    for (Value& x : steps) {
      const float scale = x.quantization.scales[0] * 4;
      const auto offset = static_cast<float>(x.quantization.zero_points[0]);
      for (std::byte& byte : x.bytes) {
        const float y = std::round(static_cast<float>(byte) * scale - offset * scale) + 100;
        byte = static_cast<std::byte>(static_cast<int>(std::clamp(y, 0.0F, 255.0F)));
      }
    }
    return joined(steps, 1);
  };
  return {.name = "uint8 rescaled",
          .op = "CONCATENATION",
          .attrs = ConcatenationAttrs{.axis = 1},
          .inputs = inputs,
          .outputs = {DType::uint8},
          .reference = reference,
          .output_quantization = {scales[2]}};
}

}  // namespace

std::vector<Case> cases() {
  const struct {
    DType type;
    Shape shape;
    int axis;
    std::vector<int> parts;
  } rows[] = {{DType::float32, {2, 3, 5, 4}, -1, {1, 7, 2}},
              {DType::float32, {2, 3, 5, 4}, 1, {3, 2, 1, 5}},
              {DType::int8, {7}, 0, {7, 1, 20}},
              {DType::int8, {3, 1}, 1, {1, 1}},
              {DType::boolean, {2, 3}, -2, {2, 0, 1}},
              {DType::int64, {2, 2, 2, 2, 2, 3}, 3, {2, 4}},
              {DType::complex128, {2, 3}, 1, {1, 1}},
              {DType::float16, {3, 200, 9}, 2, {5, 16, 64}},
              {DType::uint8, {4, 4}, 0, {4}}};
  std::vector<Case> list;
  for (const auto& row : rows) {
    const int axis = row.axis < 0 ? row.axis + row.shape.rank() : row.axis;
    std::vector<Value> inputs;
    for (const int part : row.parts) {
      Shape shape = row.shape;
      shape[axis] = part;
      Value x = distinct(row.type, shape);
      for (std::byte& byte : x.bytes)
        if (row.type != DType::boolean) byte ^= static_cast<std::byte>(inputs.size() * 37);
      inputs.push_back(std::move(x));
    }
    list.push_back({.name = concat(name(row.type), " ", row.shape, " along ", row.axis),
                    .op = "CONCATENATION",
                    .attrs = ConcatenationAttrs{.axis = row.axis},
                    .inputs = inputs,
                    .outputs = {row.type},
                    .reference = [axis](const std::vector<Value>& operands) { return joined(operands, axis); }});
  }
  list.push_back(rescaled());
  return list;
}

}  // namespace litesmith::ops::concatenation
