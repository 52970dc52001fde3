#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/dtype.h"
#include "ir/model.h"
#include "quantization/ranges.h"

namespace litesmith::quantization {

/// What a model becomes (reference: api.md §1.4, operators.md §4).
enum class Mode : std::uint8_t { float32, float16, dynamic_range, int8, int16x8 };

/// real = (integer - mean) / deviation.
struct InputStatistics {
  double mean = 0;
  double deviation = 1;
  bool operator==(const InputStatistics&) const = default;
};

/// Ranges that are stated instead of measured (TensorFlow 1). What FAKE_QUANT operators hold comes first.
struct StatedRanges {
  /// By name of an input of the main graph: of its tensor, with or without ":0", or of the signature.
  std::map<std::string, InputStatistics> inputs{};
  /// Of other tensors that operators with an integer form read or give.
  std::optional<Range> otherwise{};
};

/// Everything that decides how a float model is quantized. The defaults are TensorFlow's.
struct Policy {
  Mode mode = Mode::float32;
  /// int16x8: operators without an int16 form stay float32 instead of ending in an error. int8 always lets them.
  bool allow_float = true;
  DType input_type = DType::float32;  // float32, int8 or uint8 with int8; float32 or int16 with int16x8
  DType output_type = DType::float32;
  /// int8 only: uint8 for what TensorFlow 1 made: unsigned activations, and filters with one scale and a zero point.
  DType integer_type = DType::int8;
  /// int8 only: operators without a range then stay float32.
  std::optional<StatedRanges> stated{};
  /// int16x8 only: int64, or int32.
  DType bias_type = DType::int64;
  bool per_channel = true;
  bool per_channel_dense = true;
  /// float32 and float16: the file says that values may be computed as bfloat16.
  bool bfloat16 = false;
  /// The type of sums that a file with reduced precision asks for: float32, or float16 with mode float16.
  DType accumulation_type = DType::float32;
  /// Weights with enough zeros are stored sparsely.
  bool sparse = false;
  /// Modes that differ from `mode`, by layer path (a node's owner, `Node::origins.front()`).
  std::map<std::string, Mode> layers{};
};

std::string_view name(Mode mode) noexcept;

/// The mode of a node: that of its owner in `layers`, else `mode`.
Mode mode_of(const ir::Node& node, const Policy& policy);

/// `mode` and the modes of `layers`.
std::set<Mode> modes_in(const Policy& policy);

/// Whether the model stays as it is.
bool changes_nothing(const Policy& policy);

/// The axis that gets a scale per index where the operator's rule names `axis`: -1, one scale, when the policy says so
/// for this operator.
int scale_axis(const ir::Node& node, const Policy& policy, int axis);

}  // namespace litesmith::quantization
