#pragma once

#include "passes/pass.h"

/// A float32 constant that training has put on a grid keeps the grid as its quantization, with the zero points of int8.
namespace litesmith::passes {

/// Whether the node is a DEQUANTIZE of 8-bit integers: folding it gives a constant with steps.
bool gives_learnt_steps(const Site& site);

/// The steps that the result of folding the node has: those that it gives, or those of its operand where it only moves
/// values; empty when there are none, or no axis of the result `shape` has them.
ir::Quantization steps_of_result(const Site& site, const Shape& shape);

}  // namespace litesmith::passes
