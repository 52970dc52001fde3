#include "quantization/quantize.h"

#include "base/error.h"
#include "ir/verify.h"
#include "quantization/schemes/dynamic_range.h"
#include "quantization/schemes/float16.h"

namespace litesmith::quantization {

ir::Model quantize(const ir::Model& model, const Ranges&, const Policy& policy) {
  const std::set<Mode> modes = modes_in(policy);
  for (const Mode mode : {Mode::int8, Mode::int16x8})
    if (modes.contains(mode)) fail(ErrorKind::unsupported, "quantization to ", name(mode), " is not available");
  ir::Model result = model;
  if (modes.contains(Mode::dynamic_range)) to_dynamic_range(result, policy);
  if (modes.contains(Mode::float16)) to_float16(result, policy);
  ir::verify(result, "after quantization");
  return result;
}

}  // namespace litesmith::quantization
