#include "tflite/alignment.h"

#include <algorithm>

namespace litesmith::tflite {
namespace {

using Node = ::tflite::Operator;

template <auto options, auto... vectors>
bool aligned(const Node& node) {
  const auto* table = (node.*options)();
  return table == nullptr || (is_aligned((table->*vectors)()) && ...);
}

using Broadcast = ::tflite::StablehloBroadcastInDimOptions;
using Slice = ::tflite::StablehloSliceOptions;
using Convolution = ::tflite::StablehloConvolutionOptions;
using Reduce = ::tflite::StablehloReduceOptions;
using Scatter = ::tflite::StablehloScatterOptions;
using DynamicSlice = ::tflite::StablehloDynamicSliceOptions;
using Pad = ::tflite::StablehloPadOptions;
using DotGeneral = ::tflite::StablehloDotGeneralOptions;
using ReduceWindow = ::tflite::StablehloReduceWindowOptions;
using Gather = ::tflite::StablehloGatherOptions;
using Transpose = ::tflite::StablehloTransposeOptions;

/// The options tables that have vectors of 64-bit numbers.
constexpr bool (*kTables[])(const Node&) = {
    aligned<&Node::builtin_options_2_as_StablehloBroadcastInDimOptions, &Broadcast::broadcast_dimensions>,
    aligned<&Node::builtin_options_2_as_StablehloSliceOptions, &Slice::start_indices, &Slice::limit_indices,
            &Slice::strides>,
    aligned<&Node::builtin_options_2_as_StablehloConvolutionOptions, &Convolution::window_strides,
            &Convolution::padding, &Convolution::lhs_dilation, &Convolution::rhs_dilation,
            &Convolution::input_spatial_dimensions, &Convolution::kernel_spatial_dimensions,
            &Convolution::output_spatial_dimensions>,
    aligned<&Node::builtin_options_2_as_StablehloReduceOptions, &Reduce::dimensions>,
    aligned<&Node::builtin_options_2_as_StablehloScatterOptions, &Scatter::update_window_dims,
            &Scatter::inserted_window_dims, &Scatter::scatter_dims_to_operand_dims>,
    aligned<&Node::builtin_options_2_as_StablehloDynamicSliceOptions, &DynamicSlice::slice_sizes>,
    aligned<&Node::builtin_options_2_as_StablehloPadOptions, &Pad::edge_padding_low, &Pad::edge_padding_high,
            &Pad::interior_padding>,
    aligned<&Node::builtin_options_2_as_StablehloDotGeneralOptions, &DotGeneral::lhs_batching_dimensions,
            &DotGeneral::rhs_batching_dimensions, &DotGeneral::lhs_contracting_dimensions,
            &DotGeneral::rhs_contracting_dimensions>,
    aligned<&Node::builtin_options_2_as_StablehloReduceWindowOptions, &ReduceWindow::window_dimensions,
            &ReduceWindow::window_strides, &ReduceWindow::base_dilations, &ReduceWindow::window_dilations,
            &ReduceWindow::padding>,
    aligned<&Node::builtin_options_2_as_StablehloGatherOptions, &Gather::offset_dims, &Gather::collapsed_slice_dims,
            &Gather::start_index_map, &Gather::slice_sizes>,
    aligned<&Node::builtin_options_2_as_StablehloTransposeOptions, &Transpose::permutation>,
};

}  // namespace

bool options_are_aligned(const Node& node) {
  return std::all_of(std::begin(kTables), std::end(kTables), [&](const auto table) { return table(node); });
}

}  // namespace litesmith::tflite
