#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace litesmith::importers::keras {

/// A view of one value inside the record's JSON: layer configs, call arguments. A null or missing value is an empty
/// view. Valid as long as the KerasGraph that it comes from.
class Value {
 public:
  Value() = default;
  /// `key` is what error texts call the value.
  Value(const nlohmann::json* json, std::string key);

  bool is_null() const noexcept { return json_ == nullptr; }
  explicit operator bool() const noexcept { return json_ != nullptr; }
  bool is_bool() const noexcept;
  /// True for integers and for floats without a fraction (Keras writes both).
  bool is_integer() const noexcept;
  /// True also for {"float": "inf"}.
  bool is_number() const noexcept;
  bool is_string() const noexcept;
  bool is_list() const noexcept;
  bool is_object() const noexcept;

  /// Entries of a list, keys of an object; 0 otherwise.
  std::size_t size() const noexcept;
  /// Entry of a list; empty when there is none.
  Value operator[](std::size_t i) const;
  /// Entry of an object; empty when there is none.
  Value operator[](std::string_view key) const;
  bool has(std::string_view key) const { return static_cast<bool>((*this)[key]); }

  /// The value as bool (0 and 1 count), int, std::int64_t, double, std::string, std::vector<int> or
  /// std::vector<double>. Vectors flatten nested lists and accept a single number. Throws Error(value) naming the key.
  template <class T>
  T as() const;
  /// (*this)[key].as<T>(), or the fallback when it is absent or null.
  template <class T>
  T get(std::string_view key, const T& fallback) const {
    const Value found = (*this)[key];
    return found ? found.as<T>() : fallback;
  }
  std::string get(std::string_view key, const char* fallback) const {
    return get<std::string>(key, std::string(fallback));
  }

  const std::string& key() const noexcept { return key_; }
  /// Short form for error texts.
  std::string text() const;

 private:
  [[noreturn]] void refuse(std::string_view expected) const;

  const nlohmann::json* json_ = nullptr;
  std::string key_;
};

template <>
bool Value::as<bool>() const;
template <>
int Value::as<int>() const;
template <>
std::int64_t Value::as<std::int64_t>() const;
template <>
double Value::as<double>() const;
template <>
std::string Value::as<std::string>() const;
template <>
std::vector<int> Value::as<std::vector<int>>() const;
template <>
std::vector<double> Value::as<std::vector<double>>() const;

}  // namespace litesmith::importers::keras
