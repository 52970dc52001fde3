#include <cmath>

#include "base/error.h"
#include "ops/case.h"
#include "ops/case_strings.h"
#include "ops/sparse_lookup/sparse_lookup.h"

namespace litesmith::ops::sparse_lookup {
namespace {

Value keys(const std::vector<std::int32_t>& values) {
  return value_of<std::int32_t>({static_cast<std::int32_t>(values.size())}, values);
}

void add_tables(std::vector<Case>& list) {
  const Value wanted = keys({7, 3, 10, 0, 11}), known = keys({0, 1, 7, 10});
  list.push_back({.name = "rows of numbers",
                  .op = "HASHTABLE_LOOKUP",
                  .attrs = {},
                  .inputs = {wanted, known, value_of<float>({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8})},
                  .outputs = {DType::float32, DType::uint8},
                  .reference = [](const std::vector<Value>&) {
                    return std::vector{value_of<float>({5, 2}, {5, 6, 0, 0, 7, 8, 1, 2, 0, 0}),
                                       value_of<std::uint8_t>({5}, {1, 0, 1, 1, 0})};
                  }});
  list.push_back({.name = "strings",
                  .op = "HASHTABLE_LOOKUP",
                  .attrs = {},
                  .inputs = {wanted, known, strings({4}, {"zero", "one", "", "ten"})},
                  .outputs = {DType::string, DType::uint8},
                  .reference = [](const std::vector<Value>&) {
                    return std::vector{strings({5}, {"", "", "ten", "zero", ""}),
                                       value_of<std::uint8_t>({5}, {1, 0, 1, 1, 0})};
                  }});
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  add_tables(list);
  const struct {
    Combiner combiner;
    float divisor;  // of the place with two rows
  } rows[] = {{Combiner::sum, 1}, {Combiner::mean, 5}, {Combiner::sqrtn, std::sqrt(13.0F)}};
  for (const auto& row : rows)
    list.push_back({.name = concat("combiner ", static_cast<int>(row.combiner)),
                    .op = "EMBEDDING_LOOKUP_SPARSE",
                    .attrs = EmbeddingLookupSparseAttrs{row.combiner},
                    .inputs = {keys({2, 0, 1}), value_of<std::int32_t>({3, 2}, {0, 0, 2, 1, 2, 3}), keys({3, 4}),
                               value_of<float>({3}, {1, 2, 3}), value_of<float>({3, 2}, {1, 2, 10, 20, 100, 200})},
                    .outputs = {DType::float32},
                    .reference =
                        [row](const std::vector<Value>&) {
                          return std::vector{
                              value_of<float>({3, 2}, {100, 200, 0, 0, 32 / row.divisor, 64 / row.divisor})};
                        },
                    .relative = 1e-7});
  return list;
}

}  // namespace litesmith::ops::sparse_lookup
