#include "importers/saved_model/saved_model.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/contained_file.h"
#include "base/error.h"
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
  for (const std::string& tag : tags) text += (text.empty() ? "'" : ", '") + tag + "'";
  return "{" + text + "}";
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

std::vector<WantedPart> parts_of(const std::vector<Signature>& signatures) {
  std::vector<WantedPart> parts;
  for (const Signature& signature : signatures) {
    WantedPart part{"the signature '" + signature.key + "'", {}, {}};
    for (const SignaturePort& port : signature.inputs) part.inputs.push_back(port.array);
    for (const SignaturePort& port : signature.outputs) part.outputs.push_back(port.array);
    parts.push_back(std::move(part));
  }
  return parts;
}

void read_assets(const fs::path& folder, const formats::MetaGraphRecord& meta, SavedModelSource& source) {
  for (const formats::AssetRecord& asset : meta.assets)
    if (is_there(folder / "assets" / asset.file))
      source.assets.emplace(node_of(asset.tensor), map_contained_file(folder, fs::path("assets") / asset.file));
}

void read_variables(const fs::path& folder, const formats::MetaGraphRecord& meta, SavedModelSource& source) {
  const std::vector<WantedPart> parts = parts_of(source.signatures);
  refuse_compiled_parts(source.graph, parts);
  const std::string prefix = (folder / "variables" / "variables").string();
  std::optional<formats::Checkpoint> checkpoint;
  if (is_there(folder / "variables")) {
    std::error_code error;
    const fs::path root = fs::canonical(folder, error), inner = fs::canonical(folder / "variables", error);
    if (error || inner.parent_path() != root)
      fail(ErrorKind::value, "'", (folder / "variables").string(), "' leads out of '", folder.string(),
           "', which is not followed. Copy the folder with the files that its links name (cp -rL)");
    if (is_there(prefix + ".index") || !meta.saver.restore_op.empty()) checkpoint = formats::Checkpoint::open(prefix);
  }
  std::optional<VariableFinder> finder;
  if (checkpoint) finder.emplace(source.graph, meta, *checkpoint);
  source.variables = variable_values(source.graph, parts, finder ? &*finder : nullptr, "'" + prefix + ".index'");
}

}  // namespace

SavedModelSource open_saved_model(const std::string& path, const SavedModelRequest& request) {
  const fs::path folder(path);
  const std::string file = (folder / (request.message.empty() ? kFile : kTextFile)).string();
  const Bytes message = request.message.empty() ? read_message(folder) : request.message;
  const formats::MetaGraphRecord meta = choose(formats::read_saved_model(message, file), request.tags, path);
  SavedModelSource source;
  source.graph = formats::read_graph(meta.graph, file);
  source.is_tf1 = meta.object_graph.empty();
  source.signatures = chosen_signatures(meta, source.graph, request.signature_keys);
  source.initializers = initializers(meta, source.graph);
  read_assets(folder, meta, source);
  read_variables(folder, meta, source);
  return source;
}

}  // namespace litesmith::importers::saved_model
