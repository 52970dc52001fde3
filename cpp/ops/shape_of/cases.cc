#include "ops/case.h"
#include "ops/shape_of/shape_of.h"

namespace litesmith::ops::shape_of {
namespace {

template <class T>
std::vector<Value> dims(const std::vector<Value>& inputs) {
  const Shape& shape = inputs[0].shape;
  return {value_of<T>({shape.rank()}, std::vector<T>(shape.begin(), shape.end()))};
}

std::vector<Value> rank(const std::vector<Value>& inputs) {
  return {value_of<std::int32_t>({}, {inputs[0].shape.rank()})};
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{2, 3}, Shape{1, 2, 3, 4, 5, 6}}) {
    const Value x = distinct(DType::int8, shape);
    const std::string name = to_string(shape);
    list.push_back({name, "SHAPE", ShapeAttrs{}, {x}, {DType::int32}, dims<std::int32_t>});
    list.push_back({name + " int64", "SHAPE", ShapeAttrs{DType::int64}, {x}, {DType::int64}, dims<std::int64_t>});
    list.push_back({name, "RANK", {}, {x}, {DType::int32}, rank});
  }
  return list;
}

}  // namespace litesmith::ops::shape_of
