"""Operators of small Keras models with a batch of 1: those that TensorFlow 2.21 writes, and ours where they differ.

Operators are NAME:version+ACTIVATION, version 1 omitted, in the file's order; int8 without the QUANTIZE of inputs and
the DEQUANTIZE of outputs.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DIFFERENCES", "TENSORFLOW", "Difference", "Operators"]


@dataclass(frozen=True)
class Operators:
    """Of one model, in float32 and in int8."""

    float32: str
    int8: str


@dataclass(frozen=True)
class Difference:
    """Our operators, and why they are not TensorFlow's."""

    ours: Operators
    reason: str


# Versions of int8 operators where they are above 1.
_INT8_VERSIONS = {
    **dict.fromkeys(
        (
            "ABS ADD AVERAGE_POOL_2D BATCH_MATMUL CONCATENATION EXP GATHER GELU GREATER GREATER_EQUAL L2_NORMALIZATION "
            "LESS LESS_EQUAL LOG LOGISTIC LOG_SOFTMAX MAXIMUM MAX_POOL_2D MEAN MINIMUM MUL PACK PAD REDUCE_MAX RELU "
            "RELU6 RSQRT SOFTMAX SPLIT SQRT SQUARED_DIFFERENCE STRIDED_SLICE SUB SUM TANH TOPK_V2 TRANSPOSE"
        ).split(),
        2,
    ),
    **dict.fromkeys("CONV_2D DEPTHWISE_CONV_2D RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR TILE TRANSPOSE_CONV".split(), 3),
    "FULLY_CONNECTED": 4,
}


def _as_int8(operators: str) -> str:
    """All operators in int8 form."""
    words = []
    for word in operators.split():
        operator, plus, activation = word.partition("+")
        name, _, version = operator.partition(":")
        newest = max(_INT8_VERSIONS.get(name, 1), int(version or 1))
        words.append((f"{name}:{newest}" if newest > 1 else name) + plus + activation)
    return " ".join(words)


# Models, float32 operators, and int8 operators where they are not the same ones in int8 form.
_ROWS: tuple[tuple[str, str] | tuple[str, str, str], ...] = (
    ("dense dense_no_bias dense_bn", "FULLY_CONNECTED"),
    ("dense_relu", "FULLY_CONNECTED+RELU"),
    ("dense_softmax", "FULLY_CONNECTED SOFTMAX"),
    ("dense_rank3 dense_rank4_linear", "FULLY_CONNECTED:5"),
    ("dense_rank3_relu", "FULLY_CONNECTED:5+RELU"),
    ("dense_tanh_dense", "FULLY_CONNECTED TANH FULLY_CONNECTED"),
    ("dense_relu_bn_dense", "FULLY_CONNECTED+RELU FULLY_CONNECTED"),
    ("conv1d conv1d_dilated", "RESHAPE CONV_2D RESHAPE"),
    ("conv1d_same_relu", "RESHAPE CONV_2D+RELU RESHAPE"),
    ("conv1d_causal conv1d_causal_dilated", "PAD RESHAPE CONV_2D RESHAPE"),
    (
        (
            "conv2d conv2d_no_bias conv2d_same_s2 conv2d_bn conv2d_dilated conv2d_dilated_valid zeropad_conv_s2 "
            "zeropad_conv_valid"
        ),
        "CONV_2D",
    ),
    ("conv2d_relu6", "CONV_2D+RELU6"),
    ("conv2d_groups", "CONV_2D:6"),
    ("conv_bn_relu", "CONV_2D+RELU"),
    ("conv2d_relu_bn", "CONV_2D+RELU MUL ADD"),
    ("bn_conv_valid bn_conv_same rescaling_conv", "MUL ADD CONV_2D"),
    ("depthwise depthwise_one_channel", "DEPTHWISE_CONV_2D"),
    ("depthwise_m2_relu6", "DEPTHWISE_CONV_2D+RELU6"),
    ("depthwise_dilated", "DEPTHWISE_CONV_2D:2"),
    ("depthwise1d", "RESHAPE DEPTHWISE_CONV_2D RESHAPE"),
    ("separable", "DEPTHWISE_CONV_2D CONV_2D"),
    ("separable1d", "RESHAPE DEPTHWISE_CONV_2D CONV_2D RESHAPE"),
    ("transpose_same_s2", "TRANSPOSE_CONV:3"),
    ("transpose_valid", "TRANSPOSE_CONV:4+RELU"),
    ("transpose1d", "RESHAPE TRANSPOSE_CONV:3 RESHAPE"),
    ("batchnorm batchnorm_vector rescaling op_scale_shift", "MUL ADD"),
    (
        "layernorm layernorm_vector",
        "MEAN NEG SQUARED_DIFFERENCE MEAN ADD RSQRT MUL MUL ADD MUL ADD",
        "MEAN:2 DEQUANTIZE:2 NEG QUANTIZE SQUARED_DIFFERENCE:2 MEAN:2 ADD:2 RSQRT:2 MUL:2 MUL:2 ADD:2 MUL:2 ADD:2",
    ),
    (
        "groupnorm",
        "RESHAPE MEAN NEG SUB:3 SQUARE MEAN ADD RSQRT MUL MUL ADD MUL ADD RESHAPE",
        (
            "RESHAPE MEAN:2 DEQUANTIZE:2 NEG QUANTIZE SUB:3 DEQUANTIZE:2 SQUARE QUANTIZE MEAN:2 ADD:2 RSQRT:2 MUL:2 "
            "MUL:2 ADD:2 MUL:2 ADD:2 RESHAPE"
        ),
    ),
    ("unitnorm", "SQUARE SUM RSQRT MINIMUM MUL", "SQUARE QUANTIZE SUM:2 RSQRT:2 MINIMUM:2 MUL:2"),
    ("rmsnorm", "SQUARE MEAN ADD RSQRT MUL MUL", "SQUARE QUANTIZE MEAN:2 ADD:2 RSQRT:2 MUL:2 MUL:2"),
    ("maxpool1d", "RESHAPE MAX_POOL_2D RESHAPE"),
    ("maxpool maxpool_same_s1", "MAX_POOL_2D"),
    ("gmp1d gmp2d", "REDUCE_MAX"),
    ("avgpool1d", "RESHAPE AVERAGE_POOL_2D RESHAPE"),
    ("avgpool avgpool_same_s1", "AVERAGE_POOL_2D"),
    ("gap1d gap2d gap2d_keepdims op_mean", "MEAN"),
    ("embedding_int32", "LESS ADD SELECT GATHER", "LESS ADD SELECT GATHER:2"),
    ("embedding", "CAST LESS ADD SELECT GATHER", "CAST LESS ADD SELECT GATHER:2"),
    ("embedding_gap1d", "LESS ADD SELECT GATHER MEAN", "LESS ADD SELECT GATHER:2 MEAN:2"),
    ("upsample1d", "RESHAPE TILE RESHAPE"),
    ("upsample2d", "RESHAPE TILE RESHAPE TILE RESHAPE"),
    ("upsample2d_bilinear resizing_bilinear", "RESIZE_BILINEAR:3"),
    ("resizing_nearest", "RESIZE_NEAREST_NEIGHBOR:3"),
    ("rescaling_no_offset multiply multiply_broadcast", "MUL"),
    ("normalization", "SUB MUL"),
    ("center_crop crop1d crop2d op_slice", "STRIDED_SLICE"),
    ("random_flip act_linear dropout spatial_dropout gaussian_noise", ""),
    ("zeropad1d zeropad2d", "PAD"),
    ("permute", "TRANSPOSE"),
    ("reshape reshape_fixed flatten", "RESHAPE"),
    ("flatten_dense", "RESHAPE FULLY_CONNECTED"),
    ("repeat_vector", "RESHAPE TILE RESHAPE"),
    ("concatenate concatenate_image", "CONCATENATION"),
    ("add", "RESHAPE ADD"),
    ("add3", "RESHAPE ADD RESHAPE ADD"),
    ("subtract", "SUB"),
    ("average", "RESHAPE ADD MUL"),
    ("average3", "RESHAPE ADD RESHAPE ADD MUL"),
    ("maximum", "MAXIMUM"),
    ("minimum", "MINIMUM"),
    ("dot", "RESHAPE RESHAPE BATCH_MATMUL RESHAPE"),
    ("dot_rank3 op_matmul", "BATCH_MATMUL"),
    (
        "dot_normalize",
        "SQUARE SUM RSQRT MINIMUM MUL RESHAPE SQUARE SUM RSQRT MINIMUM MUL RESHAPE BATCH_MATMUL RESHAPE",
        (
            "SQUARE QUANTIZE SUM:2 RSQRT:2 MINIMUM:2 MUL:2 RESHAPE SQUARE QUANTIZE SUM:2 RSQRT:2 MINIMUM:2 MUL:2 "
            "RESHAPE BATCH_MATMUL:2 RESHAPE"
        ),
    ),
    ("act_relu", "RELU"),
    ("act_sigmoid", "LOGISTIC"),
    ("act_tanh", "TANH"),
    ("act_softplus", "EXP ADD LOG"),
    ("act_softsign", "ABS ADD DIV"),
    ("act_elu elu", "ELU", "ELU"),
    ("act_selu", "GREATER MUL EXP SUB MUL SELECT"),
    ("act_exponential", "EXP"),
    ("act_softmax softmax_image", "SOFTMAX"),
    ("act_silu", "LOGISTIC MUL"),
    ("act_hard_sigmoid", "ADD+RELU6 MUL"),
    ("act_relu6", "RELU6"),
    ("act_leaky_relu relu_slope leaky_relu", "LEAKY_RELU"),
    ("act_mish", "EXP ADD LOG TANH MUL"),
    ("act_gelu act_gelu_tanh", "GELU"),
    ("act_log_softmax", "LOG_SOFTMAX"),
    ("act_hard_silu", "HARD_SWISH"),
    ("act_celu", "RELU MINIMUM EXP SUB ADD"),
    ("act_glu", "SPLIT LOGISTIC MUL"),
    ("act_log_sigmoid", "NEG EXP ADD LOG NEG", "NEG QUANTIZE EXP:2 ADD:2 LOG:2 DEQUANTIZE:2 NEG"),
    ("act_squareplus", "SQUARE ADD SQRT ADD MUL", "SQUARE QUANTIZE ADD:2 SQRT:2 ADD:2 MUL:2"),
    ("act_soft_shrink", "GREATER LESS ADD SELECT_V2 SUB SELECT"),
    ("act_hard_shrink", "ABS GREATER SELECT_V2"),
    ("act_tanh_shrink", "TANH SUB"),
    ("act_hard_tanh", "RELU_N1_TO_1"),
    ("act_threshold relu_threshold", "GREATER SELECT_V2"),
    ("act_sparse_plus", "LESS LESS_EQUAL ADD MUL MUL SELECT SELECT_V2"),
    ("act_sparse_sigmoid", "GREATER_EQUAL LESS_EQUAL ADD MUL SELECT_V2 SELECT_V2"),
    (
        "act_sparsemax",
        "TOPK_V2 CUMSUM SUB MUL SUB GREATER CAST SUM SELECT_V2 SUM SUB DIV SUB+RELU",
        (
            "TOPK_V2:2 DEQUANTIZE:2 CUMSUM SUB:2 QUANTIZE MUL:2 SUB:2 GREATER:2 CAST QUANTIZE SUM:2 SELECT_V2 QUANTIZE "
            "SUM:2 SUB:2 DIV SUB:2+RELU"
        ),
    ),
    ("relu_max4 relu_max1", "RELU MINIMUM RELU"),
    ("relu6_slope", "NEG RELU MUL RELU6 SUB", "NEG QUANTIZE RELU:2 MUL:2 RELU6:2 SUB:2"),
    ("elu_alpha", "ELU MUL GREATER SELECT", "ELU MUL GREATER:2 SELECT"),
    ("prelu_vector prelu_shared", "PRELU"),
    ("softmax_axis1", "TRANSPOSE SOFTMAX TRANSPOSE"),
    ("op_split_stack", "SPLIT PACK"),
)

TENSORFLOW: dict[str, Operators] = {
    name: Operators(row[1], row[2] if len(row) > 2 else _as_int8(row[1])) for row in _ROWS for name in row[0].split()
}

_SQUARE = "SQUARE has no integer form, a product with itself has"
_NEGATED = "NEG and SQUARE have no integer form, SUB and SQUARED_DIFFERENCE have; scale and shift are applied once"
_INDICES = (
    "only negative indices need what comes before GATHER, and embeddings have none; TensorFlow 2.15 has GATHER alone"
)
_ADD = "operands of one shape need no RESHAPE"
_REPEATED = "RESIZE_NEAREST_NEIGHBOR repeats rows and columns at once; TensorFlow 2.15 wrote it too"
_STABLE = "EXP of a value that is not above 0: no overflow in float32, and a range of 0 to 1 in int8"
_CHOICE = "MAXIMUM, MINIMUM and RELU give the same values as comparisons and choices"
_BOUND = "after RELU and a bound above 0 nothing is below 0"

# Models, our float32 operators, why they differ, and our int8 operators where they are not the same ones in int8 form.
_OUR_ROWS: tuple[tuple[str, str, str] | tuple[str, str, str, str], ...] = (
    (
        "conv1d_causal conv1d_causal_dilated",
        "RESHAPE PAD CONV_2D RESHAPE",
        "rows are padded once they are an image, which is the same work",
    ),
    ("layernorm layernorm_vector", "MEAN SQUARED_DIFFERENCE MEAN ADD RSQRT SUB MUL MUL ADD", _NEGATED),
    ("groupnorm", "RESHAPE MEAN SQUARED_DIFFERENCE MEAN ADD RSQRT SUB MUL MUL ADD RESHAPE", _NEGATED),
    ("unitnorm", "L2_NORMALIZATION", "one operator that never divides by 0, with an integer form"),
    ("rmsnorm", "MUL MEAN ADD RSQRT MUL MUL", _SQUARE),
    ("embedding_int32", "GATHER", _INDICES),
    ("embedding", "CAST GATHER", _INDICES, "CAST GATHER:2"),
    ("embedding_gap1d", "GATHER MEAN", _INDICES),
    ("upsample1d", "RESHAPE RESIZE_NEAREST_NEIGHBOR:3 RESHAPE", _REPEATED),
    ("upsample2d", "RESIZE_NEAREST_NEIGHBOR:3", _REPEATED),
    ("repeat_vector", "RESHAPE TILE", "TILE writes the shape that the last RESHAPE only confirms"),
    ("add", "ADD", _ADD),
    ("add3", "ADD ADD", _ADD),
    ("average", "ADD MUL", _ADD),
    ("average3", "ADD ADD MUL", _ADD),
    (
        "dot_normalize",
        "L2_NORMALIZATION L2_NORMALIZATION RESHAPE RESHAPE BATCH_MATMUL RESHAPE",
        "one operator that never divides by 0; both operands are reshaped once both are there",
    ),
    ("act_softplus", "ABS MUL EXP ADD LOG RELU ADD", _STABLE),
    ("act_mish", "ABS MUL EXP ADD LOG RELU ADD TANH MUL", _STABLE),
    ("act_log_sigmoid", "ABS MUL EXP ADD LOG MINIMUM SUB", f"{_STABLE}; no NEG, which has no integer form"),
    ("act_selu", "RELU MUL MINIMUM EXP SUB MUL ADD", _STABLE),
    ("elu_alpha", "RELU MINIMUM EXP SUB MUL ADD", f"{_STABLE}; ELU has no integer form"),
    ("act_squareplus", "MUL ADD SQRT ADD MUL", _SQUARE),
    ("act_soft_shrink", "MAXIMUM MINIMUM SUB", _CHOICE),
    ("act_sparse_plus", "RELU_N1_TO_1 ADD MUL MUL SUB+RELU ADD", _CHOICE),
    ("act_sparse_sigmoid", "MUL ADD+RELU MINIMUM", _CHOICE),
    (
        "act_sparsemax",
        "TOPK_V2 CUMSUM MUL ADD GREATER CAST SUM MUL SUM SUB DIV SUB+RELU",
        "the sum is not shifted by 1 and back, and a product with 0 or 1 stands for the choice",
        (
            "TOPK_V2:2 DEQUANTIZE:2 CUMSUM QUANTIZE MUL:2 ADD:2 GREATER:2 CAST QUANTIZE SUM:2 MUL:2 SUM:2 SUB:2 DIV "
            "SUB:2+RELU"
        ),
    ),
    ("relu_max4 relu_max1", "RELU MINIMUM", _BOUND),
    ("relu6_slope", "RELU6 SUB+RELU MUL SUB", "NEG has no integer form; RELU is SUB's activation"),
)

DIFFERENCES: dict[str, Difference] = {
    name: Difference(Operators(row[1], row[3] if len(row) > 3 else _as_int8(row[1])), row[2])
    for row in _OUR_ROWS
    for name in row[0].split()
}
