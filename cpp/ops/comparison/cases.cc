#include <limits>

#include "ops/case_reference.h"

namespace litesmith::ops::comparison {
namespace {

template <class T>
struct Row {
  std::string_view op;
  bool (*reference)(T, T);
};

template <class T>
void add(std::vector<Case>& list, DType type = kDTypeOf<T>) {
  const Row<T> rows[] = {
      {"EQUAL", [](T a, T b) { return a == b; }},  {"NOT_EQUAL", [](T a, T b) { return a != b; }},
      {"LESS", [](T a, T b) { return a < b; }},    {"LESS_EQUAL", [](T a, T b) { return a <= b; }},
      {"GREATER", [](T a, T b) { return a > b; }}, {"GREATER_EQUAL", [](T a, T b) { return a >= b; }},
  };
  const double high = type == DType::boolean ? 1 : 3;
  for (const Row<T>& row : rows) {
    if (type == DType::boolean && row.op != "EQUAL" && row.op != "NOT_EQUAL") continue;
    for (const Shape& shape : {Shape{4, 20}, Shape{20}, Shape{4, 1}, Shape{}})
      list.push_back({.name = concat(row.op, " ", name(type), " with ", shape),
                      .op = row.op,
                      .attrs = {},
                      .inputs = {uniform(type, {4, 20}, 0, high, 9), uniform(type, shape, 0, high, 10)},
                      .outputs = {DType::boolean},
                      .reference = as_bool(broadcast_mapped<T, std::uint8_t>(row.reference))});
  }
}

/// Real values of both operands in whole steps of 2^-8, which the kernel compares.
template <class T>
void add_quantized(std::vector<Case>& list) {
  const Row<double> rows[] = {
      {"EQUAL", [](double a, double b) { return a == b; }},
      {"NOT_EQUAL", [](double a, double b) { return a != b; }},
      {"LESS", [](double a, double b) { return a < b; }},
      {"LESS_EQUAL", [](double a, double b) { return a <= b; }},
      {"GREATER", [](double a, double b) { return a > b; }},
      {"GREATER_EQUAL", [](double a, double b) { return a >= b; }},
  };
  for (const Row<double>& row : rows)
    list.push_back({.name = concat(row.op, " of quantized ", name(kDTypeOf<T>)),
                    .op = row.op,
                    .attrs = {},
                    .inputs = {quantized(uniform(kDTypeOf<T>, {9, 40}, 0, 100, 9), per_tensor(0.25F, 40)),
                               quantized(uniform(kDTypeOf<T>, {40}, 0, 100, 10), per_tensor(0.125F, 70))},
                    .outputs = {DType::boolean},
                    .reference = as_bool(broadcast_mapped<T, std::uint8_t>(
                        [compare = row.reference](T a, T b) { return compare((a - 40) * 0.25, (b - 70) * 0.125); }))});
}

Case strings(std::string_view op, const std::vector<std::uint8_t>& equal) {
  // "a", "bc" against "bc": count, offsets, bytes.
  const auto tensor = [](const Shape& shape, const std::vector<std::int32_t>& numbers, std::string_view text) {
    Value value = value_of<std::int32_t>(shape, numbers);
    value.dtype = DType::string;
    for (const char c : text) value.bytes.push_back(static_cast<std::byte>(c));
    return value;
  };
  return {.name = concat(op, " of strings"),
          .op = op,
          .attrs = {},
          .inputs = {tensor({2}, {2, 16, 17, 19}, "abc"), tensor({1}, {1, 12, 14}, "bc")},
          .outputs = {DType::boolean},
          .reference = [equal](const std::vector<Value>&) {
            Value y = value_of<std::uint8_t>({2}, equal);
            y.dtype = DType::boolean;
            return std::vector<Value>{y};
          }};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  add<float>(list);
  add<std::int32_t>(list);
  add<std::int64_t>(list);
  add<std::int16_t>(list);
  add<std::int8_t>(list);
  add<std::uint8_t>(list);
  add<std::uint8_t>(list, DType::boolean);
  add_quantized<std::int8_t>(list);
  add_quantized<std::uint8_t>(list);
  list.push_back(strings("EQUAL", {0, 1}));
  list.push_back(strings("NOT_EQUAL", {1, 0}));
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const std::string_view op : {"EQUAL", "NOT_EQUAL"})
    list.push_back({.name = concat(op, " with NaN"),
                    .op = op,
                    .attrs = {},
                    .inputs = {value_of<float>({3}, {kNan, 0.0F, 1}), value_of<float>({3}, {kNan, -0.0F, kNan})},
                    .outputs = {DType::boolean},
                    .reference = as_bool(broadcast_mapped<float, std::uint8_t>(
                        [op](float a, float b) { return (a == b) == (op == "EQUAL"); }))});
  return list;
}

}  // namespace litesmith::ops::comparison
