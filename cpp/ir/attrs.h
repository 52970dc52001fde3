#pragma once

#include <memory>
#include <typeindex>
#include <typeinfo>
#include <utility>

namespace litesmith::ir {

/// The typed attributes of one node: any copyable struct with operator==. Empty for operators without attributes.
/// Immutable once made; copies share the value.
class Attrs {
 public:
  Attrs() = default;
  template <class T>
    requires(!std::is_same_v<std::decay_t<T>, Attrs>)
  Attrs(T value) : value_(std::make_shared<Holder<T>>(std::move(value))) {}

  bool empty() const noexcept { return value_ == nullptr; }
  template <class T>
  bool is() const noexcept {
    return value_ != nullptr && value_->type() == typeid(T);
  }
  /// The struct; T must be the type it was made from (std::bad_cast otherwise). A default T when empty.
  template <class T>
  const T& as() const {
    static const T kDefault{};
    if (value_ == nullptr) return kDefault;
    if (value_->type() != typeid(T)) throw std::bad_cast();
    return static_cast<const Holder<T>&>(*value_).value;
  }
  bool operator==(const Attrs& other) const {
    if (value_ == other.value_) return true;
    return value_ != nullptr && other.value_ != nullptr && value_->equals(*other.value_);
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual const std::type_info& type() const noexcept = 0;
    virtual bool equals(const Base& other) const = 0;
  };
  template <class T>
  struct Holder final : Base {
    explicit Holder(T v) : value(std::move(v)) {}
    const std::type_info& type() const noexcept override { return typeid(T); }
    bool equals(const Base& other) const override {
      return other.type() == typeid(T) && static_cast<const Holder&>(other).value == value;
    }
    T value;
  };
  std::shared_ptr<const Base> value_;
};

}  // namespace litesmith::ir
