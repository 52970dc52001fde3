#pragma once

#include <optional>
#include <vector>

#include "passes/pass.h"

namespace litesmith::passes {

/// A WHILE that counts its turns: values start at 0 and grow by 1, and the condition compares them with limits.
class CountedLoop {
 public:
  /// nullopt for other nodes and other loops. The loop refers to the site's model.
  static std::optional<CountedLoop> at(const Site& site);

  const Site& site() const { return site_; }
  const ir::Graph& body() const { return *body_; }
  const ir::Uses& uses() const { return uses_; }
  /// The node of the body that computes the tensor; nullopt for what goes in and constants.
  std::optional<Site> producer(ir::TensorId of_body) const;

  std::size_t size() const { return site_.node().inputs.size(); }
  ir::TensorId start(std::size_t value) const { return site_.node().inputs[value]; }
  ir::TensorId result(std::size_t value) const { return site_.node().outputs[value]; }
  ir::TensorId before_turn(std::size_t value) const { return body_->inputs[value]; }
  ir::TensorId after_turn(std::size_t value) const { return body_->outputs[value]; }
  bool is_unchanged(std::size_t value) const { return before_turn(value) == after_turn(value); }
  /// The value that a tensor of the body is before a turn.
  std::optional<std::size_t> value_of(ir::TensorId of_body) const;
  /// Whether a tensor of the body is the number of the turn, also through views.
  bool is_turn(ir::TensorId of_body) const;
  /// Whether there is a turn for each entry of axis 0 of a value.
  bool covers(std::size_t value) const;

 private:
  /// The end of the turns: a number, or a tensor of the site's graph.
  struct Limit {
    std::optional<std::int64_t> number{};
    ir::TensorId tensor = ir::kAbsent;
  };
  CountedLoop(const Site& site, const ir::Graph& body, const ir::Graph& condition)
      : site_(site), body_(&body), condition_(&condition), uses_(body) {}

  void find_counters();
  bool read_condition();
  bool read_comparison(const Site& less);
  bool is_length(const Limit& limit, std::size_t value) const;

  Site site_;
  const ir::Graph* body_;
  const ir::Graph* condition_;
  ir::Uses uses_;
  std::vector<bool> counts_{};
  std::vector<Limit> limits_{};
};

}  // namespace litesmith::passes
