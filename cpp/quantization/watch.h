#pragma once

#include <functional>
#include <utility>

#include "interpreter/tensor_observer.h"

namespace litesmith::quantization {

/// Hands every tensor that is fed or computed to a function.
class Watch final : public interpreter::TensorObserver {
 public:
  using See = std::function<void(const Values&)>;
  explicit Watch(See see) : see_(std::move(see)) {}
  void computed(const Values& values, ThreadPool& /*pool*/) override { see_(values); }
  void shown(const ir::Graph& /*graph*/, ir::TensorId /*tensor*/, ir::TensorId /*source*/) override {}

 private:
  See see_;
};

}  // namespace litesmith::quantization
