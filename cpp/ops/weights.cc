#include "ops/weights.h"

#include <algorithm>

namespace litesmith::ops {

void require_pair(const NodeView& view, int input, int weights, std::span<const TypePair> pairs) {
  const TensorInfo& x = view.input(input);
  const TensorInfo& w = view.input(weights);
  std::string known;
  for (const TypePair& pair : pairs) {
    if (pair.input == x.dtype && pair.weights == w.dtype) return;
    known += concat(known.empty() ? "" : ", ", name(pair.input), " by ", name(pair.weights));
  }
  view.fail("cannot combine ", name(x.dtype), " input '", x.name, "' with ", name(w.dtype), " weights '", w.name,
            "'; possible are ", known);
}

void require_bias(const NodeView& view, int bias, std::int64_t channels, DType input) {
  if (!view.has_input(bias)) return;
  if (input == DType::float32)
    view.require_type(bias, {DType::float32});
  else if (input == DType::int16)
    view.require_type(bias, {DType::int32, DType::int64});
  else
    view.require_type(bias, {DType::int32});
  const TensorInfo& b = view.input(bias);
  const auto count = b.shape.element_count();
  if (count && channels >= 0 && *count != channels)
    view.fail("the bias '", b.name, "' has ", *count, " values (shape ", b.shape, ") but there are ", channels,
              " output channels; give it one value per channel");
}

bool is_hybrid(const VersionQuery& query, int input, int weights) {
  const DType type = query.input_type(weights);
  return query.input_type(input) == DType::float32 &&
         (type == DType::int8 || type == DType::int4 || type == DType::int2);
}

bool is_per_channel(const VersionQuery& query, int operand) {
  const ir::Tensor* tensor = query.input(operand);
  return tensor != nullptr && tensor->quantization.scales.size() > 1;
}

bool is_known(const NodeView& view, int operand) { return !view.has_input(operand) || view.input(operand).is_known(); }

const std::byte* known_bytes(const NodeView& view, int operand) {
  if (!view.has_input(operand) || !view.input(operand).is_known()) return nullptr;
  const TensorInfo& info = view.input(operand);
  const std::size_t wanted = packed_bytes(info.dtype, elements(info.shape));
  if (info.data->size() != wanted)
    view.fail("'", info.name, "' has ", info.data->size(), " bytes but its shape ", info.shape, " needs ", wanted);
  return info.data->data();
}

std::vector<float> known_floats(const NodeView& view, int operand) {
  if (!view.has_input(operand) || !view.input(operand).is_known()) return {};
  view.require_type(operand, {DType::float32});
  static_cast<void>(known_bytes(view, operand));
  return view.input(operand).data->to_vector<float>();
}

}  // namespace litesmith::ops
