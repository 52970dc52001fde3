#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "interpreter/arena.h"
#include "ops/state.h"

namespace litesmith::interpreter {

/// Variables and tables in memory of a budget, which must outlive the state.
class State final : public ops::State {
 public:
  explicit State(Budget& budget) : budget_(budget) {}

  std::int32_t variable(std::string_view container, std::string_view shared_name) override;
  std::string variable_name(std::int32_t handle) const override;
  const ops::TensorValue* read(std::int32_t handle) const override;
  void assign(std::int32_t handle, const ops::TensorValue& value) override;
  std::int32_t table(std::int32_t table_id, DType key_type, DType value_type) override;
  ops::HashTable& table(std::int32_t handle) override;
  bool has_run(std::int32_t graph) const override { return run_.contains(graph); }
  void set_run(std::int32_t graph) override { run_.insert(graph); }

 private:
  struct Variable {
    std::string name;
    std::shared_ptr<std::byte[]> memory{};
    std::size_t capacity = 0;
    bool is_assigned = false;
    ops::TensorValue value{};
  };
  const Variable& at(std::int32_t handle) const;

  Budget& budget_;
  std::map<std::pair<std::string, std::string>, std::int32_t> variable_handles_;
  std::map<std::int32_t, std::int32_t> table_handles_;  // by table_id
  std::map<std::int32_t, Variable> variables_;          // by handle
  std::map<std::int32_t, std::unique_ptr<ops::HashTable>> tables_;
  std::int32_t next_handle_ = 1;
  std::set<std::int32_t> run_;
};

}  // namespace litesmith::interpreter
