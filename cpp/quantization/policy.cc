#include "quantization/policy.h"

#include "ops/op_def.h"
#include "quantization/weights.h"

namespace litesmith::quantization {

std::string_view name(Mode mode) noexcept {
  switch (mode) {
    case Mode::float32: return "float32";
    case Mode::float16: return "float16";
    case Mode::dynamic_range: return "dynamic_range";
    case Mode::int8: return "int8";
    case Mode::int16x8: return "int16x8";
  }
  return "unknown";
}

Mode mode_of(const ir::Node& node, const Policy& policy) {
  if (node.origins.empty()) return policy.mode;
  const auto found = policy.layers.find(node.origins.front());
  return found == policy.layers.end() ? policy.mode : found->second;
}

std::set<Mode> modes_in(const Policy& policy) {
  std::set<Mode> modes = {policy.mode};
  for (const auto& [layer, mode] : policy.layers) modes.insert(mode);
  return modes;
}

bool changes_nothing(const Policy& policy) {
  return modes_in(policy) == std::set{Mode::float32} && !policy.bfloat16 && !policy.sparse;
}

int scale_axis(const ir::Node& node, const Policy& policy, int axis) {
  const bool is_dense = &ops::def(node) == &ops::op("FULLY_CONNECTED");
  return policy.per_channel && (policy.per_channel_dense || !is_dense) ? axis : kPerTensor;
}

}  // namespace litesmith::quantization
