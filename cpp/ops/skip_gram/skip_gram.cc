#include "ops/skip_gram/skip_gram.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/string_buffer.h"
#include "ops/step.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::skip_gram {
namespace {

using enum DType;

/// Their number grows with the power of the words that may be left out.
constexpr std::size_t kMostGroups = std::size_t{1} << 20;

void infer(InferContext& context) {
  context.require_type(0, {string});
  const auto& attrs = context.attrs<SkipGramAttrs>();
  context.require(attrs.ngram_size > 0, "groups of ", attrs.ngram_size, " words are asked for; give 1 at least");
  context.require(attrs.max_skip_size >= 0, "the words to leave out, ", attrs.max_skip_size, ", must not be negative");
  context.set_output(0, string, {kUnknownDim});
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::string joined(const std::vector<std::string_view>& words, const std::vector<std::size_t>& group) {
  std::string text;
  for (const std::size_t word : group) {
    if (!text.empty()) text += ' ';
    text += words[word];
  }
  return text;
}

/// Longer groups stand before the group that they begin with.
std::vector<std::string> groups_of(const HostContext& context, const std::vector<std::string_view>& words) {
  const auto& attrs = context.attrs<SkipGramAttrs>();
  const auto size = static_cast<std::size_t>(attrs.ngram_size), skip = static_cast<std::size_t>(attrs.max_skip_size);
  std::vector<std::string> texts;
  if (words.size() < size) return texts;
  std::vector<std::size_t> group = {0};
  bool descend = true;
  while (true) {
    if (descend && group.size() < size && group.back() + 1 < words.size()) {
      group.push_back(group.back() + 1);
      continue;
    }
    if (group.size() == size || attrs.include_all_ngrams) texts.push_back(joined(words, group));
    context.require(texts.size() <= kMostGroups, "makes more than ", kMostGroups,
                    " groups of words; leave out fewer, or give a shorter text");
    const std::size_t next = group.back() + 1;
    const bool is_first = group.size() == 1;
    descend = next < words.size() && (is_first || next - group[group.size() - 2] <= skip + 1);
    if (descend) {
      group.back() = next;
    } else if (is_first) {
      return texts;
    } else {
      group.pop_back();
    }
  }
}

void run(HostContext& context) {
  const auto texts = strings_in(context.input(0).data->view());
  context.require(texts.size() == 1, "'", context.input(0).name, "' has ", texts.size(), " strings; give one text");
  const std::vector<std::string> groups = groups_of(context, words_of(texts[0]));
  const std::vector<std::string_view> views(groups.begin(), groups.end());
  const std::vector<std::byte> buffer = string_buffer(views);
  std::byte* result = context.allocate_bytes(0, {static_cast<std::int32_t>(groups.size())}, buffer.size());
  std::memcpy(result, buffer.data(), buffer.size());
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_SkipGramOptions();
  if (options == nullptr) return SkipGramAttrs{};
  return SkipGramAttrs{options->ngram_size(), options->max_skip_size(), options->include_all_ngrams()};
}

flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  const auto& skip_gram = attrs.as<SkipGramAttrs>();
  ::tflite::SkipGramOptionsBuilder options(builder);
  options.add_ngram_size(skip_gram.ngram_size);
  options.add_max_skip_size(skip_gram.max_skip_size);
  options.add_include_all_ngrams(skip_gram.include_all_ngrams);
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"SKIP_GRAM"},
                                .builtin_code = 30,
                                .infer = infer,
                                .read = read,
                                .write = write,
                                .options_type = 18,
                                .host = run}};
  return kOps;
}

}  // namespace litesmith::ops::skip_gram
