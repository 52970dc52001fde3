#include <algorithm>

#include "ops/fully_connected/fully_connected.h"
#include "ops/op_def.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

bool is_view(const Site& site) { return ops::def(site.node()).is_view; }

/// A RESHAPE operand for a shape with at most one unknown dimension.
std::optional<ir::TensorId> add_shape(ir::Patch& patch, const Shape& shape, const std::string& name) {
  if (!shape.has_rank() || std::count(shape.begin(), shape.end(), kUnknownDim) > 1) return std::nullopt;
  ir::Tensor tensor;
  tensor.name = name;
  tensor.dtype = DType::int32;
  tensor.shape = Shape{shape.rank()};
  tensor.data = Bytes::copy_of(std::span<const std::int32_t>(shape.dims()));
  return patch.add_tensor(std::move(tensor));
}

}  // namespace

std::optional<ir::Patch> merge_reshapes(const Site& site) {
  if (!is_view(site)) return std::nullopt;
  const auto producer = site.producer_of(0);
  if (!producer || !is_view(*producer)) return std::nullopt;
  ir::Patch patch(site.graph);
  const ir::TensorId source = producer->node().input(0);
  if (producer->input(0).shape == site.output().shape && site.output().shape.is_static() && site.may_redirect(source)) {
    patch.redirect(site.node().output(), source);
    patch.drop_node(site.id);
    return patch;
  }
  const auto shape = add_shape(patch, site.output().shape, site.output().name + "/shape");
  if (!shape) return std::nullopt;
  patch.replace_node(site.id, ops::make_node("RESHAPE", {}, {source, *shape}, site.node().outputs,
                                             merge_origins(site.node().origins, producer->node().origins)));
  return patch;
}

std::optional<ir::Patch> view_to_reshape(const Site& site) {
  if (!site.is("EXPAND_DIMS") && !site.is("SQUEEZE")) return std::nullopt;
  if (!site.output().shape.is_static()) return std::nullopt;
  ir::Patch patch(site.graph);
  const auto shape = add_shape(patch, site.output().shape, site.output().name + "/shape");
  patch.replace_node(
      site.id, ops::make_node("RESHAPE", {}, {site.node().input(0), *shape}, site.node().outputs, site.node().origins));
  return patch;
}

/// FULLY_CONNECTED takes rows of any number of dims. TensorFlow's converter leaves SQUEEZE out there, but not RESHAPE.
std::optional<ir::Patch> drop_squeezed_rows(const Site& site) {
  if (!site.is("SQUEEZE") || site.uses.is_graph_output(site.node().output())) return std::nullopt;
  const Shape &x = site.input(0).shape, &rows = site.output().shape;
  if (!x.has_rank() || x.rank() < 2 || rows.rank() != 2 || x.back() == kUnknownDim || x.back() != rows.back())
    return std::nullopt;
  const auto consumers = site.uses.consumers(site.node().output());
  const bool all_dense = std::all_of(consumers.begin(), consumers.end(), [&](ir::NodeId id) {
    const ir::Node& reader = site.graph.nodes[static_cast<std::size_t>(id)];
    return reader.op->name == "FULLY_CONNECTED" && reader.input(0) == site.node().output() &&
           reader.input(1) != site.node().output() && !reader.attrs.as<ops::FullyConnectedAttrs>().keep_num_dims;
  });
  if (consumers.empty() || !all_dense) return std::nullopt;
  ir::Patch patch(site.graph);
  patch.redirect(site.node().output(), site.node().input(0));
  patch.drop_node(site.id);
  return patch;
}

std::optional<ir::Patch> remove_identity(const Site& site) {
  if (!is_view(site) && !site.is("CAST")) return std::nullopt;
  const ir::Tensor& x = site.input(0);
  const ir::Tensor& y = site.output();
  const auto unknown = std::count(x.shape.begin(), x.shape.end(), kUnknownDim);
  if (x.dtype != y.dtype || x.shape != y.shape || !x.shape.has_rank()) return std::nullopt;
  if (is_view(site) && unknown > 1) return std::nullopt;
  if (!site.may_redirect(site.node().input(0))) return std::nullopt;
  ir::Patch patch(site.graph);
  patch.redirect(site.node().output(), site.node().input(0));
  patch.drop_node(site.id);
  return patch;
}

}  // namespace litesmith::passes
