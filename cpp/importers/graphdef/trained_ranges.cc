#include <algorithm>
#include <cmath>
#include <span>

#include "importers/graphdef/graph_import.h"
#include "importers/graphdef/node_context.h"
#include "ops/quantize/quantize.h"
#include "ops/quantize/trained_grid.h"

/// What quantization-aware training leaves in a graph: ranges of activations become QUANTIZE and DEQUANTIZE, constants
/// are put on their grid, which stays with them.
namespace litesmith::importers::graphdef {
namespace {

constexpr std::int64_t kUint8Offset = 128;

/// Ranges of a tensor: one, or one for each index of its last axis.
struct Training {
  std::vector<double> min, max;
  bool is_per_channel = false;
  bool narrow = false;
};

void check_ranges(NodeContext& c, const Training& training) {
  for (std::size_t i = 0; i < training.min.size(); ++i)
    if (!(training.min[i] < training.max[i]) || !std::isfinite(training.max[i] - training.min[i]))
      c.fail("has the range ", training.min[i], " to ", training.max[i], ", which is empty or not finite");
}

std::vector<ops::TrainedGrid> grids_of(const Training& training) {
  std::vector<ops::TrainedGrid> grids;
  for (std::size_t i = 0; i < training.min.size(); ++i)
    grids.emplace_back(static_cast<float>(training.min[i]), static_cast<float>(training.max[i]), training.narrow);
  return grids;
}

/// Zero points are those of uint8 minus `offset`.
ir::Quantization quantization_of(std::span<const ops::TrainedGrid> grids, int axis, std::int64_t offset) {
  ir::Quantization quantization;
  for (const ops::TrainedGrid& grid : grids) {
    quantization.scales.push_back(grid.scale);
    quantization.zero_points.push_back(grid.zero_point - offset);
  }
  quantization.dimension = axis;
  return quantization;
}

/// A constant on its grid, with the steps of int8 as its quantization.
ir::TensorId snapped(NodeContext& c, std::span<const ops::TrainedGrid> grids, int axis) {
  const ir::Tensor source = c.graph().graph().tensor(c.input(0));
  std::vector<float> values = source.data->to_vector<float>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = grids[i % grids.size()].snap(values[i]);
  const ir::TensorId id = c.floats("trained", source.shape, values);
  c.graph().graph().tensor(id).quantization = quantization_of(grids, axis, kUint8Offset);
  return id;
}

ir::TensorId on_grid(NodeContext& c, const Training& training) {
  check_ranges(c, training);
  const ir::TensorId x = c.input(0);
  const std::int64_t bits = c.attr_int("num_bits", 8);
  const bool is_constant = c.is_constant(0);
  if (bits != 8 || (training.narrow && !is_constant && !training.is_per_channel)) {
    if (training.is_per_channel) c.unsupported("has ", bits, " bits per channel; 8 bits have a conversion");
    return c.add("FAKE_QUANT",
                 ops::FakeQuantAttrs{static_cast<float>(training.min.front()), static_cast<float>(training.max.front()),
                                     static_cast<std::int32_t>(bits), training.narrow},
                 {x});
  }
  const int axis = training.is_per_channel ? std::max(c.rank(x) - 1, 0) : 0;
  const std::vector<ops::TrainedGrid> grids = grids_of(training);
  if (is_constant) return snapped(c, grids, axis);
  const ir::TensorId integers = c.add("QUANTIZE", {}, {x}, DType::uint8, quantization_of(grids, axis, 0));
  return c.add("DEQUANTIZE", {}, {integers}, DType::float32);
}

std::vector<double> known_numbers(NodeContext& c, int i, std::string_view what) {
  auto numbers = c.numbers(i);
  if (!numbers || numbers->empty())
    c.unsupported("computes ", what, " while it runs; freeze the graph after training so that it is a constant");
  return *std::move(numbers);
}

Results import_args(NodeContext& c) {
  return on_grid(c, {{c.attr_float("min", -6)}, {c.attr_float("max", 6)}, false, c.attr_bool("narrow_range", false)});
}

Results import_vars(NodeContext& c) {
  return on_grid(c, {{known_numbers(c, 1, "the minimum").front()},
                     {known_numbers(c, 2, "the maximum").front()},
                     false,
                     c.attr_bool("narrow_range", false)});
}

Results import_per_channel(NodeContext& c) {
  Training training{known_numbers(c, 1, "the minima"), known_numbers(c, 2, "the maxima"), true,
                    c.attr_bool("narrow_range", false)};
  if (!c.shape(c.input(0)).has_rank() || c.rank(c.input(0)) == 0)
    c.unsupported("has operand 0 of shape ", c.shape(c.input(0)), "; channels are the last of known dimensions");
  const int channels = c.known_dim(c.input(0), c.rank(c.input(0)) - 1, "the number of channels");
  if (training.min.size() != training.max.size() || training.min.size() != static_cast<std::size_t>(channels))
    c.fail("has ", training.min.size(), " minima and ", training.max.size(), " maxima for ", channels, " channels");
  return on_grid(c, training);
}

/// The range that QuantizeAndDequantize makes of a given one: around 0 with the lesser of both scales.
void balance(double& min, double& max, bool is_signed, bool narrow) {
  const double lowest = is_signed ? (narrow ? -127 : -128) : 0;
  const double highest = is_signed ? 127 : 255;
  const double step = std::max(lowest < 0 ? min / lowest : 0.0, max / highest);
  min = lowest * step;
  max = highest * step;
}

/// Second to fourth version; the third has the number of bits as an operand, the second and fourth as an attribute.
Results import_quantize_and_dequantize(NodeContext& c) {
  const bool is_signed = c.attr_bool("signed_input", true);
  const std::int64_t bits = c.input_count() > 3 ? c.int_value(3, "the number of bits") : c.attr_int("num_bits", 8);
  const bool narrow = c.attr_bool("narrow_range", false);
  if (bits != 8) c.unsupported("has ", bits, " bits; 8 bits have a conversion");
  if (!c.attr_bool("range_given", false))
    c.unsupported("measures its range while it runs; give it a range (range_given=True)");
  const auto axis = c.attr_int("axis", -1);
  const bool is_per_channel = axis != -1;
  if (is_per_channel && (!c.shape(c.input(0)).has_rank() || axis != c.rank(c.input(0)) - 1))
    c.unsupported("has a range for each index of axis ", axis, "; the last axis has a conversion");
  Training training{known_numbers(c, 1, "the minimum"), known_numbers(c, 2, "the maximum"), is_per_channel,
                    is_signed && narrow};
  if (training.min.size() != training.max.size())
    c.fail("has ", training.min.size(), " minima and ", training.max.size(), " maxima");
  for (std::size_t i = 0; i < training.min.size(); ++i) balance(training.min[i], training.max[i], is_signed, narrow);
  return on_grid(c, training);
}

}  // namespace

std::span<const OpRule> trained_range_ops() {
  static constexpr std::string_view kRange = "the range is constant";
  static const OpRule kRules[] = {
      {"FakeQuantWithMinMaxArgs", import_args},
      {"FakeQuantWithMinMaxVars", import_vars, {}, kRange},
      {"FakeQuantWithMinMaxVarsPerChannel", import_per_channel, {}, kRange},
      {"QuantizeAndDequantizeV2", import_quantize_and_dequantize, {}, "8 bits, range_given=True"},
      {"QuantizeAndDequantizeV3", import_quantize_and_dequantize, {}, "8 bits, range_given=True"},
      {"QuantizeAndDequantizeV4", import_quantize_and_dequantize, {}, "8 bits, range_given=True"},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
