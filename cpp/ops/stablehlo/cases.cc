#include <algorithm>

#include "base/error.h"
#include "ops/case_reference.h"
#include "ops/stablehlo/stablehlo.h"

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

struct Padding {
  Shape shape;
  std::vector<std::int64_t> low, high, interior;
  Shape result;
};
const Padding kPaddings[] = {{{4}, {1}, {2}, {0}, {7}},
                             {{2, 4}, {2, 1}, {0, 0}, {2, 2}, {6, 11}},
                             {{3, 5, 2}, {-1, -2, 0}, {-1, 3, 0}, {0, 0, 1}, {1, 6, 3}},
                             {{5, 3}, {-3, 1}, {-3, -4}, {3, 2}, {11, 4}},
                             {{4}, {-9}, {1}, {1}, {0}},
                             {{0, 2}, {2, 0}, {1, 0}, {3, 0}, {3, 2}}};

Case padded(DType type, const Padding& p) {
  const auto source = [p](const Index& index) {
    Index from = index;
    for (std::size_t i = 0; i < index.size(); ++i) {
      const std::int64_t place = index[i] - p.low[i], step = p.interior[i] + 1;
      from[i] = place / step;
      if (place < 0 || place % step != 0 || from[i] >= p.shape[static_cast<int>(i)]) return std::optional<Index>();
    }
    return std::optional(from);
  };
  Value padding = distinct(type, {2});
  padding.shape = Shape{};
  padding.bytes.resize(byte_width(type));
  return {.name = concat(name(type), " ", p.shape, " to ", p.result),
          .op = "STABLEHLO_PAD",
          .attrs = StablehloPadAttrs{p.low, p.high, p.interior},
          .inputs = {distinct(type, p.shape), padding},
          .outputs = {type},
          .reference = [=](const std::vector<Value>& inputs) {
            return std::vector<Value>{pick(inputs[0], p.result, source, inputs[1].bytes)};
          }};
}

struct Gathering {
  Shape shape;
  Shape indices;
  StablehloGatherAttrs attrs;
  Shape result;
};
const Gathering kGatherings[] = {
    {{4, 3}, {5, 1}, {{1}, {0}, {0}, 1, {1, 3}}, {5, 3}},
    {{4, 3}, {5}, {{1}, {0}, {0}, 1, {1, 3}}, {5, 3}},
    {{6, 5, 4}, {2, 3, 2}, {{0, 3}, {1}, {2, 1}, 2, {3, 1, 2}}, {3, 2, 3, 2}},
    {{6, 5, 4}, {2, 7}, {{1, 2, 3}, {}, {0, 2}, 0, {2, 5, 3}}, {7, 2, 5, 3}},
};

/// By the definition: batch coordinates choose a start, offset coordinates a place in its window.
Case gathered(DType type, const Gathering& g) {
  const StablehloGatherAttrs& a = g.attrs;
  const auto has = [](const std::vector<std::int64_t>& list, std::int64_t value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  return {.name = concat(name(type), " ", g.shape, " to ", g.result),
          .op = "STABLEHLO_GATHER",
          .attrs = a,
          .inputs = {distinct(type, g.shape), uniform(DType::int32, g.indices, -2, 7, 3)},
          .outputs = {type},
          .reference = [=](const std::vector<Value>& inputs) {
            return std::vector<Value>{pick(inputs[0], g.result, [&](const Index& index) {
              Index batch, window;
              for (std::size_t d = 0; d < index.size(); ++d)
                (has(a.offset_dims, static_cast<std::int64_t>(d)) ? window : batch).push_back(index[d]);
              Index source(static_cast<std::size_t>(g.shape.rank()));
              for (std::size_t k = 0; k < a.start_index_map.size(); ++k) {
                Index at = batch;
                if (a.index_vector_dim < g.indices.rank())
                  at.insert(at.begin() + a.index_vector_dim, static_cast<std::int64_t>(k));
                std::int64_t flat = 0;
                for (int d = 0; d < g.indices.rank(); ++d) flat = flat * g.indices[d] + at[static_cast<std::size_t>(d)];
                const auto d = static_cast<std::size_t>(a.start_index_map[k]);
                const std::int64_t last = g.shape[static_cast<int>(d)] - a.slice_sizes[d];
                source[d] =
                    std::clamp<std::int64_t>(inputs[1].as<std::int32_t>()[static_cast<std::size_t>(flat)], 0, last);
              }
              std::size_t next = 0;
              for (std::size_t d = 0; d < source.size(); ++d)
                if (!has(a.collapsed_slice_dims, static_cast<std::int64_t>(d))) source[d] += window[next++];
              return std::optional(source);
            })};
          }};
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
  for (const Padding& p : kPaddings)
    for (const DType type : {DType::float32, DType::int8, DType::int64}) list.push_back(padded(type, p));
  for (const Gathering& g : kGatherings)
    for (const DType type : {DType::float32, DType::int8}) list.push_back(gathered(type, g));
  return list;
}

}  // namespace litesmith::ops::stablehlo
