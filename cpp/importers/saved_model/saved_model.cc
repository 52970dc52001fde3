#include "importers/saved_model/saved_model.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/contained_file.h"
#include "base/error.h"
#include "importers/saved_model/graph_nodes.h"
#include "importers/saved_model/signatures.h"

namespace litesmith::importers::saved_model {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "saved_model.pb";
constexpr const char* kTextFile = "saved_model.pbtxt";
constexpr const char* kChunkedFile = "saved_model.cpb";

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

Bytes read_message(const fs::path& folder) {
  if (is_there(folder / kFile)) return map_contained_file(folder, kFile);
  if (is_there(folder / kChunkedFile))
    fail(ErrorKind::unsupported, "'", (folder / kChunkedFile).string(),
         "' is a SavedModel in chunks, which TensorFlow writes beyond 2 GiB and which is not read. Save the model with "
         "less in its graph (variables instead of constants), so that saved_model.pb is written");
  if (is_there(folder / kTextFile))
    fail(ErrorKind::unsupported, "'", (folder / kTextFile).string(), "' is text, which is parsed before it gets here");
  fail(ErrorKind::io, "SavedModel file does not exist at: ", (folder / "").string(), "{", kTextFile, "|", kFile, "}");
}

std::string text_of(const std::set<std::string>& tags) {
  std::string text;
  for (const std::string& tag : tags) text += concat(text.empty() ? "'" : ", '", tag, "'");
  return concat("{", text, "}");
}

/// The graph that has exactly these tags, else the only one that has them among others.
formats::MetaGraphRecord choose(std::vector<formats::MetaGraphRecord> graphs, const std::set<std::string>& tags,
                                const std::string& folder) {
  std::vector<std::size_t> with;
  std::string there;
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    const std::set<std::string>& own = graphs[i].tags;
    if (own == tags) return std::move(graphs[i]);
    if (std::includes(own.begin(), own.end(), tags.begin(), tags.end())) with.push_back(i);
    there += (there.empty() ? "" : ", ") + text_of(own);
  }
  if (with.size() == 1) return std::move(graphs[with[0]]);
  fail(ErrorKind::value, "Got an incompatible argument to `tags`: ", text_of(tags), ". The SavedModel at ", folder,
       graphs.empty() ? " has no graphs" : " has graphs with the tags ", there, ". Pass one of these sets");
}

std::optional<formats::Checkpoint> open_variables(const fs::path& folder, bool is_restored) {
  if (!is_there(folder / "variables")) return std::nullopt;
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  const fs::path inner = fs::canonical(folder / "variables", error);
  if (error || inner.parent_path() != root)
    fail(ErrorKind::value, "'", (folder / "variables").string(), "' leads out of '", folder.string(),
         "', which is not followed. Copy the folder with the files that its links name (cp -rL)");
  const std::string prefix = (folder / "variables" / "variables").string();
  if (!is_there(prefix + ".index") && !is_restored) return std::nullopt;
  return formats::Checkpoint::open(prefix);
}

}  // namespace

SavedModel SavedModel::open(const std::string& folder, const std::set<std::string>& tags, const Bytes& message) {
  const std::string file = (fs::path(folder) / (message.empty() ? kFile : kTextFile)).string();
  SavedModel model;
  model.folder_ = folder;
  model.meta_ = choose(formats::read_saved_model(message.empty() ? read_message(folder) : message, file), tags, folder);
  model.graph_ = formats::read_graph(model.meta_.graph, file);
  return model;
}

std::vector<Signature> SavedModel::signatures(const std::vector<std::string>& keys) const {
  return chosen_signatures(meta_, graph_, keys);
}

Surroundings SavedModel::surroundings(std::span<const WantedPart> parts) const {
  refuse_compiled_parts(graph_, parts);
  const fs::path folder(folder_);
  Surroundings read;
  read.initializers = initializers(meta_, graph_);
  for (const formats::AssetRecord& asset : meta_.assets)
    if (is_there(folder / "assets" / asset.file))
      read.assets.emplace(node_of(asset.tensor), map_contained_file(folder, fs::path("assets") / asset.file));
  const std::optional<formats::Checkpoint> checkpoint = open_variables(folder, !meta_.saver.restore_op.empty());
  std::optional<VariableFinder> finder;
  if (checkpoint) finder.emplace(graph_, meta_, *checkpoint);
  read.variables = variable_values(graph_, parts, finder ? &*finder : nullptr,
                                   concat("'", (folder / "variables" / "variables.index").string(), "'"));
  return read;
}

WantedPart part_of(const Signature& signature) {
  WantedPart part{concat("the signature '", signature.key, "'"), {}, {}};
  for (const SignaturePort& port : signature.inputs) part.inputs.push_back(port.array);
  for (const SignaturePort& port : signature.outputs) part.outputs.push_back(port.array);
  return part;
}

}  // namespace litesmith::importers::saved_model
