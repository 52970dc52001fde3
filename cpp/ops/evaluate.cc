#include "ops/evaluate.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

namespace litesmith::ops {
namespace {

constexpr std::size_t kAlignment = 64;

struct AlignedDelete {
  void operator()(std::byte* p) const noexcept { ::operator delete[](p, std::align_val_t(kAlignment)); }
};
using AlignedBytes = std::unique_ptr<std::byte[], AlignedDelete>;

AlignedBytes allocate(std::size_t size) {
  return AlignedBytes(new (std::align_val_t(kAlignment)) std::byte[std::max<std::size_t>(size, 1)]());
}

class Evaluation final : public HostContext {
 public:
  Evaluation(const ir::Node& node, std::span<const TensorInfo* const> infos, std::span<const EvaluationInput> inputs,
             std::span<TensorInfo> outputs)
      : HostContext(node, infos), outputs_(outputs), results_(outputs.size()) {
    for (const EvaluationInput& input : inputs) {
      copies_.push_back(allocate(input.data.size()));
      if (input.data.size() > 0) std::memcpy(copies_.back().get(), input.data.data(), input.data.size());
      pointers_.push_back(input.absent ? nullptr : copies_.back().get());
    }
  }

  const std::byte* input_data(int i) const override { return pointers_[static_cast<std::size_t>(i)]; }
  std::byte* allocate_output(int i, const Shape& shape) override {
    TensorInfo& output = outputs_[static_cast<std::size_t>(i)];
    output.shape = shape;
    results_[static_cast<std::size_t>(i)] = allocate(packed_bytes(output.dtype, elements(shape)));
    return results_[static_cast<std::size_t>(i)].get();
  }
  const TensorInfo& output(int i) const override { return outputs_[static_cast<std::size_t>(i)]; }

  void run(const Step& step) {
    std::vector<std::byte*> outputs;
    for (std::size_t i = 0; i < outputs_.size(); ++i)
      outputs.push_back(allocate_output(static_cast<int>(i), Shape(outputs_[i].shape)));
    const AlignedBytes scratch = allocate(step.scratch_bytes);
    const Fault fault =
        step.run(step.params.get(), Operands{pointers_.data(), outputs.data(), scratch.get()}, {0, step.tiles});
    if (fault != Fault::none) fail(describe(fault));
  }

  std::vector<EvaluationResult> take(const std::string& kernel) const {
    std::vector<EvaluationResult> list;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const TensorInfo& info = outputs_[i];
      const std::size_t size = packed_bytes(info.dtype, elements(info.shape));
      const std::byte* first = results_[i].get();
      list.push_back({info.dtype, info.shape, std::vector<std::byte>(first, first + size), kernel});
    }
    return list;
  }

 private:
  std::span<TensorInfo> outputs_;
  std::vector<AlignedBytes> copies_;
  std::vector<const std::byte*> pointers_;
  std::vector<AlignedBytes> results_;
};

TensorInfo info_of(const ir::Tensor& tensor, const Bytes* data) {
  return {.name = tensor.name,
          .dtype = tensor.dtype,
          .shape = tensor.shape,
          .quantization = &tensor.quantization,
          .data = data,
          .sparsity = tensor.sparsity.get(),
          .is_variable = tensor.is_variable};
}

}  // namespace

std::vector<EvaluationResult> evaluate(const ir::Node& node, std::span<const EvaluationInput> inputs,
                                       std::span<const ir::Tensor> declared_outputs,
                                       PrepareContext::Settings settings) {
  std::vector<TensorInfo> infos;
  infos.reserve(inputs.size());
  std::vector<const TensorInfo*> pointers;
  for (const EvaluationInput& input : inputs) {
    infos.push_back(info_of(input.tensor, input.constant && !input.absent ? &input.data : nullptr));
    pointers.push_back(input.absent ? nullptr : &infos.back());
  }
  std::vector<TensorInfo> outputs;
  for (const ir::Tensor& tensor : declared_outputs) outputs.push_back(info_of(tensor, nullptr));

  InferContext context(node, pointers, outputs);
  check_operands(context);
  const OpDef& op = context.op();
  if (op.infer != nullptr) op.infer(context);
  const bool is_static =
      std::all_of(outputs.begin(), outputs.end(), [](const TensorInfo& o) { return o.shape.is_static(); });
  Evaluation evaluation(node, pointers, inputs, outputs);
  if (op.prepare != nullptr && (is_static || op.host == nullptr)) {
    const Step step = op.prepare(PrepareContext(node, pointers, outputs, settings));
    evaluation.run(step);
    return evaluation.take(step.kernel);
  }
  if (op.host == nullptr) evaluation.fail("cannot be run: this build has no kernel for it");
  op.host(evaluation);
  return evaluation.take("host");
}

}  // namespace litesmith::ops
