#include "conversion_object.h"

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

#include <pybind11/stl.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "converter/float_file.h"
#include "quantization/learnt_forms.h"
#include "tensor_values.h"
#include "tools/describe.h"

namespace litesmith::bindings {
namespace {

namespace py = pybind11;

/// glibc keeps what was freed; the source's weights and then the model's constants would stay beside the file.
void return_free_memory() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

ConversionInput input_of(const ir::Graph& graph, ir::TensorId id, const ir::Signature* signature) {
  const ir::Tensor& tensor = graph.tensor(id);
  ConversionInput input{tensor.name, tensor.name, id, std::string(name(tensor.dtype)), tensor.shape.dims()};
  if (signature == nullptr) return input;
  const auto entry = std::find_if(signature->inputs.begin(), signature->inputs.end(),
                                  [&](const ir::Signature::Entry& it) { return it.tensor == id; });
  if (entry != signature->inputs.end()) input.name = entry->name;
  return input;
}

ConversionSignature signature_of(const ir::Model& model, int graph, const ir::Signature* signature) {
  const ir::Graph& of = model.graphs.at(static_cast<std::size_t>(graph));
  ConversionSignature result{signature == nullptr ? "" : signature->key, graph, {}, of.outputs};
  for (const ir::TensorId id : of.inputs) result.inputs.push_back(input_of(of, id, signature));
  return result;
}

quantization::Mode mode_of(const std::string& text) {
  using quantization::Mode;
  for (const Mode mode : {Mode::float32, Mode::float16, Mode::dynamic_range, Mode::int8, Mode::int16x8})
    if (text == quantization::name(mode)) return mode;
  fail(ErrorKind::value, "'", text, "' is no mode of quantization");
}

DType type_of(const py::object& policy, const char* attribute) {
  const auto text = py::cast<std::string>(policy.attr(attribute));
  const auto dtype = dtype_from_name(text);
  if (!dtype) fail(ErrorKind::value, attribute, " is '", text, "', which is no element type");
  return *dtype;
}

/// The ranges of a litesmith.quantization.policy.StatedRanges.
std::optional<quantization::StatedRanges> stated_ranges_of(const py::object& it) {
  if (it.is_none()) return std::nullopt;
  quantization::StatedRanges stated;
  for (const auto& [name, statistics] : py::cast<std::map<std::string, std::pair<double, double>>>(it.attr("inputs")))
    stated.inputs[name] = {statistics.first, statistics.second};
  if (const py::object range = it.attr("otherwise"); !range.is_none()) {
    const auto [min, max] = py::cast<std::pair<float, float>>(range);
    stated.otherwise = quantization::Range{min, max};
  }
  return stated;
}

quantization::Policy policy_of(const py::object& it) {
  quantization::Policy policy;
  policy.mode = mode_of(py::cast<std::string>(it.attr("mode")));
  policy.allow_float = py::cast<bool>(it.attr("allow_float"));
  policy.input_type = type_of(it, "input_type");
  policy.output_type = type_of(it, "output_type");
  policy.integer_type = type_of(it, "integer_type");
  policy.stated = stated_ranges_of(it.attr("stated"));
  policy.bias_type = type_of(it, "bias_type");
  policy.per_channel = py::cast<bool>(it.attr("per_channel"));
  policy.per_channel_dense = py::cast<bool>(it.attr("per_channel_dense"));
  policy.bfloat16 = py::cast<bool>(it.attr("bfloat16"));
  policy.accumulation_type = type_of(it, "accumulation_type");
  policy.sparse = py::cast<bool>(it.attr("sparse"));
  for (const auto& [layer, mode] : py::cast<std::map<std::string, std::string>>(it.attr("layers")))
    policy.layers[layer] = mode_of(mode);
  return policy;
}

}  // namespace

PythonRanges to_python(const quantization::Ranges& ranges) {
  PythonRanges result;
  for (const auto& [key, range] : ranges) result[{key.first, key.second}] = {range.min, range.max};
  return result;
}

quantization::Ranges from_python(const PythonRanges& ranges) {
  quantization::Ranges result;
  for (const auto& [key, range] : ranges) result[{key.first, key.second}] = {range.first, range.second};
  return result;
}

quantization::RangeMethod method_of(const std::string& name) {
  const auto method = quantization::range_method(name);
  if (!method)
    fail(ErrorKind::value, "calibration is '", name,
         "' but must be 'min_max', 'exact_min_max', 'moving_average', 'percentile', 'mse' or 'entropy'");
  return *method;
}

converter::Conversion& ConversionObject::open() {
  if (!conversion_) fail(ErrorKind::value, "this conversion has been written already; import the model again");
  return *conversion_;
}

void ConversionObject::lower() {
  return_free_memory();
  if (conversion_) conversion_->lower();
}

std::vector<std::string> ConversionObject::warnings() const {
  std::vector<std::string> all = warnings_;
  if (conversion_) all.insert(all.end(), conversion_->warnings().begin(), conversion_->warnings().end());
  return all;
}

py::bytes ConversionObject::write(bool keep) {
  Bytes file;
  {
    const py::gil_scoped_release release;
    file = open().write();
    if (!keep) conversion_.reset();
    return_free_memory();
  }
  return py::bytes(reinterpret_cast<const char*>(file.data()), file.size());
}

std::string ConversionObject::describe() { return tools::to_json(open().result()); }

std::vector<ConversionSignature> ConversionObject::signatures() {
  open().lower();
  const ir::Model& model = open().model();
  std::vector<ConversionSignature> list;
  for (const ir::Signature& signature : model.signatures)
    list.push_back(signature_of(model, signature.graph, &signature));
  if (list.empty()) list.push_back(signature_of(model, 0, nullptr));
  return list;
}

std::vector<ConversionOperator> ConversionObject::operators() {
  open().lower();
  std::vector<ConversionOperator> list;
  int number = 0;
  for (const ir::Graph& graph : open().model().graphs) {
    for (const ir::Node& node : graph.nodes)
      list.push_back({number, std::string(node.op->name), node.origins, node.inputs, node.outputs});
    ++number;
  }
  return list;
}

py::object ConversionObject::constant(int graph, int tensor) {
  open().lower();
  const ir::Tensor& it = open().model().graphs.at(static_cast<std::size_t>(graph)).tensor(tensor);
  if (!it.is_constant() || it.sparsity || it.dtype != DType::float32) return py::none();
  const std::span<const std::byte> bytes = it.data->view();
  py::array_t<float> array(std::vector<py::ssize_t>(it.shape.dims().begin(), it.shape.dims().end()));
  if (static_cast<std::size_t>(array.nbytes()) != bytes.size()) return py::none();
  if (!bytes.empty()) std::memcpy(array.mutable_data(), bytes.data(), bytes.size());
  return array;
}

bool ConversionObject::has_fake_quant() { return quantization::has_learnt_forms(open().model()); }

PythonRanges ConversionObject::recorded_ranges() { return to_python(converter::recorded_ranges(open().model())); }

void ConversionObject::record_ranges(const PythonRanges& ranges) { open().record_ranges(from_python(ranges)); }

void ConversionObject::quantize(const py::object& policy, const PythonRanges& ranges) {
  const quantization::Policy native = policy_of(policy);
  const py::gil_scoped_release release;
  open().quantize(native, from_python(ranges));
}

void ConversionObject::start_observation(const std::string& method, int threads, bool channels) {
  quantization::Detail detail = quantization::needed_detail(method_of(method));
  detail.channels = channels;
  open().start_observation({.threads = threads, .isa = simd::active_isa(), .detail = detail});
}

void ConversionObject::observe(int graph, const SampleArrays& values, std::uint64_t sample) {
  const std::vector<quantization::Feed> feeds = feeds_of(values);
  const py::gil_scoped_release release;
  open().observe(graph, feeds, sample);
}

std::size_t ConversionObject::equalize() { return open().equalize(); }

std::unique_ptr<quantization::BiasCorrection> ConversionObject::bias_correction(int threads) {
  return open().bias_correction({.threads = threads, .isa = simd::active_isa()});
}

void ConversionObject::correct_biases(const quantization::BiasCorrection& measured) {
  open().correct_biases(measured.errors());
}

quantization::Comparison ConversionObject::compare(const PythonRanges& ranges, int threads) {
  return open().compare(from_python(ranges), {.threads = threads, .isa = simd::active_isa()});
}

std::vector<std::pair<int, py::array>> ConversionObject::observed_results(int graph) {
  std::vector<std::pair<int, py::array>> list;
  for (const ir::TensorId id : open().model().graphs.at(static_cast<std::size_t>(graph)).outputs) {
    const auto view = open().observed_value(graph, id);
    if (!view || view->dtype != DType::float32) continue;
    py::array array = empty_array(*view);
    unpack_values(*view, {static_cast<std::byte*>(array.mutable_data()), static_cast<std::size_t>(array.nbytes())});
    list.emplace_back(id, std::move(array));
  }
  return list;
}

quantization::Observations ConversionObject::observations() { return open().observations(); }

std::vector<PythonLayer> ConversionObject::layers() {
  open().lower();
  std::vector<PythonLayer> layers;
  std::map<std::string, std::size_t> index;
  for (const ir::Graph& graph : open().model().graphs)
    for (const ir::Node& node : graph.nodes) {
      if (node.origins.empty()) continue;
      const auto [entry, is_new] = index.emplace(node.origins.front(), layers.size());
      if (is_new) layers.push_back({node.origins.front(), {}, {}});
      auto& [path, merged, operators] = layers[entry->second];
      merged.insert(merged.end(), node.origins.begin() + 1, node.origins.end());
      operators.emplace_back(node.op->name);
    }
  return layers;
}

std::string ConversionObject::layer_of(const std::string& tensor) {
  open().lower();
  for (const ir::Graph& graph : open().model().graphs)
    for (const ir::Node& node : graph.nodes)
      for (const ir::TensorId id : node.outputs)
        if (id != ir::kAbsent && graph.tensor(id).name == tensor && !node.origins.empty()) return node.origins.front();
  fail(ErrorKind::value, "no operator of the model computes a tensor named '", tensor, "'");
}

PythonRanges ConversionObject::ranges_of(const quantization::Observations& observations, const std::string& method,
                                         int steps, bool symmetric) {
  open().lower();
  return to_python(quantization::ranges_of(open().model(), observations, method_of(method),
                                           {.steps = steps, .symmetric = symmetric}));
}

}  // namespace litesmith::bindings
