#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "interpreter/arena.h"
#include "ops/state.h"

namespace litesmith::interpreter {

/// A table whose memory is counted by a budget, which must outlive it. Types are string and int64, one of each.
class HashTable final : public ops::HashTable {
 public:
  HashTable(DType key_type, DType value_type, Budget& budget)
      : key_type_(key_type), value_type_(value_type), budget_(budget) {}

  DType key_type() const override { return key_type_; }
  DType value_type() const override { return value_type_; }
  bool is_filled() const override { return is_filled_; }
  std::int64_t size() const override;
  void fill(const ops::TensorValue& keys, const ops::TensorValue& values) override;
  std::int64_t find(std::string_view key) const override;
  std::int64_t find(std::int64_t key) const override;
  std::string_view string_at(std::int64_t position) const override {
    return strings_[static_cast<std::size_t>(position)];
  }
  std::int64_t integer_at(std::int64_t position) const override {
    return integers_[static_cast<std::size_t>(position)];
  }

 private:
  DType key_type_, value_type_;
  Budget& budget_;
  bool is_filled_ = false;
  std::shared_ptr<std::byte[]> memory_;  // of the strings
  std::shared_ptr<const void> counted_;
  std::vector<std::string_view> strings_;
  std::vector<std::int64_t> integers_;
  std::unordered_map<std::string_view, std::int64_t> by_string_;
  std::unordered_map<std::int64_t, std::int64_t> by_integer_;
};

}  // namespace litesmith::interpreter
