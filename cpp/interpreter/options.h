#pragma once

#include <cstddef>
#include <functional>

#include "interpreter/arena.h"
#include "interpreter/tensor_observer.h"
#include "ops/step.h"

namespace litesmith::interpreter {

/// How a model is run; the same for all its graphs. Results depend on `arithmetic` alone.
struct Options {
  int threads = 1;
  /// Best instruction set that may be used.
  simd::Isa isa = simd::Isa::scalar;
  ops::Arithmetic arithmetic = ops::Arithmetic::litert;
  /// Every tensor keeps its values until the next invoke.
  bool preserve_all_tensors = false;
  /// Bytes for tensors and scratch of all graphs together.
  std::size_t memory_limit = Budget::kUnlimited;
  /// Sees the tensors while graphs run; null = nobody. Must outlive the interpreter.
  TensorObserver* observer = nullptr;
  /// Called before a node runs another graph, as loops do again and again; may throw to stop the run. Null = nothing.
  std::function<void()> keep_running{};
};

}  // namespace litesmith::interpreter
