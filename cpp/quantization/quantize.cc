#include "quantization/quantize.h"

#include "ir/verify.h"
#include "quantization/learnt_forms.h"
#include "quantization/reduced_precision.h"
#include "quantization/schemes/dynamic_range.h"
#include "quantization/schemes/float16.h"
#include "quantization/schemes/static_scheme.h"
#include "quantization/sparsify.h"

namespace litesmith::quantization {

ir::Model quantize(const ir::Model& model, const Ranges& ranges, const Policy& policy) {
  const std::set<Mode> modes = modes_in(policy);
  const bool is_static = modes.contains(Mode::int8) || modes.contains(Mode::int16x8);
  ir::Model result = is_static ? quantize_static(model, ranges, policy) : model;  // first: ranges go by tensor ids
  if (modes.contains(Mode::dynamic_range)) to_dynamic_range(result, policy);
  if (modes.contains(Mode::float16)) to_float16(result, policy);
  record_reduced_precision(result, policy);
  forget_learnt_steps(result);
  if (policy.sparse) sparsify(result);
  ir::verify(result, "after quantization");
  return result;
}

}  // namespace litesmith::quantization
