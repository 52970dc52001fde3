#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "converter/conversion.h"
#include "quantization/comparison.h"
#include "quantization/range_methods.h"
#include "sample_feeds.h"

namespace litesmith::bindings {

/// An input of the graph behind a signature, in the graph's order.
struct ConversionInput {
  std::string name;  // in the signature; the tensor's name where there are no signatures
  std::string tensor_name;
  int tensor = 0;
  std::string dtype;
  std::vector<std::int32_t> shape;  // -1 = open
};

/// What a sample of the calibration data is for; the key is empty where the model has no signatures.
struct ConversionSignature {
  std::string key;
  int graph = 0;
  std::vector<ConversionInput> inputs;
  std::vector<int> outputs;
};

/// An operator of the float model.
struct ConversionOperator {
  int graph = 0;
  std::string name;
  std::vector<std::string> layers;  // it came from these, owner first
  std::vector<int> inputs, outputs;
};

/// A layer that owns operators: its path, paths of layers that were merged into them, and names of the operators.
using PythonLayer = std::tuple<std::string, std::vector<std::string>, std::vector<std::string>>;

/// {(graph, tensor): (min, max)}
using PythonRanges = std::map<std::pair<int, int>, std::pair<float, float>>;
PythonRanges to_python(const quantization::Ranges& ranges);
quantization::Ranges from_python(const PythonRanges& ranges);

/// The method of a name; fails with the list of those that exist.
quantization::RangeMethod method_of(const std::string& name);

/// A conversion and what importing it had to say; one call at a time.
class ConversionObject {
 public:
  ConversionObject(converter::Conversion conversion, std::vector<std::string> warnings)
      : conversion_(std::move(conversion)), warnings_(std::move(warnings)) {}

  /// What importing had to say, and lower() since.
  std::vector<std::string> warnings() const;
  void lower();
  /// The file. Unless it is kept, the conversion ends, and its constants are gone before Python gets its copy.
  pybind11::bytes write(bool keep);

  /// The model that write() would write now as JSON (tools/describe.h).
  std::string describe();
  std::vector<ConversionSignature> signatures();
  /// The operators of all graphs, in the order of execution.
  std::vector<ConversionOperator> operators();
  /// A copy of a float32 constant; None for other tensors.
  pybind11::object constant(int graph, int tensor);
  bool has_fake_quant();
  PythonRanges recorded_ranges();
  void record_ranges(const PythonRanges& ranges);
  /// `policy` is a litesmith.quantization.policy.QuantizationPolicy.
  void quantize(const pybind11::object& policy, const PythonRanges& ranges);
  void start_observation(const std::string& method, int threads, bool channels);
  void observe(int graph, const SampleArrays& values, std::uint64_t sample);
  std::size_t equalize();
  /// Errors of biases in the model that quantize() made.
  std::unique_ptr<quantization::BiasCorrection> bias_correction(int threads);
  void correct_biases(const quantization::BiasCorrection& measured);
  /// The float model beside the one that quantize() made.
  quantization::Comparison compare(const PythonRanges& ranges, int threads);
  /// The float32 results of a graph in the sample that ran last, by tensor.
  std::vector<std::pair<int, pybind11::array>> observed_results(int graph);
  quantization::Observations observations();
  void end_observation() { open().end_observation(); }
  /// In the order in which the float model computes them.
  std::vector<PythonLayer> layers();
  /// The layer that owns the operator whose result has this name.
  std::string layer_of(const std::string& tensor);
  /// The ranges of this model's tensors by a method, for `steps` steps between the ends.
  PythonRanges ranges_of(const quantization::Observations& observations, const std::string& method, int steps,
                         bool symmetric);

 private:
  converter::Conversion& open();

  std::optional<converter::Conversion> conversion_;
  std::vector<std::string> warnings_;
};

}  // namespace litesmith::bindings
