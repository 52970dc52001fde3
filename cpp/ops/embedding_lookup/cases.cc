#include "base/error.h"
#include "ops/case.h"

namespace litesmith::ops::embedding_lookup {
namespace {

template <class T>
std::vector<Value> rows(const std::vector<Value>& inputs) {
  const auto table = inputs[1].as<T>();
  const auto width = table.size() / static_cast<std::size_t>(inputs[1].shape[0]);
  std::vector<T> y;
  for (const std::int32_t id : inputs[0].as<std::int32_t>())
    for (std::size_t c = 0; c < width; ++c) y.push_back(table[static_cast<std::size_t>(id) * width + c]);
  Shape shape = inputs[1].shape;
  shape[0] = inputs[0].shape[0];
  return {value_of(shape, y)};
}

std::vector<Value> scaled_rows(const std::vector<Value>& inputs) {
  const Value picked = rows<std::int8_t>(inputs).front();
  const auto& scales = inputs[1].quantization.scales;
  const auto ids = inputs[0].as<std::int32_t>();
  const std::size_t width = picked.bytes.size() / ids.size();
  std::vector<float> y;
  for (std::size_t i = 0; i < picked.bytes.size(); ++i)
    y.push_back(static_cast<float>(picked.as<std::int8_t>()[i]) *
                scales[scales.size() > 1 ? static_cast<std::size_t>(ids[i / width]) : 0]);
  return {value_of(picked.shape, y)};
}

/// int4 values 1, -8, 7, -1, 0, 3 in three rows: low bits first.
Case packed_table() {
  Value table;
  table.dtype = DType::int4;
  table.shape = {3, 2};
  table.bytes = {std::byte{0x81}, std::byte{0xF7}, std::byte{0x30}};
  table.quantization.scales = {0.5F};
  return {.name = "int4 to float32",
          .op = "EMBEDDING_LOOKUP",
          .attrs = {},
          .inputs = {value_of<std::int32_t>({2}, {2, 1}), constant(table)},
          .outputs = {DType::float32},
          .reference = [](const std::vector<Value>&) {
            return std::vector<Value>{value_of<float>({2, 2}, {0, 1.5F, 3.5F, -0.5F})};
          }};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Shape& table : {Shape{7, 5}, Shape{7, 2, 3}, Shape{1000, 64}})
    for (const std::int32_t count : {1, 3, 900}) {
      const Value ids = uniform(DType::int32, {count}, 0, table[0] - 1, 3);
      const std::string label = concat(count, " of ", table);
      list.push_back({.name = label,
                      .op = "EMBEDDING_LOOKUP",
                      .attrs = {},
                      .inputs = {ids, constant(uniform(DType::float32, table, -1, 1, 1))},
                      .outputs = {},
                      .reference = rows<float>});
      Value bytes = constant(uniform(DType::int8, table, -127, 127, 2));
      list.push_back({.name = label + ", int8",
                      .op = "EMBEDDING_LOOKUP",
                      .attrs = {},
                      .inputs = {ids, bytes},
                      .outputs = {DType::int8},
                      .reference = rows<std::int8_t>});
      for (const std::int32_t scales : {1, table[0]}) {
        bytes.quantization.scales.clear();
        for (std::int32_t i = 0; i < scales; ++i)
          bytes.quantization.scales.push_back(0.01F * static_cast<float>(i + 1));
        list.push_back({.name = concat(label, ", int8 with ", scales, " scales"),
                        .op = "EMBEDDING_LOOKUP",
                        .attrs = {},
                        .inputs = {ids, bytes},
                        .outputs = {DType::float32},
                        .reference = scaled_rows});
      }
    }
  list.push_back(packed_table());
  return list;
}

}  // namespace litesmith::ops::embedding_lookup
