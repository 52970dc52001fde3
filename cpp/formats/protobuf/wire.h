#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/shape.h"

/// Messages in protobuf's wire format, field by field. Every length is checked against the message that holds it before
/// anything is read or reserved.
namespace litesmith::formats {

/// Messages inside messages.
inline constexpr int kDeepestMessage = 100;

/// What is being read; must outlive the Messages made of it. `name` is what errors say ("saved_model.pb").
struct WireSource {
  Bytes bytes;
  std::string name;
};

/// A message whose fields come one after the other:
///   while (message.next()) switch (message.field()) { case 1: name = message.text(); break; ... }
/// A field that is not read is skipped. Throws Error(value) naming source and byte offset where the bytes end early, a
/// length lies, a field has another wire type than the one asked for or messages nest beyond kDeepestMessage.
class Message {
 public:
  /// The whole source.
  explicit Message(const WireSource& source) : source_(&source), position_(0), end_(source.bytes.size()), depth_(0) {}

  bool next();
  std::uint32_t field() const noexcept { return field_; }
  /// True when the current field has a length: text, bytes, a message or packed numbers.
  bool has_length() const noexcept { return wire_ == 2; }

  std::int64_t integer();
  std::int32_t enumeration() { return static_cast<std::int32_t>(integer()); }
  bool boolean() { return integer() != 0; }
  std::uint32_t fixed32();
  std::uint64_t fixed64();
  float float32();
  double float64();
  std::string_view text();
  std::string string() { return std::string(text()); }
  /// Shares ownership of the source.
  Bytes bytes();
  Message message();

  /// Appends a repeated number: the one of this field, or all of them where they are packed.
  void append(std::vector<std::int64_t>& values);
  void append(std::vector<std::uint64_t>& values);
  void append(std::vector<std::int32_t>& values);
  void append(std::vector<bool>& values);
  void append(std::vector<float>& values);
  void append(std::vector<double>& values);

  /// Where the message starts in the source, and all its bytes.
  Bytes whole() const;
  /// Throws Error(value): source, offset of the current field, then `what`.
  [[noreturn]] void refuse(std::string_view what) const;

 private:
  Message(const WireSource& source, std::size_t position, std::size_t end, int depth)
      : source_(&source), start_(position), position_(position), end_(end), depth_(depth) {}
  std::uint64_t varint();
  std::uint64_t little_endian(std::size_t width);
  std::pair<std::size_t, std::size_t> extent();
  void expect(std::uint32_t wire);
  void skip();
  template <class T, class Read>
  void append_numbers(std::vector<T>& values, std::uint32_t wire, Read read);

  const WireSource* source_;
  std::size_t start_ = 0;
  std::size_t position_;
  std::size_t end_;
  int depth_;
  std::size_t field_start_ = 0;
  std::uint32_t field_ = 0;
  std::uint32_t wire_ = 0;
  bool unread_ = false;
};

/// An entry of a map with text keys; `value` is empty where the entry has none (the default value).
struct MapEntry {
  std::string key;
  std::vector<Message> value;
};
MapEntry read_map_entry(Message entry);
/// An entry of a map from text to text.
std::pair<std::string, std::string> read_text_entry(Message entry);

/// A TensorShapeProto: -1 where a dimension is unknown. Throws Error(limit) for dimensions beyond 2^31 - 1,
/// Error(value) for those below -1.
Shape read_shape(Message shape);

}  // namespace litesmith::formats
