#include "ops/case_strings.h"
#include "ops/skip_gram/skip_gram.h"

namespace litesmith::ops::skip_gram {
namespace {

struct Row {
  SkipGramAttrs attrs;
  std::string_view text;
  std::vector<std::string_view> groups;
};

}  // namespace

std::vector<Case> cases() {
  const Row rows[] = {
      {{2, 1, false}, "a b c d", {"a b", "a c", "b c", "b d", "c d"}},
      {{2, 0, true}, "a b  c", {"a b", "a", "b c", "b", "c"}},
      {{3, 1, false}, "a b c d", {"a b c", "a b d", "a c d", "b c d"}},
      {{1, 5, true}, "word", {"word"}},
      {{2, 0, true}, "word", {}},
  };
  std::vector<Case> list;
  for (const Row& row : rows)
    list.push_back({.name = std::string(row.text),
                    .op = "SKIP_GRAM",
                    .attrs = row.attrs,
                    .inputs = {strings({1}, {row.text})},
                    .outputs = {DType::string},
                    .reference = [row](const std::vector<Value>&) {
                      return std::vector{strings({static_cast<std::int32_t>(row.groups.size())}, row.groups)};
                    }});
  return list;
}

}  // namespace litesmith::ops::skip_gram
