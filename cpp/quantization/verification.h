#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "interpreter/interpreter.h"
#include "quantization/observer.h"
#include "quantization/watch.h"

namespace litesmith::quantization {

/// A result of an operator of the quantized model beside what the float operator makes of the same inputs.
struct VerifiedResult {
  ir::TensorId tensor = ir::kAbsent;  // in the quantized model
  DType dtype = DType::int8;
  Shape shape;
  std::vector<std::byte> stored;  // integers of the quantized model
  std::vector<float> actual;      // the same as real numbers
  std::vector<float> expected;    // of the float operator
};

/// What TensorFlow's NUMERIC_VERIFY operators measure, without having them in a model: each float operator runs on the
/// dequantized results that the quantized model has where its inputs are, with float weights. Results of float
/// operators of the quantized model are taken as they are. Tensors of both models are matched by name. Not thread safe.
class Verification {
 public:
  struct Options {
    int threads = 1;
    simd::Isa isa = simd::Isa::scalar;
  };
  Verification(std::shared_ptr<const ir::Model> reference, std::shared_ptr<const ir::Model> quantized,
               const Options& options);
  Verification(const Verification&) = delete;
  Verification& operator=(const Verification&) = delete;

  /// Tensors of the quantized model that run() compares, and their names in the float model.
  std::map<ir::TensorId, std::string> tensors(int graph) const;
  /// Runs one sample and returns the results of the graph's quantized operators in the order of the float model. Throws
  /// what the interpreter throws, and Error(value) for a graph that the models do not have.
  std::vector<VerifiedResult> run(int graph, std::span<const Feed> feeds);

 private:
  /// A quantized tensor in the place of a float one.
  struct Place {
    ir::TensorId tensor = ir::kAbsent;
    bool is_result = true;  // of an operator; else an input of the graph
  };
  void match(const ir::Graph& reference, const ir::Graph& quantized);
  void keep(const interpreter::TensorObserver::Values& values);
  void verify(const interpreter::TensorObserver::Values& values);
  const std::map<std::string, Place>& places(int graph) const;

  std::shared_ptr<const ir::Model> reference_, quantized_;
  std::vector<std::map<std::string, Place>> places_;  // by graph: name in the float model -> place
  Watch see_reference_, see_quantized_;
  interpreter::Interpreter float_run_, quantized_run_;
  int graph_ = 0;  // that runs
  std::map<ir::TensorId, std::vector<std::byte>> kept_;
  std::vector<VerifiedResult> results_;
};

}  // namespace litesmith::quantization
