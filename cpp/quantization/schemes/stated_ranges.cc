#include "quantization/schemes/stated_ranges.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "quantization/parameters.h"
#include "quantization/schemes/int8_propagation.h"

namespace litesmith::quantization {
namespace {

constexpr int kUint8Offset = 128;

const InputStatistics* find_statistics(const ir::Model& model, ir::TensorId id, const StatedRanges& stated) {
  std::string name = model.graphs.front().tensor(id).name;
  std::vector<std::string> names = {name};
  if (name.ends_with(":0")) names.push_back(name.substr(0, name.size() - 2));
  for (const ir::Signature& signature : model.signatures)
    for (const ir::Signature::Entry& entry : signature.inputs)
      if (signature.graph == 0 && entry.tensor == id) names.push_back(entry.name);
  for (const std::string& candidate : names)
    if (const auto found = stated.inputs.find(candidate); found != stated.inputs.end()) return &found->second;
  return nullptr;
}

Form form_of(const InputStatistics& statistics, DType integer_type, const std::string& input) {
  if (!(statistics.deviation > 0) || !std::isfinite(statistics.deviation) || !std::isfinite(statistics.mean))
    fail(ErrorKind::value, "the statistics of the input '", input, "' are mean ", statistics.mean, " and deviation ",
         statistics.deviation, "; real = (integer - mean) / deviation takes a finite mean and a deviation above 0");
  const double lowest = -128;
  const double zero = std::round(statistics.mean) - (integer_type == DType::uint8 ? kUint8Offset : 0);
  return per_tensor(DType::int8, static_cast<float>(1 / statistics.deviation),
                    static_cast<std::int64_t>(std::clamp(zero, lowest, lowest + 255)));
}

void to_unsigned(Form& form) {
  if (form.dtype != DType::int8) return;
  form.dtype = DType::uint8;
  for (std::int64_t& zero_point : form.quantization.zero_points) zero_point += kUint8Offset;
}

}  // namespace

void add_input_statistics(const ir::Model& model, const Policy& policy, LearntForms& learnt) {
  const ir::Graph& graph = model.graphs.front();
  std::string missing;
  for (const ir::TensorId id : graph.inputs) {
    if (graph.tensor(id).dtype != DType::float32) continue;
    const InputStatistics* statistics = find_statistics(model, id, *policy.stated);
    if (statistics == nullptr)
      (missing += missing.empty() ? "" : ",") += graph.tensor(id).name;
    else
      learnt.emplace(TensorKey{0, id}, form_of(*statistics, policy.integer_type, graph.tensor(id).name));
  }
  if (!missing.empty())
    fail(ErrorKind::value, "Quantization input stats are not available for input tensors '", missing,
         "'. Add them to quantized_input_stats, {name: (mean, standard deviation)}");
}

void add_default_range(const ir::Graph& graph, const std::vector<StaticRole>& roles, const Policy& policy,
                       std::vector<Form>& ranged) {
  Int8Propagation reached(graph, roles, ranged, policy);
  reached.run();
  const auto fill = [&](ir::TensorId id) {
    const auto place = static_cast<std::size_t>(id);
    if (graph.tensor(id).is_constant() || reached.tensor(id).is_decided()) return;
    ranged[place] = int8_form(*policy.stated->otherwise, graph.tensor(id).name, policy.integer_type);
  };
  for (std::size_t n = 0; n < roles.size(); ++n) {
    if (!roles[n].may_be_integer()) continue;
    for (const int i : roles[n].operands) fill(graph.nodes[n].input(i));
    for (const int i : roles[n].results) fill(graph.nodes[n].output(i));
  }
}

void make_unsigned(GraphForms& forms) {
  for (TensorForms& tensor : forms.tensors) {
    to_unsigned(tensor.produced);
    to_unsigned(tensor.integer);
  }
  for (std::vector<Form>& operands : forms.operands) std::ranges::for_each(operands, to_unsigned);
}

}  // namespace litesmith::quantization
