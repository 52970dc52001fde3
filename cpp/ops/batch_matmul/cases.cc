#include <algorithm>
#include <limits>
#include <type_traits>

#include "base/error.h"
#include "kernels/hybrid/row_quantizer.h"
#include "kernels/requantize/multiplier.h"
#include "ops/batch_matmul/batch_matmul.h"
#include "ops/case.h"
#include "ops/case_reference.h"

namespace litesmith::ops::batch_matmul {
namespace {

Shape without_matrix(const Shape& s) { return Shape(std::vector<std::int32_t>(s.begin(), s.end() - 2)); }

std::vector<Value> naive(const BatchMatmulAttrs& a, const Value& x, const Value& y) {
  const Shape xb = without_matrix(x.shape);
  const Shape yb = without_matrix(y.shape);
  Shape result = broadcast(xb, yb).value();
  const auto batches = elements(result);
  const Shape batch = result;
  const auto m = static_cast<std::size_t>(x.shape.back(a.adj_x ? 1 : 2));
  const auto k = static_cast<std::size_t>(x.shape.back(a.adj_x ? 2 : 1));
  const auto n = static_cast<std::size_t>(y.shape.back(a.adj_y ? 2 : 1));
  std::vector<float> z;
  for (std::int64_t b = 0; b < batches; ++b) {
    const auto xs = x.as<float>().subspan(broadcast_index(batch, xb, b) * m * k, m * k);
    const auto ys = y.as<float>().subspan(broadcast_index(batch, yb, b) * k * n, k * n);
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::size_t l = 0; l < k; ++l)
          sum += static_cast<double>(xs[a.adj_x ? l * m + i : i * k + l]) * ys[a.adj_y ? j * k + l : l * n + j];
        z.push_back(static_cast<float>(sum));
      }
  }
  result.dims().push_back(static_cast<std::int32_t>(m));
  result.dims().push_back(static_cast<std::int32_t>(n));
  return {value_of(result, z)};
}

Shape matrix(Shape batch, std::int32_t rows, std::int32_t columns, bool swap) {
  batch.dims().push_back(swap ? columns : rows);
  batch.dims().push_back(swap ? rows : columns);
  return batch;
}

/// One product after the other; multiply(x index, y index) sums the pairs of a row and a column.
template <class Function>
Shape for_each_result(const BatchMatmulAttrs& a, const Value& x, const Value& y, Function function) {
  const Shape xb = without_matrix(x.shape), yb = without_matrix(y.shape);
  Shape result = broadcast(xb, yb).value();
  const Shape batch = result;
  const auto m = static_cast<std::size_t>(x.shape.back(a.adj_x ? 1 : 2));
  const auto k = static_cast<std::size_t>(x.shape.back(a.adj_x ? 2 : 1));
  const auto n = static_cast<std::size_t>(y.shape.back(a.adj_y ? 2 : 1));
  for (std::int64_t b = 0; b < elements(batch); ++b)
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        std::vector<std::size_t> xs, ys;
        for (std::size_t l = 0; l < k; ++l) {
          xs.push_back(broadcast_index(batch, xb, b) * m * k + (a.adj_x ? l * m + i : i * k + l));
          ys.push_back(broadcast_index(batch, yb, b) * k * n + (a.adj_y ? j * k + l : l * n + j));
        }
        function(xs, ys);
      }
  result.dims().push_back(static_cast<std::int32_t>(m));
  result.dims().push_back(static_cast<std::int32_t>(n));
  return result;
}

template <class X, class W, class Y>
std::vector<Value> naive_integer(const BatchMatmulAttrs& a, const Value& x, const Value& y,
                                 const ir::Quantization& result) {
  const ir::Quantization &qx = x.quantization, &qy = y.quantization;
  constexpr bool kAreSums = std::is_same_v<Y, std::int32_t>;  // which leave the zero points out
  const std::int64_t zx = kAreSums ? 0 : qx.zero_points[0], zy = kAreSums ? 0 : qy.zero_points[0];
  std::vector<Y> z;
  const Shape shape = for_each_result(a, x, y, [&](const auto& xs, const auto& ys) {
    std::int64_t sum = 0;
    for (std::size_t l = 0; l < xs.size(); ++l) sum += (x.as<X>()[xs[l]] - zx) * (y.as<W>()[ys[l]] - zy);
    if (kAreSums) return z.push_back(static_cast<Y>(sum));
    const double scale = qy.scales.size() == 1
                             ? static_cast<double>(qx.scales[0] * qy.scales[0])
                             : static_cast<double>(qx.scales[0]) * qy.scales[z.size() % qy.scales.size()];
    const kernels::Multiplier m = kernels::multiplier_of(scale / result.scales[0]);
    const std::int64_t steps =
        sizeof(X) == 1 ? kernels::multiply(static_cast<std::int32_t>(sum), m) : kernels::multiply(sum, m);
    z.push_back(static_cast<Y>(std::clamp<std::int64_t>(steps + result.zero_points[0], std::numeric_limits<Y>::min(),
                                                        std::numeric_limits<Y>::max())));
  });
  return {value_of(shape, z)};
}

std::vector<Value> naive_hybrid(const BatchMatmulAttrs& a, const Value& x, const Value& y) {
  const auto range = a.asymmetric_quantize_inputs ? kernels::RowRange::asymmetric : kernels::RowRange::symmetric;
  std::vector<float> z;
  const Shape shape = for_each_result(a, x, y, [&](const auto& xs, const auto& ys) {
    std::vector<float> row;
    for (const std::size_t l : xs) row.push_back(x.as<float>()[l]);
    std::vector<std::int8_t> q(row.size());
    const auto scale = kernels::quantize_row(kernels::row_quantizer(simd::Isa::scalar), row.data(),
                                             static_cast<std::int64_t>(row.size()), range, q.data());
    std::int32_t sum = 0;
    for (std::size_t l = 0; l < xs.size(); ++l) sum += (q[l] - scale.zero_point) * y.as<std::int8_t>()[ys[l]];
    z.push_back(static_cast<float>(sum) * (scale.scale * y.quantization.scales[0]));
  });
  return {value_of(shape, z)};
}

ir::Quantization per_tensor(float scale, std::int64_t zero_point) {
  return {.scales = {scale}, .zero_points = {zero_point}};
}

enum class Kind { int8, int8_sums, int16, int16_by_int8, hybrid, hybrid_asymmetric };

void scale_columns(Value& y, bool adj_y) {
  ir::Quantization& q = y.quantization;
  q.dimension = y.shape.rank() - (adj_y ? 2 : 1);
  q.scales.clear();
  for (std::int32_t i = 0; i < y.shape[q.dimension]; ++i) q.scales.push_back(0.01F * static_cast<float>(1 + i % 7));
  q.zero_points.assign(q.scales.size(), 0);
}

/// The case with other types.
Case quantized(const Case& one, Kind kind) {
  constexpr const char* kNames[] = {"int8",   "int8 to int32",     "int16", "int16 by int8, scales per column",
                                    "hybrid", "hybrid, asymmetric"};
  const bool is_wide = kind == Kind::int16 || kind == Kind::int16_by_int8;
  BatchMatmulAttrs attrs = one.attrs.as<BatchMatmulAttrs>();
  attrs.asymmetric_quantize_inputs = kind == Kind::hybrid_asymmetric;
  Case result = one;
  result.name = concat(kNames[static_cast<int>(kind)], ", ", one.name);
  result.attrs = attrs;
  result.relative = 0;
  const bool is_hybrid = kind == Kind::hybrid || kind == Kind::hybrid_asymmetric;
  for (std::size_t i = is_hybrid ? 1 : 0; i < 2; ++i) {
    Value& value = result.inputs[i];
    const bool is_constant = value.constant;
    const DType type = is_wide && (i == 0 || kind == Kind::int16) ? DType::int16 : DType::int8;
    const int highest = type == DType::int16 ? 32767 : 127;
    value = uniform(type, value.shape, -highest - 1, highest, i + 5);
    value.constant = is_constant;
    value.quantization = per_tensor(0.01F, !is_wide && !is_hybrid ? 13 - 20 * static_cast<int>(i) : 0);
  }
  if (kind == Kind::int16_by_int8) scale_columns(result.inputs[1], attrs.adj_y);
  if (is_hybrid) {
    result.reference = [attrs](const std::vector<Value>& in) { return naive_hybrid(attrs, in[0], in[1]); };
    return result;
  }
  const ir::Quantization q = per_tensor(kind == Kind::int16 ? 9.0F : 0.11F, is_wide ? 0 : -5);
  result.outputs = {kind == Kind::int8_sums ? DType::int32 : (is_wide ? DType::int16 : DType::int8)};
  if (kind != Kind::int8_sums) result.output_quantization = {q};
  result.reference = [attrs, q, kind](const std::vector<Value>& in) {
    using std::int16_t, std::int8_t;
    if (kind == Kind::int16) return naive_integer<int16_t, int16_t, int16_t>(attrs, in[0], in[1], q);
    if (kind == Kind::int16_by_int8) return naive_integer<int16_t, int8_t, int16_t>(attrs, in[0], in[1], q);
    if (kind == Kind::int8) return naive_integer<int8_t, int8_t, int8_t>(attrs, in[0], in[1], q);
    return naive_integer<int8_t, int8_t, std::int32_t>(attrs, in[0], in[1], q);
  };
  return result;
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  const struct {
    Shape x, y;
  } batches[] = {{{}, {}}, {{3}, {3}}, {{3}, {}}, {{}, {3}}, {{2, 1}, {1, 3}}, {{2, 3}, {3}}, {{1, 1}, {1}}};
  const struct {
    std::int32_t m, k, n;
  } sizes[] = {{1, 1, 1}, {1, 40, 17}, {5, 9, 33}, {70, 20, 50}};
  for (const auto& batch : batches)
    for (const auto& size : sizes)
      for (const bool adj_x : {false, true})
        for (const bool adj_y : {false, true}) {
          const BatchMatmulAttrs attrs{.adj_x = adj_x, .adj_y = adj_y};
          Value x = uniform(DType::float32, matrix(batch.x, size.m, size.k, adj_x), -1, 1, 1);
          Value y = uniform(DType::float32, matrix(batch.y, size.k, size.n, adj_y), -1, 1, 2);
          y.constant = size.k == 9;
          list.push_back({.name = concat(x.shape, adj_x ? "^T" : "", " by ", y.shape, adj_y ? "^T" : ""),
                          .op = "BATCH_MATMUL",
                          .attrs = attrs,
                          .inputs = {x, y},
                          .outputs = {},
                          .reference = [attrs](const std::vector<Value>& in) { return naive(attrs, in[0], in[1]); },
                          .relative = 1e-6 * size.k,
                          .absolute = 0});
        }
  list.push_back(
      {.name = "many columns in blocks",
       .op = "BATCH_MATMUL",
       .attrs = {},
       .inputs = {uniform(DType::float32, {2, 3, 1500}, -1, 1, 1), uniform(DType::float32, {2, 1500, 150}, -1, 1, 2)},
       .outputs = {},
       .reference = [](const std::vector<Value>& in) { return naive({}, in[0], in[1]); },
       .relative = 1e-4,
       .absolute = 0});
  const std::size_t count = list.size();
  for (std::size_t i = 0; i < count; ++i)
    for (const Kind kind :
         {Kind::int8, Kind::int8_sums, Kind::int16, Kind::int16_by_int8, Kind::hybrid, Kind::hybrid_asymmetric})
      list.push_back(quantized(list[i], kind));
  return list;
}

}  // namespace litesmith::ops::batch_matmul
