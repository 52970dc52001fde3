#include <algorithm>
#include <map>
#include <set>

#include "ops/gather/gather.h"
#include "ops/op_def.h"
#include "ops/recurrent/lstm_node.h"
#include "ops/recurrent/recurrent.h"
#include "ops/slice/slice.h"
#include "passes/permutation.h"
#include "passes/recurrent/affine_form.h"
#include "passes/recurrent/lstm_cell.h"
#include "passes/rewrites.h"

namespace litesmith::passes {
namespace {

const Permutation kSwapped{1, 0, 2};

/// A graph that no node runs, so that no turn of a loop has left anything in its variables.
bool runs_once(const ir::Model& model, const ir::Graph& graph) {
  const auto index = static_cast<std::int32_t>(&graph - model.graphs.data());
  for (const ir::Graph& other : model.graphs)
    for (const ir::Node& node : other.nodes) {
      const auto called = ops::called_graphs(node);
      if (std::find(called.begin(), called.end(), index) != called.end()) return false;
    }
  return true;
}

bool is_zero(const ir::Tensor& tensor) {
  if (!tensor.is_constant() || tensor.dtype != DType::float32) return false;
  const auto values = plain_floats(tensor);
  return values && std::all_of(values->begin(), values->end(), [](float value) { return value == 0; });
}

bool is_zero(const Site& site, ir::TensorId tensor) {
  const ir::NodeId producer = site.uses.producer(tensor);
  if (producer < 0) return is_zero(site.graph.tensor(tensor));
  const Site made = site.at(producer);
  if (made.is("FILL")) return made.is_constant(1) && is_zero(made.input(1));
  return made.is("ZEROS_LIKE") || (made.is("BROADCAST_TO") && made.is_constant(0) && is_zero(made.input(0)));
}

/// What a turn writes to a list.
struct Write {
  ir::TensorId item = ir::kAbsent;  // in the body
  bool to_first = false;            // each turn to entry 0, else to the entry of its number
};

std::optional<Write> write_of(const CountedLoop& loop, std::size_t value) {
  const auto update = loop.producer(loop.after_turn(value));
  if (!update || !update->is("DYNAMIC_UPDATE_SLICE") || update->node().input(0) != loop.before_turn(value))
    return std::nullopt;
  const auto view = update->producer_of(1);
  if (!view || !ops::def(view->node()).is_view) return std::nullopt;
  const Shape &item = view->input(0).shape, &entry = view->output().shape;
  if (!item.has_rank() || item.rank() != 2 || entry != Shape{1, item[0], item[1]}) return std::nullopt;
  Write write{view->node().input(0)};
  if (update->is_constant(2)) {
    const Bytes& bytes = *update->input(2).data;
    write.to_first =
        std::all_of(bytes.view().begin(), bytes.view().end(), [](std::byte b) { return b == std::byte{}; });
    const Shape& list = loop.body().tensor(loop.before_turn(value)).shape;
    if (!write.to_first || !list.has_rank() || list[0] != 1) return std::nullopt;
    return write;
  }
  const auto start = update->producer_of(2);
  if (!start || !start->is("CONCATENATION") || !loop.is_turn(start->node().input(0)) || !loop.covers(value))
    return std::nullopt;
  return write;
}

/// STRIDED_SLICE that takes the last entry of axis 0 whole.
bool takes_last(const Site& site) {
  if (!site.is("STRIDED_SLICE") || !site.is_constant(1) || !site.is_constant(3)) return false;
  const auto& attrs = site.node().attrs.as<ops::StridedSliceAttrs>();
  if (attrs.shrink_axis_mask != 1 || (attrs.begin_mask & 1) != 0 || attrs.ellipsis_mask != 0 ||
      attrs.new_axis_mask != 0 || site.input(1).dtype != DType::int32)
    return false;
  const auto begin = site.input(1).data->to_vector<std::int32_t>(),
             stride = site.input(3).data->to_vector<std::int32_t>();
  const std::int32_t length = site.input(0).shape[0];
  if (begin.empty() || (begin[0] != -1 && (length < 1 || begin[0] != length - 1))) return false;
  for (std::size_t axis = 1; axis < begin.size(); ++axis)
    if ((attrs.begin_mask >> axis & 1) == 0 || (attrs.end_mask >> axis & 1) == 0 || stride[axis] != 1) return false;
  return true;
}

/// A sequence of a graph: [time, batch, values], or the first two axes swapped.
struct Sequence {
  ir::TensorId tensor = ir::kAbsent;
  Shape shape{};
  bool time_major = true;
};

class Fusion {
 public:
  Fusion(const CountedLoop& loop, std::vector<LstmCell> cells)
      : loop_(loop), site_(loop.site()), cells_(std::move(cells)), patch_(site_.graph) {}

  std::optional<ir::Patch> run() {
    if (!sort_values() || !connect()) return std::nullopt;
    for (const std::size_t value : lists_) replace_list(value);
    for (const auto& [value, item] : last_) patch_.redirect(loop_.result(value), last_step(item));
    patch_.drop_node(site_.id);
    return std::move(patch_);
  }

 private:
  bool is_used(std::size_t value) const {
    const ir::TensorId result = loop_.result(value);
    return site_.uses.is_graph_output(result) || !site_.uses.consumers(result).empty();
  }

  /// Whether everything that is read of the loop follows from the sequences of its cells.
  bool sort_values() {
    std::set<ir::TensorId> written;
    for (std::size_t value = 0; value < loop_.size(); ++value) {
      if (!is_used(value)) continue;
      const auto cell =
          std::find_if(cells_.begin(), cells_.end(), [&](const LstmCell& one) { return one.output_state == value; });
      if (cell != cells_.end()) {
        last_.emplace(value, cell->y);
        continue;
      }
      const auto write = write_of(loop_, value);
      if (!write || !written.insert(write->item).second) return false;
      lists_.push_back(value);
      writes_.emplace(value, *write);
    }
    return true;
  }

  /// Cells in the order in which they feed each other; false when one reads something else than a list or a cell.
  bool connect() {
    for (const LstmCell& cell : cells_) {
      if (!is_zero(site_, loop_.start(cell.output_state)) || !is_zero(site_, loop_.start(cell.cell_state)))
        return false;
      if (!sequences_.contains(cell.x)) read_list(cell.x);
    }
    std::vector<const LstmCell*> waiting;
    for (const LstmCell& cell : cells_) waiting.push_back(&cell);
    while (!waiting.empty()) {
      const auto ready = std::find_if(waiting.begin(), waiting.end(),
                                      [&](const LstmCell* cell) { return sequences_.contains(cell->x); });
      if (ready == waiting.end()) return false;
      add_lstm(**ready);
      waiting.erase(ready);
    }
    return std::all_of(writes_.begin(), writes_.end(),
                       [&](const auto& write) { return sequences_.contains(write.second.item); });
  }

  /// x[turn] of a list that stays as it is.
  void read_list(ir::TensorId x) {
    const auto gather = loop_.producer(x);
    if (!gather || !gather->is("GATHER") || !loop_.is_turn(gather->node().input(1))) return;
    const auto list = loop_.value_of(gather->node().input(0));
    const Shape &all = gather->input(0).shape, &index = gather->input(1).shape;
    const auto& attrs = gather->node().attrs.as<ops::GatherAttrs>();
    const bool is_step = all.has_rank() && all.rank() == 3 && index.has_rank() && index.rank() == 0 &&
                         attrs.axis == 0 && gather->output().shape == Shape{all[1], all[2]};
    if (!list || !is_step || !loop_.is_unchanged(*list) || !loop_.covers(*list)) return;
    const ir::TensorId tensor = loop_.start(*list);
    const ir::NodeId producer = site_.uses.producer(tensor);
    if (producer >= 0 && permutation_of(site_.at(producer)) == kSwapped)
      sequences_.emplace(x, Sequence{site_.at(producer).node().input(0), permuted(all, kSwapped), false});
    else
      sequences_.emplace(x, Sequence{tensor, all, true});
  }

  ir::TensorId add_floats(const std::string& name, Shape shape, const std::vector<float>& values) {
    if (values.empty()) return ir::kAbsent;
    return patch_.add_tensor({.name = name, .shape = std::move(shape), .data = Bytes::copy_of(std::span(values))});
  }

  ir::TensorId add_state(const std::string& name, Shape shape) {
    return patch_.add_tensor({.name = name, .shape = std::move(shape), .is_variable = true});
  }

  std::string name_of(const LstmCell& cell) const {
    const auto& origins = site_.node().origins;
    const std::string loop = origins.empty() ? site_.output().name : origins.front();
    return cells_.size() == 1 ? loop : loop + "/" + std::to_string(&cell - cells_.data());
  }

  void add_lstm(const LstmCell& cell) {
    using namespace ops::recurrent;
    const Sequence x = sequences_.at(cell.x);
    const std::string name = name_of(cell);
    LstmTensors tensors{.input = x.tensor};
    static constexpr const char* kNames[] = {"input", "forget", "cell", "output"};
    for (std::size_t gate = 0; gate < kGates; ++gate) {
      const LstmCell::Gate& values = cell.gates[gate];
      const std::string prefix = name + "/" + kNames[gate] + "_gate/";
      tensors.input_weights[gate] = add_floats(prefix + "kernel", {cell.cells, cell.inputs}, values.input_weights);
      tensors.recurrent_weights[gate] =
          add_floats(prefix + "recurrent_kernel", {cell.cells, cell.units}, values.recurrent_weights);
      tensors.peephole[gate] = add_floats(prefix + "peephole", {cell.cells}, values.peephole);
      tensors.bias[gate] = add_floats(prefix + "bias", {cell.cells}, values.bias);
    }
    tensors.projection = add_floats(name + "/projection", {cell.units, cell.cells}, cell.projection);
    tensors.projection_bias = add_floats(name + "/projection_bias", {cell.units}, cell.projection_bias);
    const std::int32_t batch = x.shape[x.time_major ? 1 : 0];
    tensors.output_state = add_state(name + "/state", {batch, cell.units});
    tensors.cell_state = add_state(name + "/memory", {batch, cell.cells});
    Sequence y{ir::kAbsent, x.shape, x.time_major};
    y.shape[2] = cell.units;
    y.tensor = patch_.add_tensor({.name = name + "/sequence", .shape = y.shape});
    const ops::LstmAttrs attrs{.activation = ops::Activation::tanh,
                               .cell_clip = cell.cell_clip,
                               .projection_clip = cell.projection_clip,
                               .time_major = x.time_major};
    patch_.add_node(site_.id, ops::make_node("UNIDIRECTIONAL_SEQUENCE_LSTM", attrs, sequence_lstm_operands(tensors),
                                             {y.tensor}, merge_origins(site_.node().origins, cell.origins)));
    sequences_.insert_or_assign(cell.y, y);
  }

  ir::TensorId add_ints(const std::vector<std::int32_t>& values) {
    return patch_.add_tensor({.name = site_.output().name + "/ints",
                              .dtype = DType::int32,
                              .shape = {static_cast<std::int32_t>(values.size())},
                              .data = Bytes::copy_of(std::span(values))});
  }

  ir::TensorId add_result(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> operands, Shape shape) {
    const ir::TensorId y =
        patch_.add_tensor({.name = site_.output().name + "/" + std::string(op), .shape = std::move(shape)});
    patch_.add_node(site_.id, ops::make_node(op, std::move(attrs), std::move(operands), {y}, site_.node().origins));
    return y;
  }

  /// [batch, units] of the last turn.
  ir::TensorId last_step(ir::TensorId item) {
    const Sequence& sequence = sequences_.at(item);
    const std::int32_t time = sequence.time_major ? 0 : 1;
    std::vector<std::int32_t> begin(3, 0);
    begin[static_cast<std::size_t>(time)] = -1;
    const ops::StridedSliceAttrs attrs{.begin_mask = 7 & ~(1 << time), .end_mask = 7, .shrink_axis_mask = 1 << time};
    return add_result("STRIDED_SLICE", attrs,
                      {sequence.tensor, add_ints(begin), add_ints({0, 0, 0}), add_ints({1, 1, 1})},
                      {sequence.shape[1 - time], sequence.shape[2]});
  }

  /// Readers of the last entry read it from the sequence; the others the list that the loop made.
  void replace_list(std::size_t value) {
    const ir::TensorId result = loop_.result(value);
    const Write& write = writes_.at(value);
    bool is_read = site_.uses.is_graph_output(result);
    for (const ir::NodeId id : site_.uses.consumers(result)) {
      const Site reader = site_.at(id);
      if (takes_last(reader)) {
        patch_.redirect(reader.node().output(), last_step(write.item));
        patch_.drop_node(id);
      } else {
        is_read = true;
      }
    }
    if (is_read) patch_.redirect(result, write.to_first ? only_entry(write.item) : all_entries(write.item));
  }

  ir::TensorId only_entry(ir::TensorId item) {
    const ir::TensorId last = last_step(item);
    const Sequence& sequence = sequences_.at(item);
    return add_result("EXPAND_DIMS", {}, {last, add_ints({0})},
                      {1, sequence.shape[sequence.time_major ? 1 : 0], sequence.shape[2]});
  }

  ir::TensorId all_entries(ir::TensorId item) {
    const Sequence& sequence = sequences_.at(item);
    if (sequence.time_major) return sequence.tensor;
    const ir::TensorId permutation = add_permutation(patch_, kSwapped, site_.output().name + "/permutation");
    return add_result("TRANSPOSE", {}, {sequence.tensor, permutation}, permuted(sequence.shape, kSwapped));
  }

  const CountedLoop& loop_;
  const Site& site_;
  std::vector<LstmCell> cells_;
  ir::Patch patch_;
  std::vector<std::size_t> lists_{};
  std::map<std::size_t, Write> writes_{};
  std::map<std::size_t, ir::TensorId> last_{};    // values that are a cell's last output
  std::map<ir::TensorId, Sequence> sequences_{};  // by tensors of the body
};

}  // namespace

std::optional<ir::Patch> fuse_lstm(const Site& site) {
  if (!site.is("WHILE") || !runs_once(site.model, site.graph)) return std::nullopt;
  const auto loop = CountedLoop::at(site);
  if (!loop || ops::has_effect(site.node(), ops::graphs_with_effects(site.model))) return std::nullopt;
  auto cells = find_lstm_cells(*loop);
  if (cells.empty()) return std::nullopt;
  return Fusion(*loop, std::move(cells)).run();
}

}  // namespace litesmith::passes
