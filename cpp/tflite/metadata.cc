#include "tflite/metadata.h"

#include <flatbuffers/flatbuffers.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace litesmith::tflite {
namespace {

struct Releases {
  std::string_view name;
  std::string_view of_versions;
};

constexpr Releases kReleases[] = {
#define RELEASES(name, of_versions) {#name, of_versions},
#include "tflite/first_releases.inc"
#undef RELEASES
};

/// The piece of `text` number `index` between separators; empty when there are fewer.
std::string_view piece(std::string_view text, char separator, int index) {
  for (; index > 0; --index) {
    const std::size_t end = text.find(separator);
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find(separator));
}

std::string_view first_release(const OperatorVersion& op) {
  const auto row = std::find_if(std::begin(kReleases), std::end(kReleases),
                                [&](const Releases& releases) { return releases.name == op.name; });
  if (row == std::end(kReleases) || op.version < 1) return {};
  const std::string_view release = piece(row->of_versions, ' ', op.version - 1);
  return release == "-" ? std::string_view() : release;
}

std::array<int, 3> components(std::string_view release) {
  std::array<int, 3> numbers{};
  for (int i = 0; i < 3; ++i) {
    const std::string_view digits = piece(release, '.', i);
    std::from_chars(digits.data(), digits.data() + digits.size(), numbers[static_cast<std::size_t>(i)]);
  }
  return numbers;
}

/// Place of field number `field` in a table's field list.
constexpr flatbuffers::voffset_t slot(int field) { return static_cast<flatbuffers::voffset_t>(4 + 2 * field); }

}  // namespace

Bytes min_runtime_version(const std::vector<OperatorVersion>& operators) {
  constexpr std::size_t kSize = 16;
  std::string_view newest;
  for (const OperatorVersion& op : operators) {
    const std::string_view release = first_release(op);
    if (!release.empty() && (newest.empty() || components(newest) < components(release))) newest = release;
  }
  std::vector<std::byte> text(kSize);
  std::transform(newest.begin(), newest.end(), text.begin(), [](char c) { return static_cast<std::byte>(c); });
  return Bytes::take(std::move(text));
}

Bytes conversion_metadata(const ConversionInfo& info) {
  flatbuffers::FlatBufferBuilder builder;
  const auto modes = builder.CreateVector(info.modes);
  const auto options_start = builder.StartTable();
  builder.AddOffset(slot(0), modes);
  builder.AddElement<std::uint8_t>(slot(1), info.allow_custom_ops, 0);
  builder.AddElement<std::uint8_t>(slot(2), info.enable_select_tf_ops, 0);
  builder.AddElement<std::uint8_t>(slot(3), info.force_select_tf_ops, 0);
  const flatbuffers::Offset<void> options(builder.EndTable(options_start));
  const auto producer = builder.CreateString(info.producer);
  const auto environment_start = builder.StartTable();
  builder.AddOffset(slot(0), producer);
  builder.AddElement<std::uint32_t>(slot(1), info.api_version, 0);
  builder.AddElement<std::int32_t>(slot(2), info.model_type, 0);
  const flatbuffers::Offset<void> environment(builder.EndTable(environment_start));
  const auto root_start = builder.StartTable();
  builder.AddOffset(slot(0), environment);
  builder.AddOffset(slot(1), options);
  builder.Finish(flatbuffers::Offset<void>(builder.EndTable(root_start)));
  return Bytes::copy(std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())));
}

}  // namespace litesmith::tflite
