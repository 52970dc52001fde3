#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "interpreter/interpreter.h"
#include "quantization/observer.h"
#include "quantization/ranges.h"

namespace litesmith::quantization {

/// Sums over pairs of a float value f and what the quantized model has in its place, q.
struct Difference {
  double signal = 0;     // sum of f^2
  double quantized = 0;  // sum of q^2
  double product = 0;    // sum of f q
  double noise = 0;      // sum of (f - q)^2
  double largest = 0;    // greatest |f - q|

  void add(float f, float q) noexcept;
  /// 10 log10(signal / noise); infinite when nothing differs.
  double sqnr_db() const noexcept;
  /// product / sqrt(signal * quantized); 1 when both are zero.
  double cosine() const noexcept;
};

/// The results of one source layer in both models, over all samples.
struct LayerComparison {
  static constexpr int kBins = 64;

  std::string layer;
  std::vector<std::string> operators;  // of the quantized model
  DType dtype = DType::float32;        // of its result there
  DType weights = DType::float32;      // as its filter or table is stored there
  Difference cumulative;               // the whole model is quantized
  Difference isolated;                 // the layer's inputs are the float model's
  Range seen;                          // float values
  Range representable;                 // what the quantized result can hold; infinite for floats
  std::uint64_t values = 0;
  std::uint64_t saturated = 0;  // float values beyond the ends of `representable` by more than rounding
  Range bins;                   // of the histograms below; what lies outside counts at the ends
  std::array<std::uint64_t, kBins> counts{}, quantized_counts{};
};

/// Runs a float model and a quantized model made of it over the same samples and compares the results of their layers.
/// Tensors are matched by name. Not thread safe.
class Comparison {
 public:
  struct Options {
    int threads = 1;
    simd::Isa isa = simd::Isa::scalar;
  };
  /// `ranges` of the float model set the bins of the histograms; the first sample does for tensors without one.
  Comparison(std::shared_ptr<const ir::Model> reference, std::shared_ptr<const ir::Model> quantized,
             const Ranges& ranges, const Options& options);
  ~Comparison();
  Comparison(Comparison&&) noexcept;

  /// Runs one sample; `feeds` are for the float model, inputs of other types are converted. Throws what the
  /// interpreter throws.
  void add(int graph, std::span<const Feed> feeds);
  /// In the order in which the float model computes them; layers that only reshape are left out.
  std::vector<LayerComparison> layers() const;
  std::uint64_t samples() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace litesmith::quantization
