#include "tflite/verifier.h"

#include <doctest/doctest.h>

#include <cmath>

#include "testing/changed_files.h"

namespace litesmith::tflite {
namespace {

using testing::bytes_of;
using testing::check;
using testing::FileModel;
using ::tflite::objects::BuiltinOperator;
using ::tflite::objects::TensorType;

::tflite::objects::QuantizationParametersT& quantize(::tflite::objects::TensorT& tensor, std::vector<float> scales,
                                                     std::vector<std::int64_t> zero_points, int dimension = 0) {
  tensor.quantization = std::make_unique<::tflite::objects::QuantizationParametersT>();
  tensor.quantization->scale = std::move(scales);
  tensor.quantization->zero_point = std::move(zero_points);
  tensor.quantization->quantized_dimension = dimension;
  return *tensor.quantization;
}

TEST_CASE("indices that lead nowhere are refused") {
  check({
      {"operator code", [](FileModel& f) { f.node(0).opcode_index = 9; }, "operator code 9"},
      {"operand", [](FileModel& f) { f.node(0).inputs[0] = 99; }, "tensor 99"},
      {"operand below -1", [](FileModel& f) { f.node(0).inputs[0] = -2; }, "tensor -2"},
      {"required operand absent", [](FileModel& f) { f.node(1).inputs = {-1}; }, "operand 0 is missing"},
      {"result absent", [](FileModel& f) { f.node(1).outputs = {-1}; }, "tensor -1"},
      {"no operands", [](FileModel& f) { f.node(1).inputs = {}; }, "operands but has 0"},
      {"two results", [](FileModel& f) { f.node(1).outputs = {3, f.add_tensor(0, {1})}; }, "results"},
      {"intermediate", [](FileModel& f) { f.node(0).intermediates = {7}; }, "intermediate tensor 7"},
      {"input of the graph", [](FileModel& f) { f.graph().inputs = {-1}; }, "tensor -1"},
      {"output of the graph", [](FileModel& f) { f.graph().outputs = {44}; }, "tensor 44"},
      {"buffer", [](FileModel& f) { f.tensor(1).buffer = 77; }, "uses buffer 77"},
      {"signature's graph", [](FileModel& f) { f.model.signature_defs[0]->subgraph_index = 999; }, "graph 999"},
      {"signature's tensor", [](FileModel& f) { f.model.signature_defs[0]->inputs[0]->tensor_index = 1u << 31; },
       "a signature input"},
      {"metadata's buffer",
       [](FileModel& f) {
         f.model.metadata.push_back(std::make_unique<::tflite::objects::MetadataT>());
         f.model.metadata.back()->buffer = 1000;
       },
       "uses buffer 1000"},
      {"buffer behind the file",
       [](FileModel& f) {
         f.buffer_of(1) = {};
         f.buffer_of(1).offset = ~std::uint64_t{7};
         f.buffer_of(1).size = 8;
       },
       "outside of the file"},
      {"buffer that wraps around",
       [](FileModel& f) {
         f.buffer_of(1) = {};
         f.buffer_of(1).offset = 16;
         f.buffer_of(1).size = ~std::uint64_t{15};
       },
       "outside of the file"},
      {"custom options behind the file",
       [](FileModel& f) {
         auto& node = f.add_node(0, BuiltinOperator::CUSTOM, {3}, {f.add_tensor(0, {1})});
         f.model.operator_codes.back()->custom_code = "Mine";
         node.large_custom_options_offset = ~std::uint64_t{1};
         node.large_custom_options_size = 16;
       },
       "outside of the file"},
  });
}

TEST_CASE("what no model can be is refused") {
  check({
      {"no graph", [](FileModel& f) { f.model.subgraphs.clear(); }, "No subgraph in the model."},
      {"format version", [](FileModel& f) { f.model.version = 4; }, "schema version 4"},
      {"operator beyond the format",
       [](FileModel& f) { f.model.operator_codes[0]->builtin_code = static_cast<BuiltinOperator>(9999); },
       "Op builtin_code out of range: 9999"},
      {"negative operator",
       [](FileModel& f) {
         f.model.operator_codes[0]->builtin_code = static_cast<BuiltinOperator>(-5);
         f.model.operator_codes[0]->deprecated_builtin_code = -7;
       },
       "Op builtin_code out of range: -5"},
      {"operator version", [](FileModel& f) { f.model.operator_codes[1]->version = 99; },
       "Didn't find op for builtin opcode 'RELU' version '99'."},
      {"operator version 0", [](FileModel& f) { f.model.operator_codes[1]->version = 0; }, "version '0'"},
      {"custom operator without a code",
       [](FileModel& f) { f.add_node(0, BuiltinOperator::CUSTOM, {3}, {f.add_tensor(0, {1})}); }, "no custom_code"},
      {"options of another operator, of the second union",
       [](FileModel& f) {
         f.add_node(0, BuiltinOperator::STABLEHLO_PAD, {0, 0}, {f.add_tensor(0, {1})})
             .builtin_options_2.Set(::tflite::objects::StablehloGatherOptionsT());
       },
       "(StablehloGatherOptions instead of StablehloPadOptions)"},
      {"options of another operator",
       [](FileModel& f) { f.node(0).builtin_options.Set(::tflite::objects::SoftmaxOptionsT()); }, "another operator"},
      {"element type", [](FileModel& f) { f.tensor(2).type = static_cast<TensorType>(100); }, "element type 100"},
      {"negative element type", [](FileModel& f) { f.tensor(2).type = static_cast<TensorType>(-1); },
       "element type -1"},
      {"negative dimension", [](FileModel& f) { f.tensor(2).shape = {-3, 2}; }, "dimension -3"},
      {"rank", [](FileModel& f) { f.tensor(2).shape.assign(33, 1); }, "33 dimensions"},
      {"too many elements", [](FileModel& f) { f.tensor(2).shape.assign(4, INT32_MAX); }, "does not fit"},
      {"signature against shape", [](FileModel& f) { f.tensor(2).shape_signature = {3, -1}; }, "shape signature"},
      {"signature's rank", [](FileModel& f) { f.tensor(2).shape_signature = {-1}; }, "shape signature"},
      {"signature below -1", [](FileModel& f) { f.tensor(2).shape_signature = {-2, 2}; }, "dimension -2"},
      {"data in another file", [](FileModel& f) { f.tensor(1).external_buffer = 3; }, "another file"},
  });
}

TEST_CASE("broken data flow is refused") {
  check({
      {"constant without data", [](FileModel& f) { f.tensor(1).buffer = 0; }, "before anything computes it"},
      {"result is the operand", [](FileModel& f) { f.node(1).outputs = f.node(1).inputs; }, "already"},
      {"variable as operand and result",
       [](FileModel& f) {
         f.tensor(2).is_variable = true;
         f.node(1).outputs = f.graph().outputs = f.node(1).inputs;
       },
       "both as operand and as result"},
      {"result is a constant",
       [](FileModel& f) {
         f.node(1).outputs = {1};
         f.graph().outputs = {1};
       },
       "writes the constant"},
      {"result is an input", [](FileModel& f) { f.node(1).outputs = {0}; }, "already an input"},
      {"written twice",
       [](FileModel& f) {
         f.node(1).outputs = {2};
         f.node(1).inputs = {0};
       },
       "already an input or another"},
      {"read before written", [](FileModel& f) { std::swap(f.graph().operators[0], f.graph().operators[1]); },
       "before anything computes it"},
      {"output never written", [](FileModel& f) { f.graph().outputs = {f.add_tensor(0, {1})}; },
       "computed by no operator"},
      {"data shared with a result",
       [](FileModel& f) {
         f.tensor(3).shape = {2};
         f.tensor(3).buffer = f.tensor(1).buffer;
       },
       "writes the constant"},
      {"variable with data", [](FileModel& f) { f.tensor(1).is_variable = true; }, "is a variable but"},
      {"too few bytes", [](FileModel& f) { f.buffer_of(1).data.pop_back(); }, "needs 8 bytes but has 7"},
      {"too many bytes", [](FileModel& f) { f.buffer_of(1).data.push_back(0); }, "needs 8 bytes but has 9"},
  });
}

TEST_CASE("quantization that cannot be is refused") {
  const auto int8 = [](FileModel& f) -> ::tflite::objects::TensorT& {
    f.tensor(0).type = TensorType::INT8;
    return f.tensor(0);
  };
  check({
      {"numbers", [&](FileModel& f) { quantize(int8(f), {1, 1, 1, 1}, {0, 0}, 1); }, "4 scales but 2 zero points"},
      {"channels", [&](FileModel& f) { quantize(int8(f), {1, 1, 1}, {0, 0, 0}, 1); }, "3 scales for the 4 indices"},
      {"dimension", [&](FileModel& f) { quantize(int8(f), {1, 1}, {0, 0}, 2); }, "along dimension 2"},
      {"negative dimension", [&](FileModel& f) { quantize(int8(f), {1, 1}, {0, 0}, -1); }, "along dimension -1"},
      {"zero scale", [&](FileModel& f) { quantize(int8(f), {0}, {0}); }, "has the scale 0"},
      {"negative scale", [&](FileModel& f) { quantize(int8(f), {-1}, {0}); }, "has the scale -1"},
      {"NaN scale", [&](FileModel& f) { quantize(int8(f), {std::nanf("")}, {0}); }, "has the scale nan"},
      {"infinite scale of a float", [&](FileModel& f) { quantize(f.tensor(0), {INFINITY}, {0}); }, "has the scale inf"},
      {"zero point", [&](FileModel& f) { quantize(int8(f), {1}, {128}); }, "the zero point 128"},
      {"blockwise scales",
       [&](FileModel& f) {
         ::tflite::objects::BlockwiseQuantizationT blockwise;
         blockwise.scales = 88;
         quantize(f.tensor(1), {}, {}).details.Set(blockwise);
       },
       "takes its scales from tensor 88"},
  });
}

/// Stores tensor 1 as a sparse int8 [2, 4] with the values (0, 1) and (1, 3).
::tflite::objects::SparsityParametersT& make_sparse(FileModel& f) {
  const int id = f.add_constant(0, {2, 4}, TensorType::INT8, {5, 6});
  auto& tensor = f.tensor(static_cast<std::size_t>(id));
  tensor.sparsity = std::make_unique<::tflite::objects::SparsityParametersT>();
  tensor.sparsity->traversal_order = {0, 1};
  for (int i = 0; i < 2; ++i)
    tensor.sparsity->dim_metadata.push_back(std::make_unique<::tflite::objects::DimensionMetadataT>());
  tensor.sparsity->dim_metadata[0]->dense_size = 2;
  auto& csr = *tensor.sparsity->dim_metadata[1];
  csr.format = ::tflite::objects::DimensionType::SPARSE_CSR;
  ::tflite::objects::Uint8VectorT segments, indices;
  segments.values = {0, 1, 2};
  indices.values = {1, 3};
  csr.array_segments.Set(segments);
  csr.array_indices.Set(indices);
  return *tensor.sparsity;
}

TEST_CASE("sparse storage is checked") {
  using ::tflite::objects::SparsityParametersT;
  const auto with = [](std::function<void(SparsityParametersT&)> change) {
    return [change](FileModel& f) { change(make_sparse(f)); };
  };
  const auto indices = [](SparsityParametersT& s) -> std::vector<std::uint8_t>& {
    return s.dim_metadata[1]->array_indices.AsUint8Vector()->values;
  };
  const auto segments = [](SparsityParametersT& s) -> std::vector<std::uint8_t>& {
    return s.dim_metadata[1]->array_segments.AsUint8Vector()->values;
  };
  check({
      {"without a block map", with([](SparsityParametersT&) {})},
      {"index outside", with([&](SparsityParametersT& s) { indices(s)[1] = 4; }), "the index 4"},
      {"index twice", with([&](SparsityParametersT& s) {
         segments(s) = {0, 2, 2};
         indices(s) = {3, 3};
       }),
       "the index 3 after 3"},
      {"falling row pointers", with([&](SparsityParametersT& s) { segments(s) = {0, 9, 2}; }), "row"},
      {"too few row pointers", with([&](SparsityParametersT& s) { segments(s) = {0, 2}; }), "row pointers"},
      {"order", with([](SparsityParametersT& s) { s.traversal_order = {0, 0}; }), "permutation"},
      {"missing level", with([](SparsityParametersT& s) { s.dim_metadata.pop_back(); }), "levels"},
      {"block of a dimension that is not there", with([](SparsityParametersT& s) {
         s.block_map = {5};
         s.traversal_order = {0, 1, 2};
         s.dim_metadata.push_back(std::make_unique<::tflite::objects::DimensionMetadataT>());
       }),
       "splits dimension 5"},
      {"dense size", with([](SparsityParametersT& s) { s.dim_metadata[0]->dense_size = 3; }), "size 3 instead of 2"},
      {"storage kind", with([](SparsityParametersT& s) {
         s.dim_metadata[0]->format = static_cast<::tflite::objects::DimensionType>(9);
       }),
       "unknown storage 9"},
      {"number of values",
       [](FileModel& f) {
         make_sparse(f);
         f.model.buffers.back()->data.push_back(1);
       },
       "keeps 2 values"},
  });
}

TEST_CASE("string data are checked") {
  const auto strings = [](std::vector<std::int32_t> numbers, std::vector<int> shape) {
    return [=](FileModel& f) {
      auto data = bytes_of(numbers);
      data.push_back('a');
      f.add_constant(0, shape, TensorType::STRING, data);
    };
  };
  check({
      {"two strings", strings({2, 16, 16, 17}, {2})},
      {"negative count", strings({-1, 8, 9}, {1}), "too few"},
      {"count beyond the data", strings({1 << 30, 12, 13}, {1 << 30}), "too few"},
      {"offset outside", strings({1, 12, 14}, {1}), "byte 14 of 13"},
      {"falling offsets", strings({2, 17, 16, 17}, {2}), "string 1"},
      {"offset into the numbers", strings({1, 4, 13}, {1}), "byte 4"},
      {"count against shape", strings({1, 12, 13}, {3}), "holds 1 strings"},
  });
}

TEST_CASE("files that only look wrong are accepted") {
  check({
      {"zero-size constant in an empty buffer",
       [](FileModel& f) {
         f.tensor(1).shape = {0};
         f.buffer_of(1).data.clear();
         f.tensor(2).shape = {};
       }},
      {"no results vector",
       [](FileModel& f) {
         const int handle = f.add_constant(0, {1}, TensorType::INT32, bytes_of({0}));
         f.add_node(0, BuiltinOperator::ASSIGN_VARIABLE, {handle, 0}, {});
       }},
      {"blockwise scales in another tensor",
       [](FileModel& f) {
         ::tflite::objects::BlockwiseQuantizationT blockwise;
         blockwise.scales = f.add_constant(0, {1}, TensorType::FLOAT16, {0, 60});
         blockwise.zero_points = -1;
         blockwise.block_size = 32;
         const int id = f.add_constant(0, {1, 32}, TensorType::INT4, std::vector<std::uint8_t>(16));
         quantize(f.tensor(static_cast<std::size_t>(id)), {}, {}).details.Set(blockwise);
       }},
      {"scale 0 on a string tensor",
       [](FileModel& f) {
         quantize(f.tensor(static_cast<std::size_t>(f.add_tensor(0, {1}, TensorType::STRING))), {0}, {0});
       }},
      {"scale without a zero point",
       [](FileModel& f) {
         f.tensor(0).type = TensorType::INT8;
         quantize(f.tensor(0), {0.5f}, {});
       }},
      {"three int4 elements in two bytes",
       [](FileModel& f) { f.add_constant(0, {3}, TensorType::INT4, {0x21, 0x03}); }},
      {"foreign options on an operator that needs none",
       [](FileModel& f) { f.node(1).builtin_options.Set(::tflite::objects::SubOptionsT()); }},
      {"no options on RESHAPE", [](FileModel& f) { f.node(0).builtin_options.Reset(); }},
      {"a tensor that nobody uses", [](FileModel& f) { f.add_tensor(0, {5}); }},
      {"no names",
       [](FileModel& f) {
         for (auto& tensor : f.graph().tensors) tensor->name.clear();
       }},
  });
}

}  // namespace
}  // namespace litesmith::tflite
