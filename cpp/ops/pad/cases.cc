#include "base/error.h"
#include "ops/case.h"
#include "ops/pad/pad.h"

namespace litesmith::ops::pad {
namespace {

struct Row {
  DType type;
  Shape shape;
  std::vector<std::int32_t> paddings;
};

Shape padded(const Value& x, std::span<const std::int32_t> paddings) {
  Shape shape = x.shape;
  for (int i = 0; i < shape.rank(); ++i)
    shape[i] += paddings[static_cast<std::size_t>(2 * i)] + paddings[static_cast<std::size_t>(2 * i + 1)];
  return shape;
}

std::vector<Value> padded_with(const std::vector<Value>& inputs, const std::vector<std::byte>& value) {
  const Value& x = inputs[0];
  const auto paddings = inputs[1].as<std::int32_t>();
  return {pick(
      x, padded(x, paddings),
      [&](Index index) {
        bool is_inside = true;
        for (std::size_t i = 0; i < index.size(); ++i) {
          index[i] -= paddings[2 * i];
          is_inside = is_inside && index[i] >= 0 && index[i] < x.shape[static_cast<int>(i)];
        }
        return is_inside ? std::optional(index) : std::nullopt;
      },
      value)};
}

std::vector<Value> mirrored(const std::vector<Value>& inputs, bool repeats_border) {
  const Value& x = inputs[0];
  const auto paddings = inputs[1].as<std::int32_t>();
  return {pick(x, padded(x, paddings), [&](Index index) {
    for (std::size_t i = 0; i < index.size(); ++i) {
      const std::int64_t last = x.shape[static_cast<int>(i)] - 1;
      index[i] -= paddings[2 * i];
      if (index[i] < 0) index[i] = -index[i] - (repeats_border ? 1 : 0);
      if (index[i] > last) index[i] = last - (index[i] - last) + (repeats_border ? 1 : 0);
    }
    return std::optional(index);
  })};
}

Value paddings_of(const Row& row, bool is_constant) {
  Value value = value_of<std::int32_t>({row.shape.rank(), 2}, row.paddings);
  value.constant = is_constant;
  return value;
}

void add_mirrored(std::vector<Case>& list) {
  const Row mirrors[] = {{DType::float32, {4, 5, 3}, {2, 3, 0, 4, 1, 0}},
                         {DType::int8, {5}, {4, 4}},
                         {DType::boolean, {2, 3}, {1, 1, 2, 2}},
                         {DType::complex128, {3, 2}, {0, 2, 1, 1}}};
  for (const Row& row : mirrors)
    for (const bool repeats : {false, true})
      list.push_back(
          {.name = concat(name(row.type), " ", row.shape, repeats ? " symmetric" : " reflect"),
           .op = "MIRROR_PAD",
           .attrs = MirrorPadAttrs{repeats ? MirrorPadAttrs::Mode::symmetric : MirrorPadAttrs::Mode::reflect},
           .inputs = {distinct(row.type, row.shape), paddings_of(row, !repeats)},
           .outputs = {row.type},
           .reference = [repeats](const std::vector<Value>& inputs) { return mirrored(inputs, repeats); }});
  list.push_back({.name = "an axis mirrored as a whole",
                  .op = "MIRROR_PAD",
                  .attrs = MirrorPadAttrs{MirrorPadAttrs::Mode::symmetric},
                  .inputs = {distinct(DType::int32, {3, 2}), paddings_of({DType::int32, {3, 2}, {3, 3, 2, 2}}, true)},
                  .outputs = {DType::int32},
                  .reference = [](const std::vector<Value>& inputs) { return mirrored(inputs, true); }});
}

void add_quantized(std::vector<Case>& list) {
  Value x = distinct(DType::int8, {2, 3});
  x.quantization.scales = {0.5f};
  x.quantization.zero_points = {-7};
  list.push_back(
      {.name = "a quantized tensor gets its zero point",
       .op = "PAD",
       .attrs = {},
       .inputs = {x, constant(value_of<std::int32_t>({2, 2}, {1, 0, 0, 2}))},
       .outputs = {DType::int8},
       .reference = [](const std::vector<Value>& inputs) { return padded_with(inputs, {std::byte{0xF9}}); }});
}

const Row kRows[] = {{DType::float32, {2, 5, 4, 3}, {0, 0, 1, 2, 3, 1, 0, 0}},
                     {DType::int8, {7}, {2, 3}},
                     {DType::int16, {2, 3, 2}, {1, 0, 0, 0, 0, 2}},
                     {DType::boolean, {3, 4}, {0, 2, 3, 0}},
                     {DType::int64, {2, 2, 3, 2, 2, 3}, {1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 2}},
                     {DType::float16, {3, 3}, {0, 0, 0, 0}},
                     {DType::uint8, {50, 60, 16}, {1, 1, 1, 1, 0, 0}}};

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Row& row : kRows) {
    const Value x = distinct(row.type, row.shape);
    const Value value{
        row.type, {},    {x.bytes.end() - static_cast<std::ptrdiff_t>(byte_width(row.type)), x.bytes.end()},
        {},       false, false};
    for (const bool is_constant : {true, false}) {
      const Value paddings = paddings_of(row, is_constant);
      const std::string name = concat(litesmith::name(row.type), " ", row.shape, is_constant ? "" : " fed");
      list.push_back({name, "PAD", {}, {x, paddings}, {row.type}, [](const std::vector<Value>& inputs) {
                        return padded_with(inputs, {});
                      }});
      list.push_back({name, "PADV2", {}, {x, paddings, value}, {row.type}, [](const std::vector<Value>& inputs) {
                        return padded_with(inputs, inputs[2].bytes);
                      }});
    }
  }
  add_mirrored(list);
  list.push_back({"a scalar",
                  "PAD",
                  {},
                  {distinct(DType::int32, {}), constant(value_of<std::int32_t>({0, 2}, {}))},
                  {DType::int32},
                  [](const std::vector<Value>& inputs) { return padded_with(inputs, {}); }});
  list.push_back({"an empty tensor",
                  "PAD",
                  {},
                  {distinct(DType::int32, {0, 2}), constant(value_of<std::int32_t>({2, 2}, {1, 2, 0, 1}))},
                  {DType::int32},
                  [](const std::vector<Value>& inputs) { return padded_with(inputs, {}); }});
  add_quantized(list);
  return list;
}

}  // namespace litesmith::ops::pad
