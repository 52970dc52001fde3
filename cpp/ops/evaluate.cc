#include "ops/evaluate.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/aligned_buffer.h"

namespace litesmith::ops {
namespace {

class Evaluation final : public HostContext {
 public:
  Evaluation(const ir::Node& node, std::span<const TensorInfo* const> infos, std::span<const EvaluationInput> inputs,
             std::span<TensorInfo> outputs)
      : HostContext(node, infos), outputs_(outputs), results_(outputs.size()), sizes_(outputs.size()) {
    for (const EvaluationInput& input : inputs) {
      copies_.push_back(aligned_buffer(input.data.size()));
      if (input.data.size() > 0) std::memcpy(copies_.back().get(), input.data.data(), input.data.size());
      pointers_.push_back(input.absent ? nullptr : copies_.back().get());
    }
  }

  const std::byte* input_data(int i) const override { return pointers_[static_cast<std::size_t>(i)]; }
  std::byte* allocate_bytes(int i, const Shape& shape, std::size_t bytes) override {
    outputs_[static_cast<std::size_t>(i)].shape = shape;
    sizes_[static_cast<std::size_t>(i)] = bytes;
    results_[static_cast<std::size_t>(i)] = aligned_buffer(bytes);
    return results_[static_cast<std::size_t>(i)].get();
  }
  const TensorInfo& output(int i) const override { return outputs_[static_cast<std::size_t>(i)]; }

  void run(const Step& step) {
    std::vector<std::byte*> outputs;
    for (std::size_t i = 0; i < outputs_.size(); ++i)
      outputs.push_back(allocate_output(static_cast<int>(i), Shape(outputs_[i].shape)));
    const auto scratch = aligned_buffer(step.scratch_bytes);
    const Fault fault =
        step.run(step.params.get(), Operands{pointers_.data(), outputs.data(), scratch.get()}, {0, step.tiles});
    if (fault != Fault::none) fail(describe(fault));
  }

  std::vector<EvaluationResult> take(const std::string& kernel) const {
    std::vector<EvaluationResult> list;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const TensorInfo& info = outputs_[i];
      const std::byte* first = results_[i].get();
      list.push_back({info.dtype, info.shape, std::vector<std::byte>(first, first + sizes_[i]), kernel});
    }
    return list;
  }

 private:
  std::span<TensorInfo> outputs_;
  std::vector<std::shared_ptr<std::byte[]>> copies_;
  std::vector<const std::byte*> pointers_;
  std::vector<std::shared_ptr<std::byte[]>> results_;
  std::vector<std::size_t> sizes_;
};

TensorInfo info_with(const ir::Tensor& tensor, const Bytes* data) {
  TensorInfo info = info_of(tensor);
  info.data = data;
  return info;
}

}  // namespace

std::vector<EvaluationResult> evaluate(const ir::Node& node, std::span<const EvaluationInput> inputs,
                                       std::span<const ir::Tensor> declared_outputs,
                                       PrepareContext::Settings settings) {
  std::vector<TensorInfo> infos;
  infos.reserve(inputs.size());
  std::vector<const TensorInfo*> pointers;
  for (const EvaluationInput& input : inputs) {
    infos.push_back(info_with(input.tensor, input.constant && !input.absent ? &input.data : nullptr));
    pointers.push_back(input.absent ? nullptr : &infos.back());
  }
  std::vector<TensorInfo> outputs;
  for (const ir::Tensor& tensor : declared_outputs) outputs.push_back(info_with(tensor, nullptr));

  InferContext context(node, pointers, outputs);
  check_operands(context);
  const OpDef& op = context.op();
  if (op.infer != nullptr) op.infer(context);
  const auto has_bytes = [](const TensorInfo& info) { return bit_width(info.dtype) > 0; };
  const bool suits_kernels =
      std::all_of(outputs.begin(), outputs.end(), [](const TensorInfo& o) { return o.shape.is_static(); }) &&
      std::all_of(outputs.begin(), outputs.end(), has_bytes) && std::all_of(infos.begin(), infos.end(), has_bytes);
  Evaluation evaluation(node, pointers, inputs, outputs);
  if (op.prepare != nullptr && (suits_kernels || op.host == nullptr)) {
    const Step step = op.prepare(PrepareContext(node, pointers, outputs, settings));
    evaluation.run(step);
    return evaluation.take(step.kernel);
  }
  if (op.host == nullptr) evaluation.fail("cannot be run: this build has no kernel for it");
  for (std::size_t i = 0; i < infos.size(); ++i) infos[i].data = &inputs[i].data;
  op.host(evaluation);
  return evaluation.take("host");
}

}  // namespace litesmith::ops
