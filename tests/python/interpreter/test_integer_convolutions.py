"""CONV_2D of integers and hybrids gives the results of LiteRT's reference kernels and of TFLM."""

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

MODELS = 30
SEED = 20_261
LIMITS = {"INT8": (-128, 127), "UINT8": (0, 255), "INT16": (-32768, 32767), "INT4": (-7, 7)}
NUMPY = {"UINT8": np.uint8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64}


@dataclass(frozen=True)
class Row:
    """Types, and what is drawn beside sizes, attributes, scales and values."""

    name: str
    x: str
    w: str
    version: int
    bias: str = ""
    per_channel: bool = True
    constant: bool = True
    bias_option: str = ""
    groups: int = 1


ROWS = [
    Row("int8", "INT8", "INT8", 3, "INT32"),
    Row("int8, one scale", "INT8", "INT8", 3, "INT32", per_channel=False),
    Row("int8 without bias", "INT8", "INT8", 3),
    Row("int8 in groups", "INT8", "INT8", 6, "INT32", groups=3),
    Row("int8 by fed weights", "INT8", "INT8", 3, "INT32", constant=False),
    Row("int8 by int4", "INT8", "INT4", 7, "INT32"),
    Row("uint8", "UINT8", "UINT8", 1, "INT32", per_channel=False),
    Row("uint8 without bias", "UINT8", "UINT8", 1, per_channel=False),
    Row("16x8, int64 bias", "INT16", "INT8", 4, "INT64"),
    Row("16x8, int32 bias", "INT16", "INT8", 8, "INT32", bias_option="INT32"),
    Row("16x8 without bias", "INT16", "INT8", 4),
    Row("hybrid per channel", "FLOAT32", "INT8", 5, "FLOAT32"),
    Row("hybrid, one scale", "FLOAT32", "INT8", 2, "FLOAT32", per_channel=False),
    Row("hybrid by int4", "FLOAT32", "INT4", 7, "FLOAT32"),
    Row("hybrid without bias", "FLOAT32", "INT8", 5),
]
# What a runtime does not take at all.
REFUSED = {
    "BUILTIN_REF": {"int8 without bias", "uint8 without bias", "16x8 without bias", "hybrid without bias"},
    "tflm": {
        "uint8",
        "uint8 without bias",
        "hybrid per channel",
        "hybrid, one scale",
        "hybrid by int4",
        "hybrid without bias",
    },
}


def integers(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Drawn values of a type, the extremes more often than others."""
    low, high = LIMITS[dtype]
    drawn = np.asarray(rng.integers(low, high + 1, shape))
    kind = rng.integers(0, 16, shape)
    return np.where(kind == 0, low, np.where(kind == 1, high, drawn)).astype(NUMPY.get(dtype, np.int8))


def packed(dtype: str, data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The file's form of a constant."""
    if dtype != "INT4":
        return data
    flat = data.ravel().astype(np.uint8) & 15
    flat = np.append(flat, np.zeros(flat.size % 2, np.uint8)).reshape(-1, 2)
    return np.asarray(flat[:, 0] | flat[:, 1] << 4, np.uint8)


def extent(padding: int, size: int, window: int, stride: int, dilation: int) -> int:
    """Output size along one axis; 0 = SAME, 1 = VALID."""
    return -(-size // stride) if padding == 0 else (size - (window - 1) * dilation - 1) // stride + 1


def zero_point(rng: np.random.Generator, dtype: str) -> int:
    return int(rng.integers(*LIMITS[dtype])) if dtype in ("INT8", "UINT8") else 0


def bias_of(rng: np.random.Generator, row: Row, channels: int, spread: float) -> np.ndarray[Any, Any]:
    if row.bias == "FLOAT32":
        return rng.standard_normal(channels).astype(np.float32)
    return rng.integers(-int(spread), int(spread), channels).astype(NUMPY[row.bias])


@dataclass(frozen=True)
class Window:
    """Sizes and attributes of one convolution; the pairs are height and width."""

    size: tuple[int, int]
    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilations: tuple[int, int]
    padding: int

    def result(self) -> tuple[int, int]:
        """Output height and width."""
        rows = zip(self.size, self.kernel, self.strides, self.dilations, strict=True)
        height, width = (extent(self.padding, *row) for row in rows)
        return height, width

    def options(self, rng: np.random.Generator) -> dict[str, Any]:
        """The attributes as the file names them, with a drawn activation."""
        return {
            "padding": self.padding,
            "strideH": self.strides[0],
            "strideW": self.strides[1],
            "dilationHFactor": self.dilations[0],
            "dilationWFactor": self.dilations[1],
            "fusedActivationFunction": int(rng.choice([0, 0, 1, 2, 3])),
        }


def window(rng: np.random.Generator) -> Window:
    height, width, kh, kw, sh, sw = (int(v) for v in rng.integers((1, 1, 1, 1, 1, 1), (14, 14, 5, 5, 4, 4)))
    dh, dw = (int(v) for v in rng.choice([1, 1, 2], 2))
    fits = height >= (kh - 1) * dh + 1 and width >= (kw - 1) * dw + 1
    return Window((height, width), (kh, kw), (sh, sw), (dh, dw), int(rng.integers(0, 2)) if fits else 0)


def quantized(rng: np.random.Generator, name: str, shape: tuple[int, ...], dtype: str, scale: float) -> Tensor:
    """An activation; floats are not quantized."""
    if dtype == "FLOAT32":
        return Tensor(name, shape, dtype)
    return Tensor(name, shape, dtype, scales=(scale,), zero_points=(zero_point(rng, dtype),))


def model(rng: np.random.Generator, row: Row, schema: ModuleType) -> Question:
    """A model of one convolution and its inputs."""
    drawn = window(rng)
    batch, in_c, n = int(rng.integers(1, 3)), int(rng.integers(1, 20)), int(rng.integers(1, 40)) * row.groups
    xs, ws = (batch, *drawn.size, in_c * row.groups), (n, *drawn.kernel, in_c)
    is_float = row.x == "FLOAT32"
    x = rng.normal(0.3, 2, xs).astype(np.float32) if is_float else integers(rng, row.x, xs)
    w = integers(rng, row.w, ws)
    if is_float:
        w = np.maximum(w, -127)  # LiteRT multiplies -128 wrongly here; quantizers do not produce it
    scales = tuple(float(s) for s in rng.uniform(0.001, 0.1, n if row.per_channel else 1).astype(np.float32))
    points = (zero_point(rng, row.w) if row.w == "UINT8" else 0,) * len(scales)
    x_scale = float(np.float32(rng.uniform(1e-4, 0.1)))
    spread = 1.0 if is_float else np.sqrt(np.prod(ws[1:])) * np.ptp(LIMITS[row.x]) * np.ptp(LIMITS[row.w]) / 12
    y_scale = 1.0 if is_float else float(np.float32(6 * spread * x_scale * np.mean(scales) / np.ptp(LIMITS[row.x])))
    tensors = [
        quantized(rng, "x", xs, row.x, x_scale),
        Tensor("w", ws, row.w, packed(row.w, w) if row.constant else None, scales=scales, zero_points=points),
        quantized(rng, "y", (batch, *drawn.result(), n), row.x, y_scale),
    ]
    if row.bias:
        bias_scales = () if is_float else tuple(x_scale * s for s in scales)
        bias = bias_of(rng, row, n, spread)
        tensors.append(Tensor("b", (n,), row.bias, bias, scales=bias_scales, zero_points=(0,) * len(bias_scales)))
    options = drawn.options(rng)
    if row.bias_option:
        options["quantizedBiasType"] = getattr(schema.TensorType, row.bias_option)
    operands = (0, 1, 3) if row.bias else (0, 1)
    operator = Operator("CONV_2D", operands, (2,), row.version, options=("Conv2DOptions", options))
    inputs = (0,) if row.constant else (0, 1)
    return Question(build(schema, Graph(tensors, [operator], inputs, (2,))), [x, w][: len(inputs)])


def ours(question: Question, arithmetic: str, threads: int = 1) -> np.ndarray[Any, Any]:
    """The result of this project's interpreter."""
    interpreter = Interpreter(model_content=question.model, arithmetic=arithmetic, num_threads=threads)
    interpreter.allocate_tensors()
    for detail, value in zip(interpreter.get_input_details(), question.inputs, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


def difference(result: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> str:
    """Empty when type, shape and bits are equal."""
    if result.dtype != expected.dtype or result.shape != expected.shape:
        return f"{result.dtype} {result.shape} instead of {expected.dtype} {expected.shape}"
    apart = np.abs(result.astype(np.float64) - expected.astype(np.float64))
    return "" if not apart.any() else f"{np.count_nonzero(apart)} of {apart.size} differ, by up to {np.max(apart)}"


@pytest.mark.parametrize(("runtime", "arithmetic"), [("BUILTIN_REF", "litert"), ("tflm", "tflm")])
def test_results_are_those_of_the_reference(runtime: str, arithmetic: str, schema: ModuleType, tmp_path: Path) -> None:
    print("seed", SEED)
    questions = [
        (row.name, model(np.random.default_rng([SEED, index, i]), row, schema))
        for index, row in enumerate(ROWS)
        for i in range(MODELS)
    ]
    answers = ask([question for _, question in questions], runtime, tmp_path)
    compared, wrong, reasons = Counter[str](), [], {}
    for (name, question), answer in zip(questions, answers, strict=True):
        if answer.refusal:
            reasons[name] = answer.refusal
            continue
        compared[name] += 1
        text = difference(ours(question, arithmetic), answer.outputs[0])
        if text:
            wrong.append(f"{name}: {text}")
    print(f"compared {dict(compared)}, refused {reasons}")
    assert not wrong, "\n".join(wrong)
    assert {name for name, _ in questions} - set(compared) == REFUSED[runtime]


def test_two_models_have_different_results(schema: ModuleType) -> None:
    first, second = (model(np.random.default_rng([1, 2]), row, schema) for row in (ROWS[0], ROWS[1]))
    assert difference(ours(first, "litert"), ours(second, "litert"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_threads_do_not_change_results(row: Row, schema: ModuleType) -> None:
    for seed in range(4):
        question = model(np.random.default_rng([SEED, seed]), row, schema)
        assert ours(question, "litert", 3).tobytes() == ours(question, "litert").tobytes(), seed
