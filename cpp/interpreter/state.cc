#include "interpreter/state.h"

#include <cstring>

#include "base/error.h"
#include "interpreter/hash_table.h"

namespace litesmith::interpreter {

std::int32_t State::variable(std::string_view container, std::string_view shared_name) {
  const auto [entry, is_new] =
      variable_handles_.try_emplace({std::string(container), std::string(shared_name)}, next_handle_);
  if (is_new) variables_.emplace(next_handle_++, Variable{std::string(shared_name)});
  return entry->second;
}

const State::Variable& State::at(std::int32_t handle) const {
  const auto found = variables_.find(handle);
  if (found == variables_.end())
    fail(ErrorKind::value, "the operand that should be a handle of VAR_HANDLE holds ", handle,
         ", which stands for no variable");
  return found->second;
}

std::string State::variable_name(std::int32_t handle) const { return concat("'", at(handle).name, "'"); }

const ops::TensorValue* State::read(std::int32_t handle) const {
  const Variable& it = at(handle);
  return it.is_assigned ? &it.value : nullptr;
}

void State::assign(std::int32_t handle, const ops::TensorValue& value) {
  Variable& it = const_cast<Variable&>(at(handle));
  if (it.capacity < value.bytes.size() || it.memory == nullptr) {
    auto memory = budget_.allocate(value.bytes.size(), concat("the variable '", it.name, "' of shape ", value.shape));
    it.memory = std::move(memory);
    it.capacity = value.bytes.size();
  }
  if (!value.bytes.empty()) std::memcpy(it.memory.get(), value.bytes.data(), value.bytes.size());
  it.value = {value.dtype, value.shape, {it.memory.get(), value.bytes.size()}};
  it.is_assigned = true;
}

std::int32_t State::table(std::int32_t table_id, DType key_type, DType value_type) {
  const auto [entry, is_new] = table_handles_.try_emplace(table_id, next_handle_);
  if (is_new) tables_.emplace(next_handle_++, std::make_unique<HashTable>(key_type, value_type, budget_));
  const ops::HashTable& existing = *tables_.at(entry->second);
  if (existing.key_type() != key_type)
    fail(ErrorKind::value, "the table ", table_id, " leads from ", name(existing.key_type()), " to ",
         name(existing.value_type()), " elsewhere in the model, but from ", name(key_type), " to ", name(value_type),
         " here");
  return entry->second;
}

ops::HashTable& State::table(std::int32_t handle) {
  const auto found = tables_.find(handle);
  if (found == tables_.end())
    fail(ErrorKind::value, "the operand that should be a handle of HASHTABLE holds ", handle,
         ", which stands for no table");
  return *found->second;
}

}  // namespace litesmith::interpreter
