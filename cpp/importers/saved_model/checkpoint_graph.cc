#include "importers/saved_model/checkpoint_graph.h"

#include <filesystem>
#include <system_error>

#include "base/contained_file.h"
#include "base/error.h"
#include "importers/saved_model/signatures.h"

namespace litesmith::importers::saved_model {
namespace {

namespace fs = std::filesystem;

/// What stands beside the checkpoint: its saver and collections help with a graph that was given, too.
formats::MetaGraphRecord read_meta(const std::string& prefix, bool is_needed) {
  const fs::path path(prefix + ".meta");
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) {
    if (!is_needed) return {};
    fail(ErrorKind::io, "'", path.string(),
         "' does not exist: it holds the graph of the checkpoint. Copy it to the "
         "checkpoint, or give the graph with from_frozen_graph after freezing it (freeze_graph)");
  }
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  return formats::read_meta_graph(map_contained_file(folder, path.filename()), path.string());
}

}  // namespace

CheckpointGraph open_checkpoint(const CheckpointRequest& request) {
  const formats::Checkpoint checkpoint = formats::Checkpoint::open(request.path);
  const bool is_given = !request.graph.empty();
  const formats::MetaGraphRecord meta = read_meta(checkpoint.prefix(), !is_given);
  CheckpointGraph read;
  read.graph = formats::read_graph(is_given ? request.graph : meta.graph,
                                   is_given ? request.graph_name : checkpoint.prefix() + ".meta");
  read.surroundings.initializers = initializers(meta, read.graph);
  const std::vector<WantedPart> parts{{"the graph between the given arrays", request.inputs, request.outputs}};
  refuse_compiled_parts(read.graph, parts);
  const VariableFinder finder(read.graph, meta, checkpoint);
  read.surroundings.variables = variable_values(read.graph, parts, &finder, "'" + checkpoint.prefix() + "'");
  return read;
}

}  // namespace litesmith::importers::saved_model
