#pragma once

#include <string_view>
#include <vector>

#include "interpreter/executor.h"

namespace litesmith::interpreter {

/// One run of a host operator: reads the executor's tensors, takes memory for the results.
class HostRun final : public ops::HostContext {
 public:
  HostRun(const ir::Node& node, Executor& executor);
  ~HostRun() override;

  const std::byte* input_data(int i) const override;
  std::byte* allocate_bytes(int i, const Shape& shape, std::size_t bytes) override;
  const ops::TensorInfo& output(int i) const override { return outputs_.at(static_cast<std::size_t>(i)); }
  ops::CalledGraph& graph(std::int32_t index) override;
  ops::State& state() override { return executor_.shared_.state; }
  /// Throws Error(runtime) unless every result was given.
  void finish() const;

 private:
  struct Parts;  // what the base class refers to; made first
  HostRun(std::unique_ptr<Parts> parts, const ir::Node& node, Executor& executor);

  std::unique_ptr<Parts> parts_;
  Executor& executor_;
  std::vector<ops::TensorInfo> outputs_;
  std::vector<bool> given_;
};

}  // namespace litesmith::interpreter
