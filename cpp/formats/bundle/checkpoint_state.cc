#include "formats/bundle/checkpoint_state.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/contained_file.h"
#include "base/error.h"
#include "formats/bundle/checkpoint.h"

namespace litesmith::formats {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndex = ".index";
constexpr const char* kState = "checkpoint";

bool is_octal(char c) { return c >= '0' && c <= '7'; }

/// The text between the quote at `at` and the next one.
std::string quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  std::string value;
  for (++at; at < text.size() && text[at] != quote && text[at] != '\n'; ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      value += text[at];
      continue;
    }
    ++at;
    if (!is_octal(text[at])) {
      value += text[at] == 'n' ? '\n' : text[at] == 't' ? '\t' : text[at];
      continue;
    }
    int code = 0;
    std::size_t digits = 0;
    for (; digits < 3 && at + digits < text.size() && is_octal(text[at + digits]); ++digits)
      code = code * 8 + (text[at + digits] - '0');
    value += static_cast<char>(code);
    at += digits - 1;
  }
  return value;
}

std::vector<std::string> prefixes_in(const fs::path& folder) {
  std::vector<std::string> prefixes;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(kIndex)) prefixes.push_back(name.substr(0, name.size() - kIndex.size()));
  }
  std::sort(prefixes.begin(), prefixes.end());
  return prefixes;
}

bool is_checkpoint(const fs::path& prefix) {
  std::error_code error;
  return fs::exists(prefix.string() + std::string(kIndex), error) || fs::is_regular_file(prefix, error) ||
         fs::is_regular_file(prefix.string() + ".meta", error);
}

}  // namespace

std::vector<std::string> text_fields(std::string_view text, std::string_view name) {
  std::vector<std::string> values;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t start = line.find_first_not_of(" \t\r");
    if (start == std::string_view::npos || !line.substr(start).starts_with(name)) continue;
    const std::size_t colon = line.find_first_not_of(" \t", start + name.size());
    if (colon == std::string_view::npos || line[colon] != ':') continue;
    const std::size_t quote = line.find_first_not_of(" \t", colon + 1);
    if (quote != std::string_view::npos && (line[quote] == '"' || line[quote] == '\''))
      values.push_back(quoted(line, quote));
  }
  return values;
}

std::string list_of_checkpoints(const std::string& folder) {
  std::string text;
  for (const std::string& prefix : prefixes_in(folder)) text += (text.empty() ? "; there are '" : ", '") + prefix + "'";
  return text.empty() ? "; there are no checkpoints in '" + folder + "'" : text;
}

std::string checkpoint_prefix(const std::string& folder) {
  std::error_code error;
  if (!fs::exists(fs::path(folder) / kState, error)) {
    const std::vector<std::string> prefixes = prefixes_in(folder);
    if (prefixes.size() == 1) return (fs::path(folder) / prefixes[0]).string();
    fail(ErrorKind::io, "'", folder, "' has no file 'checkpoint' that names the newest one",
         list_of_checkpoints(folder), ". Name a prefix");
  }
  const Bytes state = map_contained_file(folder, kState);
  const std::string_view text(reinterpret_cast<const char*>(state.data()), state.size());
  const std::vector<std::string> named = text_fields(text, "model_checkpoint_path");
  if (named.empty())
    fail(ErrorKind::value, "'", (fs::path(folder) / kState).string(), "' names no model_checkpoint_path",
         list_of_checkpoints(folder));
  const fs::path prefix = fs::path(folder) / fs::path(named[0]).filename();
  if (!is_checkpoint(prefix))
    fail(ErrorKind::io, "'", (fs::path(folder) / kState).string(), "' names '", named[0],
         "', which is not in this folder", list_of_checkpoints(folder), ". Name a prefix");
  return prefix.string();
}

}  // namespace litesmith::formats
