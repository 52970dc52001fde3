#pragma once

#include <span>

#include "kernels/elementary/elementary.h"
#include "ops/kernel_table.h"
#include "ops/tiles.h"

namespace litesmith::ops {

/// Parameters of a step that applies one function to every element.
struct Length {
  std::int64_t elements;
};

/// y[i] = function(x[i]).
template <class X, class Y, auto function>
Fault map(const Length& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.elements);
  const X* x = operands.in<X>(0);
  Y* y = operands.out<Y>();
#pragma GCC ivdep
  for (std::int64_t i = range.begin; i < range.end; ++i) y[i] = function(x[i]);
  return Fault::none;
}

/// Fills in what every elementwise step has: tiles and work.
inline Step over_elements(Step step, std::int64_t elements) {
  step.tiles = tile_count(elements);
  step.work = static_cast<double>(elements);
  return step;
}

/// Row functions of kernel tables: Kernel::prepare.
template <class X, class Y, auto function>
Step map_step(const PrepareContext& context, simd::Isa isa) {
  const std::int64_t count = elements(context.input(0).shape);
  return over_elements(make_step<map<X, Y, function>>(Length{count}, "", isa), count);
}

struct ArrayMap {
  kernels::ArrayFunction function;
  std::int64_t elements;
};

inline Fault map_array(const ArrayMap& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.elements);
  params.function(operands.in<float>(0) + range.begin, operands.out<float>() + range.begin, range.size());
  return Fault::none;
}

template <kernels::ArrayFunction kernels::Elementary::* function>
Step elementary_step(const PrepareContext& context, simd::Isa isa) {
  const std::int64_t count = elements(context.input(0).shape);
  const ArrayMap params{kernels::elementary_functions(isa).*function, count};
  return over_elements(make_step<map_array>(params, "", isa), count);
}

/// The rows of an operator that is a function of kernels/elementary.
template <kernels::ArrayFunction kernels::Elementary::* function>
inline constexpr Kernel kElementaryRows[] = {
    {"elementary/avx512", simd::Isa::avx512, {DType::float32}, {}, nullptr, elementary_step<function>},
    {"elementary/avx2", simd::Isa::avx2, {DType::float32}, {}, nullptr, elementary_step<function>},
    {"elementary/scalar", simd::Isa::scalar, {DType::float32}, {}, nullptr, elementary_step<function>},
};

/// OpDef::prepare of an operator whose kernels are the rows of a table.
template <auto& rows>
Step prepare_from(const PrepareContext& context) {
  return prepare_best(rows, context);
}

}  // namespace litesmith::ops
