#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "importers/saved_model/saved_model.h"

namespace litesmith::importers::saved_model {

struct CheckpointRequest {
  /// A prefix, a file beside it, or a folder with checkpoints.
  std::string path;
  /// A GraphDef or MetaGraphDef whose variables the checkpoint holds; empty = the `.meta` file beside the checkpoint.
  Bytes graph{};
  /// For messages.
  std::string graph_name{};
  /// Arrays ("node" or "node:k") between which the graph is wanted.
  std::vector<std::string> inputs{}, outputs{};
};

struct CheckpointGraph {
  formats::GraphRecord graph;
  Surroundings surroundings;
};

/// A graph with the values that a checkpoint has for what the outputs read. Throws as SavedModel does, Error(io) where
/// there is no graph.
CheckpointGraph open_checkpoint(const CheckpointRequest& request);

}  // namespace litesmith::importers::saved_model
