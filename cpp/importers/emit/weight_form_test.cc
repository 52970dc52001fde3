#include "importers/emit/weight_form.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

namespace litesmith::importers::emit {
namespace {

std::vector<float> counting(std::size_t n) {
  std::vector<float> values(n);
  std::iota(values.begin(), values.end(), 0.0F);
  return values;
}

std::vector<float> reordered(const Shape& stored, const WeightForm& form) {
  const auto values = counting(static_cast<std::size_t>(elements(stored)));
  return reorder(Bytes::copy_of<float>(values), stored, form).to_vector<float>();
}

TEST_CASE("a matrix larger than a block is transposed") {
  const Shape stored{67, 45};
  const auto result = reordered(stored, {.order = {1, 0}, .shape = {45, 67}, .reversed = {}});
  for (int r = 0; r < 67; ++r)
    for (int c = 0; c < 45; ++c)
      REQUIRE(result[static_cast<std::size_t>(c * 67 + r)] == static_cast<float>(r * 45 + c));
}

TEST_CASE("axes go where the order says and reversed ones run backwards") {
  const auto result = reordered({2, 3, 2}, {.order = {1, 0, 2}, .shape = {3, 2, 2}, .reversed = {true, false, false}});
  CHECK(result == std::vector<float>{6, 7, 0, 1, 8, 9, 2, 3, 10, 11, 4, 5});
}

TEST_CASE("one axis can be reversed alone") {
  CHECK(reordered({4}, {.order = {}, .shape = {4}, .reversed = {true}}) == std::vector<float>{3, 2, 1, 0});
}

TEST_CASE("a form that moves nothing shares the bytes") {
  const Bytes stored = Bytes::copy_of<float>(counting(24));
  const Bytes same = reorder(stored, {3, 2, 4, 1}, {.order = {}, .shape = {1, 3, 2, 4}, .reversed = {}});
  CHECK(same.data() == stored.data());
}

TEST_CASE("bytes at an odd address are reordered all the same") {
  std::vector<std::byte> raw(1 + 6 * sizeof(float));
  const auto values = counting(6);
  std::memcpy(raw.data() + 1, values.data(), 6 * sizeof(float));
  const Bytes odd = Bytes::take(std::move(raw)).slice(1, 6 * sizeof(float));
  const Bytes result = reorder(odd, {2, 3}, {.order = {1, 0}, .shape = {3, 2}, .reversed = {}});
  CHECK(result.to_vector<float>() == std::vector<float>{0, 3, 1, 4, 2, 5});
}

TEST_CASE("float64 becomes float32 and integers stay") {
  const std::vector<double> wide{1.5, -2};
  DType dtype = DType::float64;
  CHECK(widen_to_float32(Bytes::copy_of<double>(wide), dtype).to_vector<float>() == std::vector<float>{1.5F, -2});
  CHECK(dtype == DType::float32);
  const std::vector<std::int32_t> integers{3};
  dtype = DType::int32;
  CHECK(widen_to_float32(Bytes::copy_of<std::int32_t>(integers), dtype).size() == 4);
  CHECK(dtype == DType::int32);
}

TEST_CASE("the first value that is not finite is found behind many that are") {
  std::vector<float> values = counting(5000);
  CHECK(first_not_finite(Bytes::copy_of<float>(values)) == -1);
  values[4321] = -INFINITY;
  values[4400] = NAN;
  CHECK(first_not_finite(Bytes::copy_of<float>(values)) == 4321);
}

}  // namespace
}  // namespace litesmith::importers::emit
