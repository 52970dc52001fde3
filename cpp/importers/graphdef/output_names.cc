#include "importers/graphdef/output_names.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace litesmith::importers::graphdef {
namespace {

/// Names of the results in order, separated by spaces; "name*attr" is a list whose length the attribute has or is.
/// Operators that are not here have one result or one list of them.
struct Row {
  std::string_view op;
  std::string_view names;
};

constexpr Row kRows[] = {
    {"AssignVariableOp", ""},
    {"BroadcastGradientArgs", "r0 r1"},
    {"CTCGreedyDecoder", "decoded_indices decoded_values decoded_shape log_probability"},
    {"CombinedNonMaxSuppression", "nmsed_boxes nmsed_scores nmsed_classes valid_detections"},
    {"Eig", "e v"},
    {"FusedBatchNorm", "y batch_mean batch_variance reserve_space_1 reserve_space_2"},
    {"FusedBatchNormV2", "y batch_mean batch_variance reserve_space_1 reserve_space_2"},
    {"FusedBatchNormV3", "y batch_mean batch_variance reserve_space_1 reserve_space_2 reserve_space_3"},
    {"GRUBlockCell", "r u c h"},
    {"IteratorGetNextAsOptional", "optional"},
    {"LSTMBlockCell", "i cs f o ci co h"},
    {"BlockLSTM", "i cs f o ci co h"},
    {"BlockLSTMV2", "i cs f o ci co h"},
    {"ListDiff", "out idx"},
    {"LogMatrixDeterminant", "sign log_abs_determinant"},
    {"LookupTableExportV2", "keys values"},
    {"MaxPoolWithArgmax", "output argmax"},
    {"Merge", "output value_index"},
    {"RefMerge", "output value_index"},
    {"NonMaxSuppressionV4", "selected_indices valid_outputs"},
    {"NonMaxSuppressionV5", "selected_indices selected_scores valid_outputs"},
    {"ParseExample", "sparse_indices*Nsparse sparse_values*Nsparse sparse_shapes*Nsparse dense_values*Ndense"},
    {"ParseExampleV2",
     "sparse_indices*num_sparse sparse_values*num_sparse sparse_shapes*num_sparse dense_values*Tdense "
     "ragged_values*ragged_value_types ragged_row_splits*ragged_split_types"},
    {"ParseSingleExample",
     "sparse_indices*num_sparse sparse_values*num_sparse sparse_shapes*num_sparse dense_values*Tdense"},
    {"Qr", "q r"},
    {"QuantizeV2", "output output_min output_max"},
    {"RaggedTensorToSparse", "sparse_indices sparse_values sparse_dense_shape"},
    {"Requantize", "output output_min output_max"},
    {"SampleDistortedBoundingBoxV2", "begin size bboxes"},
    {"SelfAdjointEigV2", "e v"},
    {"SparseFillEmptyRows", "output_indices output_values empty_row_indicator reverse_index_map"},
    {"SparseReshape", "output_indices output_shape"},
    {"SparseSoftmaxCrossEntropyWithLogits", "loss backprop"},
    {"SoftmaxCrossEntropyWithLogits", "loss backprop"},
    {"SparseSlice", "output_indices output_values output_shape"},
    {"StatelessRandomGetKeyCounter", "key counter"},
    {"StringSplit", "indices values shape"},
    {"StringSplitV2", "indices values shape"},
    {"Svd", "s u v"},
    {"Switch", "output_false output_true"},
    {"RefSwitch", "output_false output_true"},
    {"TensorArrayConcatV3", "value lengths"},
    {"TensorArrayGradV3", "grad_handle flow_out"},
    {"TensorArrayV2", "handle"},
    {"TensorArrayV3", "handle flow"},
    {"TensorListConcatV2", "tensor lengths"},
    {"TensorListPopBack", "output_handle tensor"},
    {"TopK", "values indices"},
    {"TopKV2", "values indices"},
    {"ApproxTopK", "values indices"},
    {"Unique", "y idx"},
    {"UniqueV2", "y idx"},
    {"UniqueWithCounts", "y idx count"},
    {"UniqueWithCountsV2", "y idx count"},
    {"Where", "index"},
};

int length_of(const formats::NodeRecord& node, std::string_view attr) {
  const auto found = node.attrs.find(attr);
  if (found == node.attrs.end()) return 0;
  if (const auto* number = std::get_if<std::int64_t>(&found->second)) return static_cast<int>(*number);
  if (const auto* list = std::get_if<formats::AttrList>(&found->second)) return static_cast<int>(list->types.size());
  return 0;
}

int find_in(const formats::NodeRecord& node, std::string_view names, std::string_view name, int index) {
  int number = 0;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(' '), names.size());
    const std::string_view entry = names.substr(0, end);
    names.remove_prefix(std::min(end + 1, names.size()));
    const std::size_t star = entry.find('*');
    if (entry.substr(0, star) == name) return number + index;
    number += star == std::string_view::npos ? 1 : length_of(node, entry.substr(star + 1));
  }
  return -1;
}

int find_in(const formats::NodeRecord& node, const formats::FunctionRecord& function, std::string_view name,
            int index) {
  int number = 0;
  for (const formats::ArgumentRecord& result : function.outputs) {
    if (result.name == name) return number + index;
    if (!result.number_attr.empty())
      number += length_of(node, result.number_attr);
    else if (!result.type_list_attr.empty())
      number += length_of(node, result.type_list_attr);
    else
      ++number;
  }
  return -1;
}

}  // namespace

int output_number(const formats::GraphRecord& graph, const formats::NodeRecord& node, std::string_view name,
                  int index) {
  const auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.op == node.op; });
  const auto function = graph.functions.find(node.op);
  int number = index;
  if (row != std::end(kRows))
    number = find_in(node, row->names, name, index);
  else if (function != graph.functions.end())
    number = find_in(node, function->second, name, index);
  if (number < 0) fail(ErrorKind::value, "'", node.name, "' (", node.op, ") has no result '", name, "'");
  return number;
}

}  // namespace litesmith::importers::graphdef
