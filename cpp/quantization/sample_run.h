#pragma once

#include <span>

#include "interpreter/interpreter.h"
#include "quantization/observer.h"

namespace litesmith::quantization {

/// Runs one sample from zeroed variables. `feeds` name inputs of `source`, the float graph that the interpreter's graph
/// was made of, which has its inputs in the same order; values for quantized inputs are quantized. Throws what the
/// interpreter throws.
void run_sample(interpreter::Interpreter& interpreter, int graph, const ir::Graph& source, std::span<const Feed> feeds);

}  // namespace litesmith::quantization
