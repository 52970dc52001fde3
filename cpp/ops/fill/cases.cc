#include "base/error.h"
#include "ops/case.h"
#include "ops/case_strings.h"
#include "ops/fill/fill.h"

namespace litesmith::ops::fill {
namespace {

void add_fills(std::vector<Case>& list) {
  for (const DType type :
       {DType::int8, DType::boolean, DType::float16, DType::float32, DType::int64, DType::complex128})
    for (const Shape& shape : {Shape{2, 3, 5}, Shape{}, Shape{0, 3}, Shape{200, 170}})
      for (const bool is_constant : {true, false}) {
        Value dims = value_of<std::int32_t>({shape.rank()}, shape.dims());
        dims.constant = is_constant;
        list.push_back({concat(name(type), " ", shape, is_constant ? "" : " fed"),
                        "FILL",
                        {},
                        {dims, distinct(type, {})},
                        {type},
                        [shape](const std::vector<Value>& inputs) {
                          return std::vector{
                              pick(inputs[1], shape, [](const Index&) { return std::optional(Index{}); })};
                        }});
      }
}

template <class T>
void add_range(std::vector<Case>& list, T start, T limit, T delta, const std::vector<T>& expected) {
  for (const bool is_constant : {true, false}) {
    std::vector<Value> inputs;
    for (const T number : {start, limit, delta}) {
      inputs.push_back(value_of<T>({}, {number}));
      inputs.back().constant = is_constant;
    }
    list.push_back({concat(start, " to ", limit, " by ", delta, is_constant ? "" : " fed"),
                    "RANGE",
                    {},
                    inputs,
                    {kDTypeOf<T>},
                    [expected](const std::vector<Value>&) {
                      return std::vector{value_of<T>({static_cast<std::int32_t>(expected.size())}, expected)};
                    }});
  }
}

void add_one_hot(std::vector<Case>& list, DType type, const Value& indices, int depth, int axis) {
  for (const bool is_constant : {true, false}) {
    Value depth_value = value_of<std::int32_t>({}, {depth});
    depth_value.constant = is_constant;
    Value off = distinct(type, {2});  // the second of two different elements
    off.shape = Shape{};
    off.bytes.erase(off.bytes.begin(), off.bytes.begin() + static_cast<std::ptrdiff_t>(byte_width(type)));
    const int at = axis < 0 ? indices.shape.rank() : axis;
    list.push_back({concat(name(type), " ", indices.shape, " at ", axis, is_constant ? "" : " fed"),
                    "ONE_HOT",
                    OneHotAttrs{axis},
                    {indices, depth_value, distinct(type, {}), off},
                    {type},
                    [at, depth](const std::vector<Value>& inputs) {
                      Shape shape = inputs[0].shape;
                      shape.dims().insert(shape.dims().begin() + at, depth);
                      return std::vector{pick(
                          inputs[2], shape,
                          [&](const Index& index) {
                            std::int64_t flat = 0;
                            for (int d = 0; d < shape.rank(); ++d)
                              if (d != at) flat = flat * shape[d] + index[static_cast<std::size_t>(d)];
                            const std::int32_t hot = inputs[0].as<std::int32_t>()[static_cast<std::size_t>(flat)];
                            return hot == index[static_cast<std::size_t>(at)] ? std::optional(Index{}) : std::nullopt;
                          },
                          inputs[3].bytes)};
                    }});
  }
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  add_fills(list);
  list.push_back({"strings",
                  "FILL",
                  {},
                  {value_of<std::int32_t>({2}, {1, 2}), strings({}, {"x"})},
                  {DType::string},
                  [](const std::vector<Value>&) { return std::vector{strings({1, 2}, {"x", "x"})}; }});
  add_range<std::int32_t>(list, 3, 18, 4, {3, 7, 11, 15});
  add_range<std::int32_t>(list, 5, -6, -5, {5, 0, -5});
  add_range<std::int32_t>(list, 2, 2, 1, {});
  add_range<std::int32_t>(list, -2147483647 - 1, 2147483647, 2147483647, {-2147483647 - 1, -1, 2147483646});
  add_range<std::int64_t>(list, 1LL << 40, (1LL << 40) + 3, 2, {1LL << 40, (1LL << 40) + 2});
  add_range<float>(list, 0.5f, 2.5f, 0.5f, {0.5f, 1.0f, 1.5f, 2.0f});
  add_range<float>(list, 1, -1, -0.75f, {1, 0.25f, -0.5f});
  const Value indices = value_of<std::int32_t>({2, 3}, {0, 2, -1, 5, 1, 3});
  for (const DType type : {DType::float32, DType::int8, DType::int64, DType::complex128})
    for (const int axis : {-1, 0, 1, 2}) add_one_hot(list, type, indices, 4, axis);
  add_one_hot(list, DType::float32, value_of<std::int32_t>({}, {1}), 3, -1);
  add_one_hot(list, DType::float32, value_of<std::int32_t>({0, 2}, {}), 3, 1);
  add_one_hot(list, DType::float32, indices, 0, 1);
  return list;
}

}  // namespace litesmith::ops::fill
