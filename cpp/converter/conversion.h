#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "ir/model.h"
#include "quantization/bias_correction.h"
#include "quantization/comparison.h"
#include "quantization/observer.h"
#include "quantization/policy.h"
#include "quantization/ranges.h"

namespace litesmith::converter {

/// One model on its way to a .tflite file; the only place that knows all stages.
class Conversion {
 public:
  /// Codes of what a model was made from.
  static constexpr int kUnset = 0;
  static constexpr int kSavedModel = 1;
  static constexpr int kKeras = 2;
  static constexpr int kGraph = 4;

  struct Options {
    /// Write the metadata entry CONVERSION_METADATA.
    bool conversion_metadata = true;
    /// 1 for the converter classes of tf.compat.v1.lite; recorded there.
    int api_version = 2;
    /// What the model was made from, as the metadata entry has it (reference: schema.md §8).
    int model_type = kKeras;
  };

  /// Takes an imported float model.
  Conversion(ir::Model model, Options options);
  /// Takes a float .tflite file as it is: no pass changes it, tensors keep their ids. Throws Error(value) for damaged
  /// or quantized files; `source_name` stands in messages.
  static Conversion from_tflite(Bytes file, std::string_view source_name, Options options);

  /// Runs the passes and lowers to TFLite builtins. Throws Error(unsupported) naming layers without a TFLite form.
  void lower();
  /// Balances the channels of neighbouring operators (quantization/equalize.h) in the float model, which is lowered
  /// first; what was observed before is gone. Returns how many pairs there were.
  std::size_t equalize();
  /// Makes the quantized model that write() writes, from the float model, which is lowered first and kept: another
  /// policy or other ranges may follow. Integer modes take the ranges that FAKE_QUANT operators hold before others.
  /// A policy that changes nothing goes back to the float model. Throws what quantization::quantize
  /// throws; the result of an earlier call then stays.
  void quantize(const quantization::Policy& policy, const quantization::Ranges& ranges = {});
  /// The float model beside the one that quantize() made last, which stay as they are now. Throws Error(value) when
  /// there is no quantized model.
  quantization::Comparison compare(const quantization::Ranges& ranges,
                                   const quantization::Comparison::Options& options);
  /// Measures errors of biases in the model that quantize() made last. Throws Error(value) when there is none.
  std::unique_ptr<quantization::BiasCorrection> bias_correction(
      const quantization::BiasCorrection::Options& options) const;
  /// From the next quantize() on, biases are corrected by these errors where layers have the mode they were measured
  /// in. The float model stays as it is.
  void correct_biases(quantization::BiasErrors errors) { bias_errors_ = std::move(errors); }
  /// The bytes of the file: of the float model, or of the quantized one. Calls lower() when it has not run yet.
  Bytes write();

  /// Begins to observe the float model, which is lowered first; what was observed before is gone.
  void start_observation(const quantization::Observer::Options& options);
  /// Runs a sample of the calibration data. Throws Error(value) without start_observation(), and what Observer throws.
  void observe(int graph, std::span<const quantization::Feed> feeds, std::uint64_t sample);
  /// Throws Error(value) without start_observation().
  const quantization::Observations& observations() const;
  /// An input or output of the graph as the last sample left it, valid until the next; nullopt where there is none.
  /// Throws Error(value) without start_observation().
  std::optional<interpreter::TensorView> observed_value(int graph, ir::TensorId tensor);
  /// Gives the memory of the observation back; what was observed is gone.
  void end_observation() noexcept { observer_.reset(); }
  /// Stores ranges with the tensors of the float model, for write().
  void record_ranges(const quantization::Ranges& ranges);

  /// What users of the model have to know since lower() ran.
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  /// The float model.
  const ir::Model& model() const noexcept { return model_; }
  /// The model that write() writes.
  const ir::Model& result() const noexcept { return quantized_ ? *quantized_ : model_; }

 private:
  ir::Model model_;
  Options options_;
  bool lowered_ = false;
  std::vector<std::string> warnings_{};
  std::optional<ir::Model> quantized_;
  quantization::Policy policy_{};  // of quantized_
  quantization::BiasErrors bias_errors_{};
  std::vector<std::int32_t> metadata_codes_;
  std::unique_ptr<quantization::Observer> observer_;
};

}  // namespace litesmith::converter
