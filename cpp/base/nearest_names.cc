#include "base/nearest_names.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace litesmith {
namespace {

/// Names longer than this are compared by their ends.
constexpr std::size_t kComparedBytes = 200;

std::string_view end_of(std::string_view name) {
  return name.size() > kComparedBytes ? name.substr(name.size() - kComparedBytes) : name;
}

std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

bool same_end(std::string_view a, std::string_view b) {
  const std::string_view shorter = a.size() < b.size() ? a : b;
  const std::string_view longer = a.size() < b.size() ? b : a;
  return !shorter.empty() && longer.ends_with(shorter) && longer.size() > shorter.size() &&
         longer[longer.size() - shorter.size() - 1] == '/';
}

}  // namespace

std::vector<std::string> nearest_names(std::string_view name, std::span<const std::string> candidates,
                                       std::size_t most) {
  std::vector<std::pair<std::size_t, std::string>> near;
  const std::string_view wanted = end_of(name);
  const std::size_t bound = std::max<std::size_t>(2, wanted.size() / 3);
  for (const std::string& candidate : candidates) {
    const std::string_view end = end_of(candidate);
    const std::size_t distance = same_end(name, candidate) ? 1 : edits(wanted, end);
    if (distance <= bound && distance < std::max(wanted.size(), end.size())) near.emplace_back(distance, candidate);
  }
  std::sort(near.begin(), near.end());
  if (near.size() > most) near.resize(most);
  std::vector<std::string> names;
  for (auto& [distance, candidate] : near) names.push_back(std::move(candidate));
  return names;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates) {
  std::string text;
  for (const std::string& near : nearest_names(name, candidates))
    text += (text.empty() ? "; did you mean '" : ", '") + near + "'";
  return text.empty() ? text : text + "?";
}

}  // namespace litesmith
