#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "ops/infer.h"
#include "ops/state.h"
#include "simd/cpu.h"

namespace litesmith::ops {

/// Faults that depend on values met while running; kernels return them, the interpreter turns them into an Error.
enum class Fault : std::uint8_t { none, index_out_of_range, division_by_zero, axis_out_of_range, invalid_value };

std::string_view describe(Fault fault) noexcept;

/// Where reference runtimes round differently (reference: arithmetic.md §0).
enum class Arithmetic : std::uint8_t { litert, tflm };

/// The tensors of one step while it runs. Pointers are valid for this invoke; absent operands are null. Constant
/// operands point at the file's bytes (possibly unaligned: `prepare` copies what kernels read as wider types).
struct Operands {
  const std::byte* const* inputs;
  std::byte* const* outputs;
  /// Private to the worker that runs the tile: `Step::scratch_bytes` bytes, 64-byte aligned.
  std::byte* scratch;

  template <class T>
  const T* in(int i) const noexcept {
    return reinterpret_cast<const T*>(inputs[i]);
  }
  template <class T>
  T* out(int i = 0) const noexcept {
    return reinterpret_cast<T*>(outputs[i]);
  }
};

/// Half-open range of tiles; tiles of one step may run in any order and on any worker.
struct TileRange {
  std::int64_t begin = 0;
  std::int64_t end = 1;
};

/// Runs tiles of a step. Allocates nothing, throws nothing.
using KernelFunction = Fault (*)(const void* params, const Operands& operands, TileRange tiles) noexcept;

/// One prepared node: function, parameters, tile count.
struct Step {
  KernelFunction run = nullptr;
  /// Owned parameters, packed weights included; `run` gets the raw pointer.
  std::shared_ptr<const void> params;
  /// Independent pieces of the work; results must not depend on how they are grouped.
  std::int64_t tiles = 1;
  std::size_t scratch_bytes = 0;
  /// "conv_2d/avx512/6x16": shown by profiles, and the proof of which kernel ran.
  std::string kernel;
  simd::Isa isa = simd::Isa::scalar;
  /// Multiply-accumulates or element operations, for the cost model and reports.
  double work = 0;
};

/// Wraps a typed kernel `Fault kernel(const Params&, const Operands&, TileRange) noexcept` without run-time cost.
template <auto kernel, class Params>
Step make_step(Params params, std::string kernel_name, simd::Isa isa = simd::Isa::scalar) {
  Step step;
  step.params = std::make_shared<const Params>(std::move(params));
  step.run = [](const void* p, const Operands& operands, TileRange tiles) noexcept {
    return kernel(*static_cast<const Params*>(p), operands, tiles);
  };
  step.kernel = std::move(kernel_name);
  step.isa = isa;
  return step;
}

/// What `OpDef::prepare` sees: operands with static shapes, results as inferred.
class PrepareContext : public NodeView {
 public:
  struct Settings {
    simd::Isa isa = simd::Isa::scalar;  // best one that may be used
    Arithmetic arithmetic = Arithmetic::litert;
    int threads = 1;
  };
  PrepareContext(const ir::Node& node, std::span<const TensorInfo* const> inputs, std::span<const TensorInfo> outputs,
                 Settings settings)
      : NodeView(node, inputs), outputs_(outputs), settings_(settings) {}

  const TensorInfo& output(int i = 0) const { return outputs_[static_cast<std::size_t>(i)]; }
  simd::Isa isa() const noexcept { return settings_.isa; }
  Arithmetic arithmetic() const noexcept { return settings_.arithmetic; }
  int threads() const noexcept { return settings_.threads; }
  /// Fails with the list of what exists: "no kernel for float64 ...; it runs float32, int32".
  [[noreturn]] void fail_no_kernel(std::string_view supported) const;

 private:
  std::span<const TensorInfo> outputs_;
  Settings settings_;
};

/// What `OpDef::host` sees: real values (every operand is known: `ints`, `input(i).data`), and results that it sizes
/// itself. May throw.
class HostContext : public NodeView {
 public:
  using NodeView::NodeView;
  virtual ~HostContext() = default;
  virtual const std::byte* input_data(int i) const = 0;
  /// Sets the shape of result i and returns its bytes, uninitialised. The size is stated for strings; other types have
  /// the packed size of the shape.
  virtual std::byte* allocate_bytes(int i, const Shape& shape, std::size_t bytes) = 0;
  std::byte* allocate_output(int i, const Shape& shape) {
    return allocate_bytes(i, shape, packed_bytes(output(i).dtype, elements(shape)));
  }
  virtual const TensorInfo& output(int i) const = 0;
  /// Another graph of the model. Throws Error(unsupported) outside of an interpreter.
  virtual CalledGraph& graph(std::int32_t index);
  /// What the graphs of the model share. Throws Error(unsupported) outside of an interpreter.
  virtual State& state();
  /// Operand i, valid while the operator runs.
  TensorValue value(int i) const;
  /// Result i becomes a copy of the value, whose type must be that of the result.
  void give(int i, const TensorValue& value);

  template <class T>
  const T* in(int i) const {
    return reinterpret_cast<const T*>(input_data(i));
  }
};

}  // namespace litesmith::ops
