#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "interpreter/interpreter.h"
#include "quantization/observer.h"
#include "quantization/policy.h"
#include "quantization/ranges.h"

namespace litesmith::quantization {

/// The mean error of an operator's result, per channel, and the mode that causes it.
struct BiasError {
  Mode mode = Mode::float32;
  std::vector<double> mean;
};

/// By the operator's result in the float model.
using BiasErrors = std::map<TensorKey, BiasError>;

/// Measures over samples by how much the results of linear operators shift when operand and filter take the values that
/// a quantized model stores (Nagel et al. 2019, arXiv 1906.04721, section 4.2; here with measured inputs). Every
/// operator gets the float model's values, and its activation is left out. Results are the same on every instruction
/// set and for any number of threads. Not thread safe.
class BiasCorrection final : private interpreter::TensorObserver {
 public:
  struct Options {
    int threads = 1;
    simd::Isa isa = simd::Isa::scalar;
  };
  /// `quantized` was made of `model` under `policy`. Throws Error(value) when it was not.
  BiasCorrection(const ir::Model& model, const ir::Model& quantized, const Policy& policy, const Options& options);
  BiasCorrection(const BiasCorrection&) = delete;
  BiasCorrection& operator=(const BiasCorrection&) = delete;

  /// Runs one sample, which is for the float model. Throws what the interpreter throws.
  void add(int graph, std::span<const Feed> feeds);
  /// Errors of the operators that have run.
  BiasErrors errors() const;

 private:
  /// An operator that is measured: the float model's result, and sums of what it should give and of what it gives.
  struct Measured {
    TensorKey result;
    Mode mode;
    std::vector<double> exact, stored;
    std::uint64_t rows = 0;
  };
  /// A tensor that is summed up.
  struct Watched {
    std::size_t measured;
    bool is_stored;
  };
  void add_probes(std::int32_t graph, ir::Graph& probes, const ir::Graph& quantized, const Policy& policy);
  void computed(const Values& values, ThreadPool& pool) override;
  void shown(const ir::Graph& graph, ir::TensorId tensor, ir::TensorId source) override;

  std::vector<Measured> measured_{};
  std::map<TensorKey, Watched> watched_{};
  std::shared_ptr<const ir::Model> probes_{};
  std::unique_ptr<interpreter::Interpreter> interpreter_{};
};

/// Subtracts the errors from the biases of operators that have the mode in which they were measured. Operators without
/// a bias get one; constants that others read as well stay as they are. Tensors keep their ids.
void correct_biases(ir::Model& model, const BiasErrors& errors, const Policy& policy);

}  // namespace litesmith::quantization
