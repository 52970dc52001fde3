#include <cmath>
#include <limits>

#include "base/half.h"
#include "ops/case_reference.h"
#include "ops/cast/cast.h"

namespace litesmith::ops::cast {
namespace {

template <class X, class Y, class Function>
Case make(Value x, Function f, DType to = kDTypeOf<Y>) {
  const DType from = x.dtype;
  return {.name = concat(name(from), " to ", name(to), " ", x.shape),
          .op = "CAST",
          .attrs = CastAttrs{from, to},
          .inputs = {std::move(x)},
          .outputs = {to},
          .reference = [to, reference = mapped<X, Y>(f)](const std::vector<Value>& inputs) {
            std::vector<Value> results = reference(inputs);
            results[0].dtype = to;
            return results;
          }};
}

template <class X, class Y>
Case exact(double low, double high) {
  return make<X, Y>(uniform(kDTypeOf<X>, {3, 50}, low, high, 16), [](X x) { return static_cast<Y>(x); });
}

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <class Y>
Case saturating() {
  using Limits = std::numeric_limits<Y>;
  return make<float, Y>(value_of<float>({8}, {1.5F, -1.5F, 3e20F, -3e20F, kInf, -kInf, kNan, 127.9F}), [](float x) {
    if (std::isnan(x)) return Limits::max();
    const double whole = std::trunc(double{x});
    if (whole >= static_cast<double>(Limits::max())) return Limits::max();
    return whole <= static_cast<double>(Limits::lowest()) ? Limits::lowest() : static_cast<Y>(whole);
  });
}

Value packed_int4() {
  Value x = value_of<std::uint8_t>({5}, {0x10, 0x7f, 0x08});
  x.dtype = DType::int4;
  return x;
}

std::vector<Case> bitcasts() {
  std::vector<Case> list;
  const auto add = [&](DType from, const Shape& x, DType to, const Shape& y) {
    list.push_back({.name = concat("BITCAST ", name(from), " to ", name(to)),
                    .op = "BITCAST",
                    .attrs = {},
                    .inputs = {uniform(from, x, -100, 100, 17)},
                    .outputs = {to},
                    .reference = [=](const std::vector<Value>& inputs) {
                      Value result = inputs[0];
                      result.dtype = to;
                      result.shape = y;
                      return std::vector<Value>{result};
                    }});
  };
  add(DType::float32, {3, 4}, DType::int32, {3, 4});
  add(DType::int64, {3}, DType::int32, {3, 2});
  add(DType::int8, {5, 4}, DType::int32, {5});
  return list;
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list = bitcasts();
  list.push_back(exact<float, double>(-9, 9));
  list.push_back(exact<float, std::int32_t>(-9, 9));
  list.push_back(exact<float, std::uint8_t>(0, 255));
  list.push_back(exact<std::int32_t, float>(-1e9, 1e9));
  list.push_back(exact<std::int64_t, float>(-1e18, 1e18));
  list.push_back(exact<std::int64_t, std::uint16_t>(-1e6, 1e6));
  list.push_back(exact<std::uint8_t, std::int8_t>(0, 255));
  list.push_back(exact<std::int8_t, std::int64_t>(-128, 127));
  list.push_back(exact<double, float>(-9, 9));
  list.push_back(saturating<std::int8_t>());
  list.push_back(saturating<std::uint8_t>());
  list.push_back(saturating<std::int16_t>());
  list.push_back(saturating<std::int32_t>());
  list.push_back(saturating<std::int64_t>());
  list.push_back(make<float, std::uint8_t>(
      uniform(DType::float32, {40}, -1, 1, 18), [](float x) { return x != 0; }, DType::boolean));
  list.push_back(make<float, std::uint16_t>(
      uniform(DType::float32, {40}, -1, 1, 18), [](float x) { return to_half(x).bits; }, DType::float16));
  list.push_back(make<std::uint8_t, float>(packed_int4(), [](std::uint8_t) { return 0.0F; }));
  list.back().reference = [](const std::vector<Value>&) {
    return std::vector<Value>{value_of<float>({5}, {0, 1, -1, 7, -8})};
  };
  return list;
}

}  // namespace litesmith::ops::cast
