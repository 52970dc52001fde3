"""DEPTHWISE_CONV_2D and TRANSPOSE_CONV of integers and hybrids give the bits of LiteRT's reference kernels and TFLM."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from oracle_process import Question, ask
from tiny_models import Graph, Operator, Tensor, build

from litesmith.interpreter import Interpreter

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

MODELS = 16
SEED = 402
NUMPY = {"INT8": np.int8, "UINT8": np.uint8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64}
# The reference rounds each product of a hybrid TRANSPOSE_CONV to float32 and adds up a few hundred of them.
ROUNDED_PRODUCTS = 1e-5
# TRANSPOSE_CONV 16x8 with an int32 bias: TFLM reads it as int64.
FAULTY = {"tflm": {"TRANSPOSE_CONV 16x8, int32 bias"}, "BUILTIN_REF": set[str]()}
# What a runtime does not take at all.
REFUSED = {
    "BUILTIN_REF": set[str](),
    "tflm": {
        "DEPTHWISE_CONV_2D uint8",
        "DEPTHWISE_CONV_2D hybrid per channel",
        "DEPTHWISE_CONV_2D hybrid per channel without bias",
        "TRANSPOSE_CONV uint8",
        "TRANSPOSE_CONV hybrid per channel",
        "TRANSPOSE_CONV hybrid without bias",
        "TRANSPOSE_CONV hybrid, one scale",
    },
}
LIMITS = {"INT8": (-128, 127), "UINT8": (0, 255), "INT16": (-32768, 32767)}


@dataclass(frozen=True)
class Row:
    """Models of one kind: types, and what is drawn beside sizes, scales and values."""

    op: str
    name: str
    x: str
    version: int
    bias: str = ""
    per_channel: bool = False
    bias_option: str = ""

    @property
    def w(self) -> str:
        return "UINT8" if self.x == "UINT8" else "INT8"


DEPTHWISE, TRANSPOSE = "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"
ROWS = [
    Row(DEPTHWISE, "int8 per channel", "INT8", 3, "INT32", per_channel=True),
    Row(DEPTHWISE, "int8 per tensor", "INT8", 3, "INT32"),
    Row(DEPTHWISE, "int8 without bias", "INT8", 3, per_channel=True),
    Row(DEPTHWISE, "uint8", "UINT8", 2, "INT32"),
    Row(DEPTHWISE, "16x8, int64 bias", "INT16", 5, "INT64", per_channel=True),
    Row(DEPTHWISE, "16x8 without bias", "INT16", 5, per_channel=True),
    Row(DEPTHWISE, "hybrid per channel", "FLOAT32", 6, "FLOAT32", per_channel=True),
    Row(DEPTHWISE, "hybrid per channel without bias", "FLOAT32", 6, per_channel=True),
    Row(TRANSPOSE, "int8 per channel", "INT8", 3, "INT32", per_channel=True),
    Row(TRANSPOSE, "int8 per tensor", "INT8", 3, "INT32"),
    Row(TRANSPOSE, "int8 without bias", "INT8", 2, per_channel=True),
    Row(TRANSPOSE, "uint8", "UINT8", 3, "INT32"),
    Row(TRANSPOSE, "16x8, int64 bias", "INT16", 3, "INT64", per_channel=True),
    Row(TRANSPOSE, "16x8, int32 bias", "INT16", 5, "INT32", per_channel=True, bias_option="INT32"),
    Row(TRANSPOSE, "16x8 without bias", "INT16", 2, per_channel=True),
    Row(TRANSPOSE, "hybrid per channel", "FLOAT32", 3, "FLOAT32", per_channel=True),
    Row(TRANSPOSE, "hybrid without bias", "FLOAT32", 2, per_channel=True),
    Row(TRANSPOSE, "hybrid, one scale", "FLOAT32", 3, "FLOAT32"),
]


@dataclass(frozen=True)
class Sizes:
    """Shapes and options of one model."""

    x: tuple[int, int, int, int]
    w: tuple[int, int, int, int]
    y: tuple[int, int, int, int]
    same: bool
    strides: tuple[int, int]
    dilations: tuple[int, int]


def span(same: bool, size: int, window: int, stride: int) -> int:
    """Outputs of a window along one axis."""
    return -(-size // stride) if same else (size - window) // stride + 1


def drawn_sizes(rng: np.random.Generator, row: Row) -> Sizes:
    """Sizes of a model; kernels of 3 and 5 with equal strides in half of them."""
    square, same = bool(rng.integers(0, 2)), bool(rng.integers(0, 2))
    kernel = (int(rng.choice([3, 5])),) * 2 if square else (int(rng.integers(1, 5)), int(rng.integers(1, 5)))
    strides = (int(rng.integers(1, 3)),) * 2 if square else (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
    batch, channels = int(rng.integers(1, 3)), int(rng.integers(1, 40))
    if row.op == TRANSPOSE:
        height, width = (int(v) for v in rng.integers(1, 7, 2))
        out = [
            size * stride if same else (size - 1) * stride + window
            for size, stride, window in zip((height, width), strides, kernel, strict=True)
        ]
        filters = int(rng.integers(1, 40))
        return Sizes(
            (batch, height, width, channels),
            (filters, *kernel, channels),
            (batch, out[0], out[1], filters),
            same,
            strides,
            (1, 1),
        )
    multiplier = int(rng.choice([1, 1, 2, 3]))
    dilations = (1, 1) if square or max(strides) > 1 else (int(rng.integers(1, 3)), int(rng.integers(1, 3)))
    height, width = (int(v) for v in rng.integers(9, 17, 2))
    extents = [(window - 1) * dilation + 1 for window, dilation in zip(kernel, dilations, strict=True)]
    y = (span(same, height, extents[0], strides[0]), span(same, width, extents[1], strides[1]))
    count = channels * multiplier
    return Sizes((batch, height, width, channels), (1, *kernel, count), (batch, *y, count), same, strides, dilations)


def values(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Drawn values; floats of one magnitude per image, some images of one sign."""
    if dtype == "FLOAT32":
        x = rng.standard_normal(shape) * 10.0 ** rng.uniform(-2, 2, (shape[0], 1, 1, 1))
        kind = rng.integers(0, 5, (shape[0], 1, 1, 1))
        return np.asarray(np.where(kind == 0, abs(x), np.where(kind == 1, -abs(x), x)), np.float32)
    low, high = LIMITS[dtype]
    return rng.integers(low, high + 1, shape).astype(NUMPY[dtype])


def options(rng: np.random.Generator, row: Row, sizes: Sizes, schema: ModuleType) -> tuple[str, dict[str, Any]]:
    """The operator's options."""
    chosen: dict[str, Any] = {
        "padding": schema.Padding.SAME if sizes.same else schema.Padding.VALID,
        "strideH": sizes.strides[0],
        "strideW": sizes.strides[1],
    }
    if row.op == TRANSPOSE:
        if row.bias_option:
            chosen["quantizedBiasType"] = getattr(schema.TensorType, row.bias_option)
        return "TransposeConvOptions", chosen
    chosen["dilationHFactor"], chosen["dilationWFactor"] = sizes.dilations
    chosen["depthMultiplier"] = sizes.w[3] // sizes.x[3]
    chosen["fusedActivationFunction"] = int(rng.choice([0, 0, 1, 3]))
    return "DepthwiseConv2DOptions", chosen


def model(rng: np.random.Generator, row: Row, schema: ModuleType) -> Question:
    """A model of one operator and its input."""
    sizes = drawn_sizes(rng, row)
    count, axis = sizes.y[3], 0 if row.op == TRANSPOSE else 3
    is_float = row.x == "FLOAT32"
    x, w = values(rng, row.x, sizes.x), values(rng, row.w, sizes.w)
    if is_float:
        w = np.maximum(w, -127)
    scales = tuple(float(s) for s in rng.uniform(0.001, 0.1, count if row.per_channel else 1).astype(np.float32))
    points = (int(rng.integers(110, 146)) if row.w == "UINT8" else 0,) * len(scales)
    scale = float(np.float32(rng.uniform(1e-4, 0.1)))
    terms = w.size / count
    spread = (2.0 ** (16 if row.x == "INT16" else 8)) * 256 / 12 * np.sqrt(terms) * scale * float(np.mean(scales))
    result = float(np.float32(spread * 8 / 2.0 ** (16 if row.x == "INT16" else 8)))
    kept = row.x in ("INT8", "UINT8")
    point, out_point = (int(values(rng, row.x, ())) if kept else 0 for _ in range(2))
    tensors = [
        Tensor("x", sizes.x, row.x, scales=() if is_float else (scale,), zero_points=() if is_float else (point,)),
        Tensor("w", sizes.w, row.w, w, scales=scales, zero_points=points, dimension=axis if row.per_channel else 0),
        Tensor("y", sizes.y, row.x, scales=() if is_float else (result,), zero_points=() if is_float else (out_point,)),
        Tensor("s", (4,), "INT32", np.array(sizes.y, np.int32)),
    ]
    if row.bias:
        bias = rng.standard_normal(count) if is_float else rng.integers(-5000, 5000, count)
        kind = np.float32 if is_float else NUMPY[row.bias]
        own = () if is_float else tuple(scale * s for s in scales)
        tensors.append(
            Tensor("b", (count,), row.bias, bias.astype(kind), scales=own, zero_points=(0,) * len(own), dimension=0)
        )
    operands = (3, 1, 0) if row.op == TRANSPOSE else (0, 1)
    operands = (*operands, 4) if row.bias else operands
    operator = Operator(row.op, operands, (2,), row.version, options=options(rng, row, sizes, schema))
    return Question(build(schema, Graph(tensors, [operator], (0,), (2,))), [x])


def ours(question: Question, arithmetic: str) -> np.ndarray[Any, Any]:
    """The result of this project's interpreter."""
    interpreter = Interpreter(model_content=question.model, arithmetic=arithmetic)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], question.inputs[0])
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


@pytest.mark.parametrize(("runtime", "arithmetic"), [("BUILTIN_REF", "litert"), ("tflm", "tflm")])
def test_convolutions_of_integers_are_those_of_the_reference(
    runtime: str, arithmetic: str, schema: ModuleType, tmp_path: Path
) -> None:
    print("seed", SEED)
    questions = []
    for index, row in enumerate(ROWS):
        rng = np.random.default_rng([SEED, index])
        name = f"{row.op} {row.name}"
        questions += [(name, model(rng, row, schema)) for _ in range(MODELS) if name not in FAULTY[runtime]]
    answers = ask([question for _, question in questions], runtime, tmp_path)
    compared, varied, refusals, wrong = Counter[str](), Counter[str](), {}, []
    for (name, question), answer in zip(questions, answers, strict=True):
        if answer.refusal:
            refusals[name] = answer.refusal
            continue
        compared[name] += 1
        expected, result = answer.outputs[0], ours(question, arithmetic)
        varied[name] += int(np.ptp(np.asarray(expected, np.float64)) > 0)
        most = np.max(np.abs(result.astype(np.float64) - expected))
        if name.startswith(f"{TRANSPOSE} hybrid") and most <= ROUNDED_PRODUCTS * np.max(np.abs(expected)):
            continue
        if result.dtype != expected.dtype or result.tobytes() != expected.tobytes():
            wrong.append(f"{name}: {np.sum(result != expected)} of {result.size} differ, at most by {most}")
    print(dict(compared), refusals)
    assert all(varied[name] > count / 2 for name, count in compared.items()), varied
    assert not wrong, "\n".join(wrong)
    assert set(refusals) == REFUSED[runtime]
