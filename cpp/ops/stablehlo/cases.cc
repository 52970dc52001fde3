#include <algorithm>

#include "base/error.h"
#include "ops/case_reference.h"

namespace litesmith::ops::stablehlo {
namespace {

struct Row {
  std::string_view op;
  std::int64_t (*combine)(std::int64_t a, std::int64_t b);
  double low = -100, high = 100;  // of the second operand
};

const Row kRows[] = {
    {"STABLEHLO_ADD", [](std::int64_t a, std::int64_t b) { return a + b; }},
    {"STABLEHLO_MULTIPLY", [](std::int64_t a, std::int64_t b) { return a * b; }},
    {"STABLEHLO_MAXIMUM", [](std::int64_t a, std::int64_t b) { return std::max(a, b); }},
    {"STABLEHLO_MINIMUM", [](std::int64_t a, std::int64_t b) { return std::min(a, b); }},
    {"STABLEHLO_AND", [](std::int64_t a, std::int64_t b) { return a & b; }},
    {"STABLEHLO_SHIFT_LEFT",
     [](std::int64_t a, std::int64_t b) { return b < 0 || b > 31 ? 0 : a * (std::int64_t{1} << b); }, -2, 40},
};

/// Whole numbers; results beyond the type wrap around.
template <class T>
void add(std::vector<Case>& list, const Row& row) {
  constexpr DType kType = kDTypeOf<T>;
  for (const Shape& shape : {Shape{}, Shape{3, 70}})
    list.push_back({.name = concat(row.op, " ", name(kType), " ", shape),
                    .op = row.op,
                    .attrs = {},
                    .inputs = {uniform(kType, shape, -100, 100, 1), uniform(kType, shape, row.low, row.high, 2)},
                    .outputs = {kType},
                    .reference = broadcast_mapped<T, T>([combine = row.combine](T a, T b) {
                      return combine(static_cast<std::int64_t>(a), static_cast<std::int64_t>(b));
                    })});
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Row& row : kRows) {
    add<std::int8_t>(list, row);
    add<std::int16_t>(list, row);
    add<std::int32_t>(list, row);
    if (row.op != "STABLEHLO_SHIFT_LEFT") add<std::int64_t>(list, row);
  }
  return list;
}

}  // namespace litesmith::ops::stablehlo
