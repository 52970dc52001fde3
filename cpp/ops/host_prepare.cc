#include "ops/host_prepare.h"

#include <memory>
#include <vector>

#include "base/aligned_buffer.h"

namespace litesmith::ops {

void prepare_and_run(HostContext& context) {
  std::vector<const TensorInfo*> operands;
  std::vector<const std::byte*> inputs;
  for (int i = 0; i < context.input_count(); ++i) {
    operands.push_back(context.has_input(i) ? &context.input(i) : nullptr);
    inputs.push_back(context.has_input(i) ? context.input_data(i) : nullptr);
  }
  std::vector<TensorInfo> results;
  for (int i = 0; i < context.output_count(); ++i) results.push_back(context.output(i));
  InferContext infer(context.node(), operands, results);
  context.op().infer(infer);

  const Step step =
      context.op().prepare(PrepareContext(context.node(), operands, results, {.isa = simd::active_isa()}));
  std::vector<std::byte*> outputs;
  for (int i = 0; i < context.output_count(); ++i)
    outputs.push_back(context.allocate_output(i, results[static_cast<std::size_t>(i)].shape));
  const auto scratch = aligned_buffer(step.scratch_bytes);
  const Fault fault = step.run(step.params.get(), {inputs.data(), outputs.data(), scratch.get()}, {0, step.tiles});
  if (fault != Fault::none) context.fail(describe(fault));
}

}  // namespace litesmith::ops
