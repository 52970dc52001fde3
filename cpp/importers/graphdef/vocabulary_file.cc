#include "importers/graphdef/vocabulary_file.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/string_buffer.h"

namespace litesmith::importers::graphdef {
namespace {

constexpr std::string_view kCarriageReturn = "\r";

/// Lines without their ends; a carriage return counts nowhere.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string line(text.substr(0, end));
    std::erase(line, kCarriageReturn.front());
    lines.push_back(std::move(line));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::vector<std::string_view> columns_of(std::string_view line, char delimiter) {
  std::vector<std::string_view> columns;
  for (std::size_t end = line.find(delimiter); end != std::string_view::npos; end = line.find(delimiter)) {
    columns.push_back(line.substr(0, end));
    line.remove_prefix(end + 1);
  }
  columns.push_back(line);
  return columns;
}

/// One side of a table: the element that each line gives.
class Side {
 public:
  Side(DType dtype, std::int64_t index, const VocabularyFormat& format, std::string_view source)
      : dtype_(dtype), index_(index), format_(format), source_(source) {}

  void add(std::string_view line, std::int64_t number) {
    if (index_ == VocabularyFormat::kLineNumber) {
      if (dtype_ == DType::int64) return append(number + format_.offset);
      fail(ErrorKind::value, source_, ": numbers of lines are int64, not ", name(dtype_));
    }
    add_text(index_ == VocabularyFormat::kWholeLine ? line : column(line, number), number);
  }

  formats::DenseTensor take() {
    if (dtype_ == DType::string) bytes_ = string_buffer(std::vector<std::string_view>(texts_.begin(), texts_.end()));
    return {dtype_, Shape{static_cast<std::int32_t>(count_)}, Bytes::take(std::move(bytes_))};
  }

 private:
  std::string_view column(std::string_view line, std::int64_t number) const {
    const auto columns = columns_of(line, format_.delimiter);
    if (static_cast<std::size_t>(index_) < columns.size()) return columns[static_cast<std::size_t>(index_)];
    fail(ErrorKind::value, source_, ", line ", number + 1, ": column ", index_, " is wanted but there are ",
         columns.size(), "; columns count from 0");
  }

  void add_text(std::string_view text, std::int64_t number) {
    switch (dtype_) {
      case DType::string:
        texts_.emplace_back(text);
        ++count_;
        return;
      case DType::int32: return append(parsed<std::int32_t>(text, number));
      case DType::int64: return append(parsed<std::int64_t>(text, number));
      case DType::float32: return append(parsed<float>(text, number));
      default: fail(ErrorKind::unsupported, source_, " shall give values of type ", name(dtype_));
    }
  }

  template <class T>
  T parsed(std::string_view text, std::int64_t number) const {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
      fail(ErrorKind::value, source_, ", line ", number + 1, ": '", text, "' is no ", name(dtype_));
    return value;
  }

  template <class T>
  void append(T value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    ++count_;
  }

  DType dtype_;
  std::int64_t index_;
  const VocabularyFormat& format_;
  std::string_view source_;
  std::vector<std::string> texts_;
  std::vector<std::byte> bytes_;
  std::int64_t count_ = 0;
};

}  // namespace

TableContent read_vocabulary(std::string_view text, const VocabularyFormat& format, DType key_dtype, DType value_dtype,
                             std::string_view source) {
  Side keys(key_dtype, format.key_index, format, source), values(value_dtype, format.value_index, format, source);
  const std::vector<std::string> lines = lines_of(text);
  const auto there = static_cast<std::int64_t>(lines.size());
  if (format.vocab_size > there)
    fail(ErrorKind::value, source, " has ", there, " lines, but the table shall have ", format.vocab_size);
  const std::int64_t count = format.vocab_size < 0 ? there : format.vocab_size;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string& line = lines[static_cast<std::size_t>(i)];
    if (line.empty()) fail(ErrorKind::value, source, ", line ", i + 1, " is empty");
    keys.add(line, i);
    values.add(line, i);
  }
  return {keys.take(), values.take()};
}

}  // namespace litesmith::importers::graphdef
