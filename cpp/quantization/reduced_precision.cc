#include "quantization/reduced_precision.h"

#include <string>

namespace litesmith::quantization {

void record_reduced_precision(ir::Model& model, const Policy& policy) {
  constexpr std::string_view kEntry = "reduced_precision_support";
  const bool has_half = modes_in(policy).contains(Mode::float16);
  std::erase_if(model.metadata, [&](const auto& entry) { return entry.first == kEntry; });
  if (!has_half && !policy.bfloat16) return;
  std::string types = has_half ? "fp16" : "";
  if (policy.bfloat16) types += "bf16";
  const bool sums_halves = has_half && policy.accumulation_type == DType::float16;
  types += sums_halves ? "accfp16" : "accfp32";
  model.metadata.emplace_back(kEntry, Bytes::copy_of<char>(types));
}

}  // namespace litesmith::quantization
