#include "base/error.h"
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
  return list;
}

}  // namespace litesmith::ops::batch_matmul
