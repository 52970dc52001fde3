#pragma once

#include <optional>

#include "passes/pass.h"

namespace litesmith::passes {

/// before:  y = OP(constants)          after:  y is a constant
std::optional<ir::Patch> fold_constants(const Site& site);

/// before:  y = LINEAR(x, w, b)   z = BATCH_NORMALIZATION | MUL | ADD | SUB (y, per-channel constants), y used once
/// after:   z = LINEAR(x, w * scale, b * scale + shift)
std::optional<ir::Patch> fold_channel_affine(const Site& site);

/// before:  y = x * number   z = CONV_2D | DEPTHWISE_CONV_2D (y, w, b), y used once
/// after:   z = CONV_2D | DEPTHWISE_CONV_2D (x, w * number, b)
std::optional<ir::Patch> fold_scale_into_convolution(const Site& site);

/// before:  y = BATCH_NORMALIZATION | MUL | ADD | SUB (x, constants), over the innermost dimension
///          z = FULLY_CONNECTED(y, w, b), y used once
/// after:   z = FULLY_CONNECTED(x, w * scale, b + w * shift)
std::optional<ir::Patch> fold_channel_affine_into_dense(const Site& site);

/// before:  an expression that is an activation function, SOFTMAX, L2_NORMALIZATION ... (the rows of the file)
/// after:   that operator
std::optional<ir::Patch> recognize_functions(const Site& site);

/// before:  MAXIMUM(x, a x) | RELU(x) - a RELU(-x) | SELECT(x > 0, x, a x) and other ways to write it
/// after:   LEAKY_RELU for a number a, PRELU for a constant that broadcasts to one sample
std::optional<ir::Patch> recognize_slopes(const Site& site);

/// before:  x + 0 | x - 0 | x * 1 | x / 1 | x^1 of the shape of x          after:  readers of the result read x
std::optional<ir::Patch> multiply_by_zero(const Site& site);
std::optional<ir::Patch> remove_neutral(const Site& site);

/// before:  x / c for a float constant c          after:  x * (1 / c)
std::optional<ir::Patch> divide_by_multiplying(const Site& site);

/// before:  y = BATCH_TO_SPACE_ND(CONV(SPACE_TO_BATCH_ND(x))), also with views around the convolution (lines instead
///          of images) and a PAD that the crops take off again
/// after:   y = CONV with dilation (PAD(x)), and views around them for lines
std::optional<ir::Patch> merge_dilated_convolution(const Site& site);

/// before:  y = VIEW | BATCH_TO_SPACE_ND (LINEAR(x))   z = BATCH_NORMALIZATION | ADD | SUB | MUL | RELU ... (y), per
///          value of the last dimension, which y keeps
/// after:   z = VIEW(ADD(LINEAR(x)))
std::optional<ir::Patch> lift_over_view(const Site& site);

/// before:  y = EXPAND_DIMS | SQUEEZE (x) of static shape          after:  y = RESHAPE(x)
std::optional<ir::Patch> view_to_reshape(const Site& site);

/// before:  z = BATCH_MATMUL(x, y) for a constant matrix y          after:  z = FULLY_CONNECTED(x, its transpose)
std::optional<ir::Patch> matmul_to_fully_connected(const Site& site);

/// before:  z = OP(BROADCAST_TO(x), y) where broadcasting x and y gives the shape of z anyway          after:  z =
/// OP(x, y)
std::optional<ir::Patch> remove_broadcast(const Site& site);

/// before:  two nodes of the same operator with equal attributes and operands          after:  one of them
std::optional<ir::Patch> merge_equal_nodes(const Site& site);

/// before:  y = OP(x)   z = RELU | RELU6 | RELU_N1_TO_1 (y), y used once and OP can carry an activation
/// after:   z = OP+activation(x)
std::optional<ir::Patch> fuse_activation(const Site& site);

/// before:  y = PAD(x)   z = CONV_2D | DEPTHWISE_CONV_2D (y) with VALID padding
/// after:   z = the same with SAME padding (x), when SAME pads exactly as much
std::optional<ir::Patch> merge_pad_into_convolution(const Site& site);

/// before:  y = TRANSPOSE(x)   z = TRANSPOSE(y)          after:  one TRANSPOSE, or none when they cancel
std::optional<ir::Patch> merge_transposes(const Site& site);

/// before:  y = OP(TRANSPOSE(a), ...) for operators that work element by element or along an axis
/// after:   y = TRANSPOSE(OP(a, ...)), so that transposes meet and cancel
std::optional<ir::Patch> sink_transpose(const Site& site);

/// before:  WHILE whose turns are the steps of LSTM cells over lists, from states of zeros
/// after:   UNIDIRECTIONAL_SEQUENCE_LSTM, whose states are variables, and what readers of the loop want of its sequence
std::optional<ir::Patch> fuse_lstm(const Site& site);

/// before:  TRANSPOSE that only moves dimensions of size 1          after:  RESHAPE
std::optional<ir::Patch> transpose_to_reshape(const Site& site);

/// before:  y = RESHAPE | SQUEEZE | EXPAND_DIMS (x)   z = RESHAPE(y)          after:  z = RESHAPE(x)
std::optional<ir::Patch> drop_squeezed_rows(const Site& site);
std::optional<ir::Patch> merge_reshapes(const Site& site);

/// before:  y = OP(x) that changes nothing (RESHAPE to the same shape, DROPOUT-like, PAD by 0, CAST to the same type)
/// after:   readers of y read x
std::optional<ir::Patch> remove_identity(const Site& site);

}  // namespace litesmith::passes
