#include "ops/recurrent/sequence_step.h"

namespace litesmith::ops::recurrent {
namespace {

std::size_t floats(std::int64_t count) { return align_up(static_cast<std::size_t>(count) * sizeof(float)); }

/// Hands out memory from the front.
struct Bump {
  std::byte* at;

  std::byte* take(std::size_t bytes) noexcept {
    std::byte* const taken = at;
    at += align_up(bytes);
    return taken;
  }
  const std::byte* pack(const std::optional<StackedProduct>& product, const Operands& operands) noexcept {
    return product ? product->pack(operands, take(product->packed_bytes())) : nullptr;
  }
};

}  // namespace

std::size_t SequenceProducts::packed_bytes() const {
  std::size_t bytes = align_up(input.packed_bytes());
  for (const auto* product : {&second, &recurrent, &projection})
    if (*product) bytes += align_up((*product)->packed_bytes());
  return bytes;
}

double SequenceProducts::work() const {
  const auto one = [](const StackedProduct& product) {
    return static_cast<double>(product.n()) * static_cast<double>(product.k());
  };
  double total = one(input);
  for (const auto* product : {&second, &recurrent, &projection})
    if (*product) total += one(**product);
  return total;
}

std::size_t SequencePlans::scratch_bytes() const {
  return std::max({input.scratch_bytes, second.scratch_bytes, recurrent.scratch_bytes, projection.scratch_bytes});
}

SequencePlans sequence_plans(const SequenceProducts& products, const SequenceBlocks& blocks, std::size_t kind,
                             std::int64_t width) {
  const auto along = [&](const StackedProduct& product) { return product.plan(blocks.grid(kind, product.k(), width)); };
  const auto dense = [&](const StackedProduct& product) {
    return product.plan({.inner = blocks.rows(kind), .x_inner = product.k(), .y_inner = product.n()});
  };
  SequencePlans plans{.input = along(products.input)};
  if (products.second) plans.second = along(*products.second);
  if (products.recurrent) plans.recurrent = dense(*products.recurrent);
  if (products.projection) plans.projection = dense(*products.projection);
  return plans;
}

std::size_t SequenceWorkSize::bytes(const SequenceProducts& products) const {
  return floats(sums) + floats(cell) + align_up(scratch) + products.packed_bytes();
}

SequenceWork start_work(const SequenceProducts& products, const SequenceWorkSize& size,
                        const Operands& operands) noexcept {
  Bump bump{operands.scratch};
  SequenceWork work;
  work.sums = reinterpret_cast<float*>(bump.take(floats(size.sums)));
  work.cell = reinterpret_cast<float*>(bump.take(floats(size.cell)));
  work.scratch = bump.take(size.scratch);
  work.input = products.input.pack(operands, bump.take(products.input.packed_bytes()));
  work.second = bump.pack(products.second, operands);
  work.recurrent = bump.pack(products.recurrent, operands);
  work.projection = bump.pack(products.projection, operands);
  return work;
}

std::string sequence_kernel(std::string_view family, simd::Isa isa, const TensorInfo& weights) {
  return concat(family, "/", simd::isa_name(isa), weights.dtype == DType::float32 ? "/float" : "/hybrid");
}

}  // namespace litesmith::ops::recurrent
