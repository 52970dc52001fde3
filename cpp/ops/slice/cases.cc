#include "base/error.h"
#include "ops/case.h"
#include "ops/slice/slice.h"

namespace litesmith::ops::slice {
namespace {

/// What the result must show along one of its axes (or along a dropped one), written out by hand.
struct Taken {
  int axis;  // of the operand; -1 = new
  std::int64_t start;
  std::int32_t count;
  std::int64_t stride = 1;
  bool is_dropped = false;
};

struct Row {
  std::string_view name;
  Shape shape;
  StridedSliceAttrs attrs;
  std::vector<std::int32_t> begin, end, strides;
  std::vector<Taken> taken;
  /// The result's shape is known without begin: a kernel reads it while running.
  bool begin_may_be_fed = false;
};

std::function<std::vector<Value>(const std::vector<Value>&)> reference(const std::vector<Taken>& taken) {
  return [taken](const std::vector<Value>& inputs) {
    Shape shape;
    for (const Taken& t : taken)
      if (!t.is_dropped) shape.dims().push_back(t.count);
    return std::vector<Value>{pick(inputs[0], shape, [&](const Index& index) {
      Index source(static_cast<std::size_t>(inputs[0].shape.rank()));
      std::size_t at = 0;
      for (const Taken& t : taken) {
        const std::int64_t i = t.is_dropped ? 0 : index[at++];
        if (t.axis >= 0) source[static_cast<std::size_t>(t.axis)] = t.start + i * t.stride;
      }
      return std::optional(source);
    })};
  };
}

Value vector_of(const std::vector<std::int32_t>& values, bool is_constant, bool is_wide) {
  const Shape shape{static_cast<std::int32_t>(values.size())};
  Value value =
      is_wide ? value_of(shape, std::vector<std::int64_t>(values.begin(), values.end())) : value_of(shape, values);
  value.constant = is_constant;
  return value;
}

void add(std::vector<Case>& list, const Row& row, DType type, bool begin_is_constant, bool others_are_constant,
         bool is_wide) {
  list.push_back({.name = concat(row.name, ", ", name(type), begin_is_constant ? "" : ", begin fed",
                                 others_are_constant ? "" : ", all fed", is_wide ? ", int64" : ""),
                  .op = "STRIDED_SLICE",
                  .attrs = row.attrs,
                  .inputs = {distinct(type, row.shape), vector_of(row.begin, begin_is_constant, is_wide),
                             vector_of(row.end, others_are_constant, is_wide),
                             vector_of(row.strides, others_are_constant, is_wide)},
                  .outputs = {type},
                  .reference = reference(row.taken)});
}

const Row kStridedRows[] = {
    {"plain", {5, 6}, {}, {1, 2}, {4, 5}, {1, 2}, {{0, 1, 3}, {1, 2, 2, 2}}},
    {"backwards", {5, 6}, {}, {4, -1}, {-6, 1}, {-2, -3}, {{0, 4, 3, -2}, {1, 5, 2, -3}}},
    {"masks", {5, 6}, {.begin_mask = 1, .end_mask = 2}, {3, 2}, {4, 0}, {2, 1}, {{0, 0, 2, 2}, {1, 2, 4}}},
    {"masks backwards",
     {5, 6},
     {.begin_mask = 3, .end_mask = 3},
     {0, 0},
     {0, 0},
     {-1, -2},
     {{0, 4, 5, -1}, {1, 5, 3, -2}}},
    {"bounds beyond the axis", {5}, {}, {-100}, {100}, {1}, {{0, 0, 5}}},
    {"bounds beyond the axis backwards", {5}, {}, {100}, {-100}, {-2}, {{0, 4, 3, -2}}},
    {"a huge stride", {5}, {}, {1}, {2147483647}, {2147483647}, {{0, 1, 1, 2147483647}}},
    {"nothing", {5, 3}, {}, {3, 0}, {2, 3}, {1, 1}, {{0, 3, 0}, {1, 0, 3}}},
    {"fewer entries than axes", {4, 3, 2}, {}, {1}, {3}, {1}, {{0, 1, 2}, {1, 0, 3}, {2, 0, 2}}},
    {"one index dropped",
     {4, 3, 2},
     {.shrink_axis_mask = 1},
     {-2},
     {0},
     {1},
     {{0, 2, 1, 1, true}, {1, 0, 3}, {2, 0, 2}},
     true},
    {"an inner index dropped",
     {4, 3, 2},
     {.begin_mask = 5, .end_mask = 5, .shrink_axis_mask = 2},
     {0, 2, 0},
     {0, 3, 0},
     {1, 1, 1},
     {{0, 0, 4}, {1, 2, 1, 1, true}, {2, 0, 2}},
     true},
    {"a scalar",
     {4, 3},
     {.shrink_axis_mask = 3},
     {1, -1},
     {2, 0},
     {1, 1},
     {{0, 1, 1, 1, true}, {1, 2, 1, 1, true}},
     true},
    {"an ellipsis first",
     {4, 3, 2, 5},
     {.ellipsis_mask = 1},
     {0, 1},
     {0, 4},
     {1, 2},
     {{0, 0, 4}, {1, 0, 3}, {2, 0, 2}, {3, 1, 2, 2}}},
    {"an ellipsis in the middle",
     {4, 3, 2, 5},
     {.ellipsis_mask = 2, .shrink_axis_mask = 1},
     {3, 0, -2},
     {4, 0, 5},
     {1, 1, 1},
     {{0, 3, 1, 1, true}, {1, 0, 3}, {2, 0, 2}, {3, 3, 2}}},
    {"an ellipsis for no axis", {4, 3}, {.ellipsis_mask = 2}, {1, 0, 0}, {3, 0, 2}, {1, 1, 1}, {{0, 1, 2}, {1, 0, 2}}},
    {"new axes",
     {4, 3},
     {.begin_mask = 4, .end_mask = 4, .new_axis_mask = 3},
     {0, 0, 0},
     {1, 1, 1},
     {1, 1, 2},
     {{-1, 0, 1}, {-1, 0, 1}, {0, 0, 2, 2}, {1, 0, 3}}},
    {"ellipsis, new axis and index",
     {4, 3, 2},
     {.ellipsis_mask = 1, .new_axis_mask = 2, .shrink_axis_mask = 4},
     {0, 0, 1},
     {0, 1, 2},
     {1, 1, 1},
     {{0, 0, 4}, {1, 0, 3}, {-1, 0, 1}, {2, 1, 1, 1, true}}},
    {"ends count from the begin", {9}, {.offset = true}, {2}, {4}, {1}, {{0, 2, 4}}},
    {"ends count from a negative begin", {9}, {.offset = true}, {-3}, {2}, {1}, {{0, 6, 2}}},
    {"six axes",
     {2, 3, 2, 3, 2, 40},
     {},
     {0, 1, 0, 2, 0, 3},
     {2, 3, 2, 0, 1, 39},
     {1, 1, 1, -1, 1, 1},
     {{0, 0, 2}, {1, 1, 2}, {2, 0, 2}, {3, 2, 2, -1}, {4, 0, 1}, {5, 3, 36}}},
    {"a dropped axis of an empty result",
     {3, 0},
     {.shrink_axis_mask = 1},
     {1},
     {2},
     {1},
     {{0, 1, 1, 1, true}, {1, 0, 0}},
     true},
};

void add_slices(std::vector<Case>& list) {
  const struct {
    Shape shape;
    std::vector<std::int32_t> begin, size;
    std::vector<Taken> taken;
    bool begin_may_be_fed;
  } rows[] = {{{5, 6, 6}, {3, 0, 2}, {-1, 3, 2}, {{0, 3, 2}, {1, 0, 3}, {2, 2, 2}}, false},
              {{7}, {2}, {5}, {{0, 2, 5}}, true},
              {{3, 4}, {0, 4}, {3, 0}, {{0, 0, 3}, {1, 4, 0}}, true},
              {{2, 3, 2, 3, 2, 5},
               {1, 0, 1, 2, 0, 1},
               {1, 3, 1, 1, 2, 4},
               {{0, 1, 1}, {1, 0, 3}, {2, 1, 1}, {3, 2, 1}, {4, 0, 2}, {5, 1, 4}},
               true},
              {{}, {}, {}, {}, true}};
  for (const auto& row : rows)
    for (const DType type : {DType::int8, DType::boolean, DType::float32, DType::complex128})
      for (const int fed : {0, 1, 2}) {
        if (fed == 1 && !row.begin_may_be_fed) continue;
        list.push_back({.name = concat(name(type), " ", row.shape, fed == 0 ? "" : (fed == 1 ? " begin fed" : " fed")),
                        .op = "SLICE",
                        .attrs = {},
                        .inputs = {distinct(type, row.shape), vector_of(row.begin, fed == 0, fed == 1),
                                   vector_of(row.size, fed < 2, fed == 1)},
                        .outputs = {type},
                        .reference = reference(row.taken)});
      }
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Row& row : kStridedRows) {
    for (const DType type : {DType::int8, DType::boolean, DType::float16, DType::float32, DType::int64})
      add(list, row, type, true, true, false);
    add(list, row, DType::float32, false, false, true);
    if (row.begin_may_be_fed)
      for (const bool is_wide : {false, true}) add(list, row, DType::int16, false, true, is_wide);
  }
  add_slices(list);
  return list;
}

}  // namespace litesmith::ops::slice
