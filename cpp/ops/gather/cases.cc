#include "base/error.h"
#include "ops/case.h"
#include "ops/case_strings.h"
#include "ops/gather/gather.h"

namespace litesmith::ops::gather {
namespace {

std::int64_t entry(const Value& indices, std::int64_t at) {
  const auto i = static_cast<std::size_t>(at);
  if (indices.dtype == DType::int16) return indices.as<std::int16_t>()[i];
  if (indices.dtype == DType::int32) return indices.as<std::int32_t>()[i];
  return indices.as<std::int64_t>()[i];
}

std::vector<Value> gathered(const std::vector<Value>& inputs, int axis, int batch_dims) {
  const Value& x = inputs[0];
  const Value& indices = inputs[1];
  const int added = indices.shape.rank() - batch_dims;
  std::vector<std::int32_t> dims(x.shape.begin(), x.shape.begin() + axis);
  dims.insert(dims.end(), indices.shape.begin() + batch_dims, indices.shape.end());
  dims.insert(dims.end(), x.shape.begin() + axis + 1, x.shape.end());
  return {pick(x, Shape(dims), [&](const Index& index) {
    std::int64_t at = 0;
    for (int d = 0; d < indices.shape.rank(); ++d)
      at = at * indices.shape[d] + index[static_cast<std::size_t>(d < batch_dims ? d : d - batch_dims + axis)];
    Index source(index.begin(), index.begin() + axis);
    source.push_back(entry(indices, at));
    source.insert(source.end(), index.begin() + axis + added, index.end());
    return std::optional(source);
  })};
}

std::vector<Value> gathered_nd(const std::vector<Value>& inputs) {
  const Value& x = inputs[0];
  const Value& indices = inputs[1];
  const int outer = indices.shape.rank() - 1;
  const int depth = indices.shape.back();
  std::vector<std::int32_t> dims(indices.shape.begin(), indices.shape.end() - 1);
  dims.insert(dims.end(), x.shape.begin() + depth, x.shape.end());
  return {pick(x, Shape(dims), [&](const Index& index) {
    std::int64_t row = 0;
    for (int d = 0; d < outer; ++d) row = row * indices.shape[d] + index[static_cast<std::size_t>(d)];
    Index source;
    for (int i = 0; i < depth; ++i) source.push_back(entry(indices, row * depth + i));
    source.insert(source.end(), index.begin() + outer, index.end());
    return std::optional(source);
  })};
}

Value drawn(DType type, const Shape& shape, int below, bool is_constant) {
  Value value = uniform(type, shape, 0, below - 1, 11);
  value.constant = is_constant;
  return value;
}

void add_gather_nd(std::vector<Case>& list) {
  const struct {
    DType type;
    Shape x;
    DType index_type;
    Shape indices;
  } nd_rows[] = {{DType::float32, {3, 4, 5}, DType::int32, {7, 2}}, {DType::int8, {3, 4}, DType::int64, {2, 3, 2}},
                 {DType::boolean, {6}, DType::int16, {4, 1}},       {DType::int64, {3, 2, 2, 3, 2}, DType::int32, {5}},
                 {DType::float32, {2, 3}, DType::int32, {4, 0}},    {DType::float32, {3, 0}, DType::int32, {2, 1}}};
  for (const auto& row : nd_rows)
    list.push_back({.name = concat(name(row.type), " ", row.x, " by ", name(row.index_type), " ", row.indices),
                    .op = "GATHER_ND",
                    .attrs = {},
                    .inputs = {distinct(row.type, row.x), drawn(row.index_type, row.indices, 2, false)},
                    .outputs = {row.type},
                    .reference = gathered_nd});
}

}  // namespace

std::vector<Case> cases() {
  const struct {
    DType type;
    Shape x;
    GatherAttrs attrs;
    DType index_type;
    Shape indices;
  } rows[] = {{DType::float32, {5, 3}, {0, 0}, DType::int32, {4}},
              {DType::float32, {2, 5, 3}, {1, 0}, DType::int64, {2, 3}},
              {DType::int8, {7}, {-1, 0}, DType::int16, {}},
              {DType::boolean, {3, 4, 2, 6}, {-2, 0}, DType::int32, {5}},
              {DType::int16, {2, 3, 4, 5}, {2, 1}, DType::int32, {2, 6}},
              {DType::int64, {2, 3, 4, 5}, {2, -1}, DType::int64, {2, 3, 2}},
              {DType::float32, {2, 3, 4}, {2, 2}, DType::int32, {2, 3}},
              {DType::float16, {3, 4}, {1, 0}, DType::int32, {0}},
              {DType::complex128, {300, 4}, {0, 0}, DType::int32, {500}}};
  std::vector<Case> list;
  for (const auto& row : rows)
    for (const bool is_constant : {true, false}) {
      const int axis = row.attrs.axis < 0 ? row.attrs.axis + row.x.rank() : row.attrs.axis;
      const int batch = row.attrs.batch_dims < 0 ? row.attrs.batch_dims + row.indices.rank() : row.attrs.batch_dims;
      list.push_back(
          {.name = concat(name(row.type), " ", row.x, " by ", name(row.index_type), " ", row.indices, " along ", axis),
           .op = "GATHER",
           .attrs = row.attrs,
           .inputs = {distinct(row.type, row.x), drawn(row.index_type, row.indices, row.x[axis], is_constant)},
           .outputs = {row.type},
           .reference = [=](const std::vector<Value>& inputs) { return gathered(inputs, axis, batch); }});
    }
  add_gather_nd(list);
  list.push_back({"strings",
                  "GATHER",
                  GatherAttrs{},
                  {strings({3}, {"one", "", "three"}), value_of<std::int32_t>({4}, {2, 0, 1, 2})},
                  {DType::string},
                  [](const std::vector<Value>&) { return std::vector{strings({4}, {"three", "one", "", "three"})}; }});
  return list;
}

}  // namespace litesmith::ops::gather
