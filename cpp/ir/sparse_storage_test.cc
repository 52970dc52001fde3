#include "ir/sparse_storage.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "base/error.h"

namespace litesmith::ir {
namespace {

Tensor constant(DType dtype, Shape shape, Bytes data) {
  return {.name = "weights", .dtype = dtype, .shape = std::move(shape), .data = std::move(data)};
}

/// Normal numbers of which `zeros` are 0, in runs of `block`.
std::vector<float> numbers(std::size_t count, double zeros, std::size_t block, std::uint32_t seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> chance;
  std::normal_distribution<float> normal;
  std::vector<float> values(count, 0.0F);
  for (std::size_t i = 0; i < count; i += block)
    if (chance(engine) >= zeros)
      for (std::size_t k = 0; k < block; ++k) values[i + k] = normal(engine);
  return values;
}

std::vector<float> expanded(const Tensor& tensor) {
  std::vector<float> dense(static_cast<std::size_t>(elements(tensor.shape)), 0.0F);
  expand_sparse(tensor, std::as_writable_bytes(std::span(dense)));
  return dense;
}

TEST_CASE("what is stored sparsely expands to the same values") {
  const Shape shapes[] = {{16}, {12, 32}, {3, 2, 5, 16}, {1, 4}, {0, 16}, {300, 16}};
  for (const Shape& shape : shapes)
    for (const std::int32_t block : {1, 2, 4})
      for (const double zeros : {0.0, 0.6, 1.0}) {
        CAPTURE(shape);
        CAPTURE(block);
        CAPTURE(zeros);
        const auto count = static_cast<std::size_t>(elements(shape));
        const std::vector<float> values = numbers(count, zeros, static_cast<std::size_t>(block), 1);
        Tensor tensor = constant(DType::float32, shape, Bytes::copy_of<float>(values));
        const std::int64_t kept = elements(shape) - count_zeros(tensor, block);
        store_sparse(tensor, block);
        CHECK(sparse_value_count(shape, *tensor.sparsity, "it") == kept);
        CHECK(tensor.data->size() == 4 * static_cast<std::size_t>(kept));
        CHECK(expanded(tensor) == values);
      }
}

TEST_CASE("zeros of either sign are zeros, denormals and NaN are not") {
  const std::vector<float> values = {0.0F, -0.0F, 1e-45F, NAN, -1.0F, 0.0F, 0.0F, -0.0F};
  const Tensor tensor = constant(DType::float32, {2, 4}, Bytes::copy_of<float>(values));
  CHECK(count_zeros(tensor) == 5);
  CHECK(count_zeros(tensor, 2) == 4);
  const std::vector<std::int8_t> integers = {0, -128, 0, 1};
  CHECK(count_zeros(constant(DType::int8, {4}, Bytes::copy_of<std::int8_t>(integers))) == 2);
}

TEST_CASE("levels in any order and blocks in two dimensions") {
  // 4 x 4 in blocks of 2 x 2: of the blocks (0, 1) and (1, 0), columns of blocks first, inside a block columns first.
  Sparsity blocks{.traversal_order = {1, 0, 3, 2},
                  .block_map = {0, 1},
                  .has_block_map = true,
                  .dimensions = {{.dense_size = 2},
                                 {.csr = true, .segments = {0, 1, 2}, .indices = {1, 0}},
                                 {.dense_size = 2},
                                 {.dense_size = 2}}};
  const std::vector<float> kept = {1, 2, 3, 4, 5, 6, 7, 8};
  Tensor tensor = constant(DType::float32, {4, 4}, Bytes::copy_of<float>(kept));
  tensor.sparsity = std::make_shared<const Sparsity>(blocks);
  CHECK(expanded(tensor) == std::vector<float>{0, 0, 5, 7, 0, 0, 6, 8, 1, 3, 0, 0, 2, 4, 0, 0});
  blocks.traversal_order = {1, 0, 2, 3};
  tensor.sparsity = std::make_shared<const Sparsity>(blocks);
  CHECK(expanded(tensor) == std::vector<float>{0, 0, 5, 6, 0, 0, 7, 8, 1, 2, 0, 0, 3, 4, 0, 0});
}

TEST_CASE("storage that does not fit its values is refused before anything is written") {
  const std::vector<float> kept = {1, 2};
  Tensor tensor = constant(DType::float32, {2, 4}, Bytes::copy_of<float>(kept));
  const Sparsity right{.traversal_order = {0, 1},
                       .dimensions = {{.dense_size = 2}, {.csr = true, .segments = {0, 1, 2}, .indices = {3, 0}}}};
  const auto with = [&](const Sparsity& sparsity) {
    tensor.sparsity = std::make_shared<const Sparsity>(sparsity);
    return expanded(tensor);
  };
  CHECK(with(right) == std::vector<float>{0, 0, 0, 1, 2, 0, 0, 0});
  Sparsity outside = right;
  outside.dimensions[1].indices[0] = 4;
  CHECK_THROWS_AS(with(outside), Error);
  Sparsity short_of_values = right;
  short_of_values.dimensions[1].segments = {0, 1, 3};
  short_of_values.dimensions[1].indices = {3, 0, 1};
  CHECK_THROWS_WITH_AS(with(short_of_values), doctest::Contains("keeps 3 sparse values"), Error);
  Sparsity split_twice = right;
  split_twice.traversal_order = {0, 1, 2, 3};
  split_twice.block_map = {1, 1};
  split_twice.dimensions = {{.dense_size = 2}, {.dense_size = 1}, {.dense_size = 2}, {.dense_size = 2}};
  CHECK_THROWS_WITH_AS(with(split_twice), doctest::Contains("splits dimension 1"), Error);
  tensor.dtype = DType::int4;
  CHECK_THROWS_WITH_AS(with(right), doctest::Contains("int4"), Error);
}

TEST_CASE("levels that multiply to more than any memory hold nothing") {
  const Sparsity nothing{.traversal_order = {0, 1, 2},
                         .dimensions = {{.dense_size = INT32_MAX}, {.dense_size = INT32_MAX}, {.dense_size = 0}}};
  Tensor tensor = constant(DType::float32, {INT32_MAX, INT32_MAX, 0}, Bytes());
  tensor.sparsity = std::make_shared<const Sparsity>(nothing);
  CHECK(expanded(tensor).empty());
}

}  // namespace
}  // namespace litesmith::ir
