#include "tflite/origins.h"

#include <algorithm>
#include <map>

#include "base/error.h"

namespace litesmith::tflite {
namespace {

constexpr std::uint64_t kFormat = 1;
/// Bytes of all paths together: short entries can stand for long paths, so a damaged one must not fill the memory.
constexpr std::size_t kMostText = std::size_t{64} << 20;

void put(std::vector<std::byte>& out, std::uint64_t number) {
  while (number >= 0x80) {
    out.push_back(static_cast<std::byte>(number & 0x7f) | std::byte{0x80});
    number >>= 7;
  }
  out.push_back(static_cast<std::byte>(number));
}

class Input {
 public:
  explicit Input(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      if (at_ >= bytes_.size()) damaged();
      const auto byte = std::to_integer<std::uint64_t>(bytes_[at_++]);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    damaged();
  }
  /// A count of things that take a byte each at least, so that it cannot exceed what is left.
  std::size_t count() {
    const std::uint64_t value = number();
    if (value > bytes_.size() - at_) damaged();
    return static_cast<std::size_t>(value);
  }
  std::string_view text(std::size_t size) {
    if (size > bytes_.size() - at_) damaged();
    const std::string_view value(reinterpret_cast<const char*>(bytes_.data()) + at_, size);
    at_ += size;
    return value;
  }
  /// Counts bytes of decoded paths.
  void spend(std::size_t bytes) {
    spent_ += bytes;
    if (spent_ > kMostText) damaged();
  }
  bool at_end() const { return at_ == bytes_.size(); }
  [[noreturn]] static void damaged() {
    fail(ErrorKind::value, "the metadata entry '", kOriginsEntry, "' is damaged; remove the entry or convert again");
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  std::size_t spent_ = 0;
};

std::vector<std::string> read_paths(Input& input) {
  std::vector<std::string> paths(input.count());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::uint64_t shared = input.number();
    if (shared > (i == 0 ? 0 : paths[i - 1].size())) Input::damaged();
    if (shared > 0) paths[i] = paths[i - 1].substr(0, static_cast<std::size_t>(shared));
    paths[i] += input.text(input.count());
    input.spend(paths[i].size());
  }
  return paths;
}

using GraphOrigins = std::vector<std::vector<std::string>>;

GraphOrigins read_graph(Input& input, const std::vector<std::string>& paths) {
  GraphOrigins nodes(input.count());
  for (auto& origins : nodes) {
    origins.resize(input.count());
    for (std::string& origin : origins) {
      const std::uint64_t path = input.number();
      if (path >= paths.size()) Input::damaged();
      origin = paths[static_cast<std::size_t>(path)];
      input.spend(origin.size());
    }
  }
  return nodes;
}

}  // namespace

std::vector<std::byte> encode_origins(const ir::Model& model) {
  std::map<std::string_view, std::size_t> number;
  std::vector<std::string_view> paths;
  std::size_t text = 0;
  std::vector<std::byte> graphs;
  put(graphs, model.graphs.size());
  for (const ir::Graph& graph : model.graphs) {
    put(graphs, graph.nodes.size());
    for (const ir::Node& node : graph.nodes) {
      put(graphs, node.origins.size());
      for (const std::string& origin : node.origins) {
        const auto [found, is_new] = number.emplace(origin, paths.size());
        if (is_new) paths.push_back(origin);
        put(graphs, found->second);
        text += origin.size() * (is_new ? 2 : 1);
      }
    }
  }
  if (paths.empty() || text > kMostText) return {};
  std::vector<std::byte> out;
  put(out, kFormat);
  put(out, paths.size());
  std::string_view previous;
  for (const std::string_view path : paths) {
    const auto differs = std::mismatch(path.begin(), path.end(), previous.begin(), previous.end()).first;
    const auto shared = static_cast<std::size_t>(differs - path.begin());
    put(out, shared);
    put(out, path.size() - shared);
    const auto rest = std::as_bytes(std::span(path.substr(shared)));
    out.insert(out.end(), rest.begin(), rest.end());
    previous = path;
  }
  out.insert(out.end(), graphs.begin(), graphs.end());
  return out;
}

bool decode_origins(std::span<const std::byte> bytes, ir::Model& model) {
  Input input(bytes);
  if (input.number() != kFormat) return false;
  const std::vector<std::string> paths = read_paths(input);
  std::vector<GraphOrigins> graphs(input.count());
  for (GraphOrigins& graph : graphs) graph = read_graph(input, paths);
  if (!input.at_end()) Input::damaged();
  if (graphs.size() != model.graphs.size()) return false;
  for (std::size_t g = 0; g < graphs.size(); ++g)
    if (graphs[g].size() != model.graphs[g].nodes.size()) return false;
  for (std::size_t g = 0; g < graphs.size(); ++g)
    for (std::size_t n = 0; n < graphs[g].size(); ++n) model.graphs[g].nodes[n].origins = std::move(graphs[g][n]);
  return true;
}

std::vector<std::string> origins_from_name(std::string_view name) {
  constexpr std::size_t kMost = 64;
  std::vector<std::string> origins;
  while (!name.empty() && origins.size() < kMost) {
    const std::size_t end = std::min(name.find(';'), name.size());
    std::string_view part = name.substr(0, end);
    name.remove_prefix(std::min(end + 1, name.size()));
    const std::size_t slash = part.rfind('/');
    part = part.substr(0, slash == std::string_view::npos ? part.find(':') : slash);
    if (!part.empty() && std::find(origins.begin(), origins.end(), part) == origins.end()) origins.emplace_back(part);
  }
  return origins;
}

}  // namespace litesmith::tflite
