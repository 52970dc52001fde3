#include <bit>
#include <cstring>

#include "base/error.h"
#include "quantization/observations.h"

namespace litesmith::quantization {
namespace {

constexpr std::string_view kMagic = "litesmith observations 1\n";

class Writer {
 public:
  void text(std::string_view value) {
    number(value.size());
    raw(value);
  }
  void raw(std::string_view value) {
    const auto bytes = std::as_bytes(std::span(value));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  /// Seven bits a byte, low ones first.
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<std::byte>(value | 0x80));
    bytes_.push_back(static_cast<std::byte>(value));
  }
  void real(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes_.push_back(static_cast<std::byte>(bits >> shift));
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::string text(std::size_t size) {
    const auto part = take(size);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  std::string text() { return text(count(1)); }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(take(1)[0]);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    damaged();
  }
  /// A number of things that follow, each of which takes at least `bytes_each`.
  std::size_t count(std::size_t bytes_each) {
    const std::uint64_t value = number();
    if (value > bytes_.size() / bytes_each) damaged();
    return static_cast<std::size_t>(value);
  }
  std::int32_t index() {
    const std::uint64_t value = number();
    if (value > INT32_MAX) damaged();
    return static_cast<std::int32_t>(value);
  }
  float real() {
    std::uint32_t bits = 0;
    const auto part = take(sizeof(bits));
    for (std::size_t i = 0; i < sizeof(bits); ++i) bits |= std::to_integer<std::uint32_t>(part[i]) << (8 * i);
    const float value = std::bit_cast<float>(bits);
    if (!(value - value == 0)) damaged();
    return value;
  }
  bool at_end() const noexcept { return bytes_.empty(); }
  [[noreturn]] static void damaged() {
    fail(ErrorKind::value,
         "these bytes are no calibration observations, or they are damaged; observe the samples again");
  }

 private:
  std::span<const std::byte> take(std::size_t size) {
    if (size > bytes_.size()) damaged();
    const auto part = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return part;
  }
  std::span<const std::byte> bytes_;
};

void write(Writer& writer, const Histogram& histogram) {
  const std::vector<int> pages = histogram.pages();
  writer.number(pages.size());
  for (const int number : pages) {
    writer.number(static_cast<std::uint64_t>(number));
    for (const std::uint64_t count : histogram.page(number)) writer.number(count);
  }
}

void write(Writer& writer, const TensorStatistics& it) {
  writer.text(it.name);
  writer.number(it.samples);
  writer.number(it.values);
  for (const auto& pair : {it.lowest, it.highest})
    for (const Extreme& extreme : pair) {
      writer.real(extreme.value);
      writer.number(extreme.sample);
    }
  writer.number(it.ranges.size());
  for (const SampleRange& one : it.ranges) {
    writer.number(one.sample);
    writer.real(one.range.min);
    writer.real(one.range.max);
  }
  write(writer, it.histogram);
  writer.number(it.channel_peaks.size());
  for (const float peak : it.channel_peaks) writer.real(peak);
}

void read(Reader& reader, Histogram& histogram) {
  for (std::size_t left = reader.count(Histogram::kBinsPerPage); left > 0; --left) {
    const std::int32_t number = reader.index();
    if (number >= Histogram::kPages) Reader::damaged();
    for (std::uint64_t& count : histogram.page(number)) count = reader.number();
  }
}

TensorStatistics read_tensor(Reader& reader) {
  TensorStatistics it;
  it.name = reader.text();
  it.samples = reader.number();
  it.values = reader.number();
  for (auto* pair : {&it.lowest, &it.highest})
    for (Extreme& extreme : *pair) {
      extreme.value = reader.real();
      extreme.sample = reader.number();
    }
  constexpr std::size_t kRangeBytes = 9;
  it.ranges.resize(reader.count(kRangeBytes));
  for (SampleRange& one : it.ranges) {
    one.sample = reader.number();
    one.range.min = reader.real();
    one.range.max = reader.real();
  }
  read(reader, it.histogram);
  it.channel_peaks.resize(reader.count(sizeof(float)));
  for (float& peak : it.channel_peaks) peak = reader.real();
  return it;
}

}  // namespace

std::vector<std::byte> Observations::to_bytes() const {
  Writer writer;
  writer.raw(kMagic);
  writer.number(fingerprint_);
  for (const bool kept : {detail_.samples, detail_.histogram, detail_.channels}) writer.number(kept ? 1 : 0);
  writer.number(samples_);
  writer.number(tensors_.size());
  for (const auto& [key, statistics] : tensors_) {
    writer.number(static_cast<std::uint64_t>(key.first));
    writer.number(static_cast<std::uint64_t>(key.second));
    write(writer, statistics);
  }
  return writer.take();
}

Observations Observations::from_bytes(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  if (bytes.size() < kMagic.size() || reader.text(kMagic.size()) != kMagic) Reader::damaged();
  Observations result;
  result.fingerprint_ = reader.number();
  for (bool* kept : {&result.detail_.samples, &result.detail_.histogram, &result.detail_.channels})
    *kept = reader.number() != 0;
  result.samples_ = reader.number();
  for (std::size_t left = reader.count(1); left > 0; --left) {
    const std::int32_t graph = reader.index();
    const std::int32_t tensor = reader.index();
    result.tensors_[{graph, tensor}] = read_tensor(reader);
  }
  if (!reader.at_end()) Reader::damaged();
  return result;
}

}  // namespace litesmith::quantization
