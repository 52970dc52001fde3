#include "importers/emit/graph_builder.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "ops/infer.h"
#include "ops/op_def.h"

namespace litesmith::importers::emit {
namespace {

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
  return result;
}

}  // namespace

std::string GraphBuilder::unique_name(const std::string& wish) {
  std::string name = wish;
  while (!names_.insert(name).second) name = concat(wish, "_", ++next_suffix_[wish]);
  return name;
}

void GraphBuilder::rename(ir::TensorId id, const std::string& wish) {
  ir::Tensor& tensor = graph_.tensor(id);
  if (tensor.name == wish) return;
  names_.erase(tensor.name);
  tensor.name = unique_name(wish);
}

ir::TensorId GraphBuilder::add_tensor(const std::string& name_wish, DType dtype, Shape shape) {
  ir::Tensor tensor;
  tensor.name = unique_name(name_wish);
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  return graph_.add_tensor(std::move(tensor));
}

std::vector<ir::TensorId> GraphBuilder::add(const Owner& owner, std::string_view op, ir::Attrs attrs,
                                            std::vector<ir::TensorId> inputs, int results, DType dtype) {
  std::vector<ir::TensorId> ids;
  for (int i = 0; i < results; ++i)
    ids.push_back(add_tensor(owner.prefix + "/" + lower_case(op), dtype, Shape::unknown_rank()));
  graph_.nodes.push_back(ops::make_node(op, std::move(attrs), std::move(inputs), ids, {owner.path}));
  const auto inferred = ops::infer_node(graph_, graph_.nodes.back());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    graph_.tensor(ids[i]).dtype = inferred[i].dtype;
    graph_.tensor(ids[i]).shape = inferred[i].shape;
  }
  return ids;
}

ir::TensorId GraphBuilder::add_constant(const std::string& name, DType dtype, Shape shape, Bytes data) {
  const ir::TensorId id = add_tensor(name, dtype, std::move(shape));
  graph_.tensor(id).data = std::move(data);
  return id;
}

}  // namespace litesmith::importers::emit
