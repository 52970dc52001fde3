#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "interpreter/executor.h"

namespace litesmith::interpreter {

/// A graph as the nodes of other graphs run it: its executor, fed and planned anew where shapes have changed.
class NestedRun final : public ops::CalledGraph {
 public:
  /// Everything must outlive the object; `index` is that of the graph in its model.
  NestedRun(std::int32_t index, Executor& executor, Shared& shared)
      : index_(index), executor_(executor), shared_(shared) {}

  int input_count() const override { return static_cast<int>(executor_.graph().inputs.size()); }
  int output_count() const override { return static_cast<int>(executor_.graph().outputs.size()); }
  bool reads(int i) const override;
  void run(std::span<const ops::TensorValue> inputs) override;
  std::uint64_t runs() const override { return runs_; }
  ops::TensorValue result(int i) const override;

 private:
  ir::TensorId input(std::size_t i) const { return executor_.graph().inputs[i]; }
  void check(std::span<const ops::TensorValue> inputs) const;
  bool has_new_shapes(std::span<const ops::TensorValue> inputs) const;
  bool would_overwrite(std::span<const ops::TensorValue> inputs, std::size_t i) const;
  bool is_in_place(const ops::TensorValue& value, std::size_t i) const;
  std::shared_ptr<std::byte[]> set_aside(ops::TensorValue& value) const;
  void feed(std::span<const ops::TensorValue> inputs);

  std::int32_t index_;
  Executor& executor_;
  Shared& shared_;
  std::uint64_t runs_ = 0;
};

}  // namespace litesmith::interpreter
