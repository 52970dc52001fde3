"""FULLY_CONNECTED and BATCH_MATMUL of integers and hybrids give the bits of LiteRT's reference kernels and of TFLM."""

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

MODELS = 24
SEED = 711
NUMPY = {"INT8": np.int8, "UINT8": np.uint8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64}
LIMITS = {"INT8": (-128, 127), "UINT8": (0, 255), "INT16": (-32768, 32767), "INT4": (-8, 7), "INT2": (-2, 1)}


@dataclass(frozen=True)
class Dense:
    """FULLY_CONNECTED models: types, and what is drawn beside sizes, scales and values."""

    name: str
    x: str
    w: str
    version: int
    bias: str = ""
    y: str = ""
    per_channel: bool = False
    constant: bool = True
    asymmetric: bool = False
    weight_zero_point: bool = False
    bias_option: str = ""


@dataclass(frozen=True)
class Batch:
    """BATCH_MATMUL models."""

    name: str
    x: str
    w: str
    version: int
    y: str = ""
    constant: bool = False
    asymmetric: bool = False


DENSE = [
    Dense("int8", "INT8", "INT8", 4, "INT32"),
    Dense("int8 without bias", "INT8", "INT8", 6),
    Dense("int8 per channel", "INT8", "INT8", 4, "INT32", per_channel=True),
    Dense("int8 fed", "INT8", "INT8", 4, "INT32", constant=False),
    Dense("int8, weights with a zero point", "INT8", "INT8", 4, "INT32", weight_zero_point=True),
    Dense("int8 by int4", "INT8", "INT4", 10, "INT32"),
    Dense("int8 by int4 per channel", "INT8", "INT4", 10, "INT32", per_channel=True),
    Dense("int8 by int2", "INT8", "INT2", 14, "INT32"),
    Dense("uint8", "UINT8", "UINT8", 1, "INT32", weight_zero_point=True),
    Dense("uint8 without bias", "UINT8", "UINT8", 6, weight_zero_point=True),
    Dense("uint8 to int16", "UINT8", "UINT8", 2, "INT32", y="INT16", weight_zero_point=True),
    Dense("16x8, int64 bias", "INT16", "INT8", 7, "INT64"),
    Dense("16x8, int64 bias, per channel", "INT16", "INT8", 7, "INT64", per_channel=True),
    Dense("16x8, int32 bias", "INT16", "INT8", 11, "INT32", bias_option="INT32"),
    Dense("16x8 without bias", "INT16", "INT8", 7),
    Dense("16x4", "INT16", "INT4", 13, "INT64"),
    Dense("16x16", "INT16", "INT16", 7, "INT32"),
    Dense("hybrid symmetric", "FLOAT32", "INT8", 3, "FLOAT32"),
    Dense("hybrid asymmetric", "FLOAT32", "INT8", 9, "FLOAT32", asymmetric=True),
    Dense("hybrid per channel", "FLOAT32", "INT8", 12, "FLOAT32", per_channel=True, asymmetric=True),
    Dense("hybrid fed", "FLOAT32", "INT8", 9, "FLOAT32", asymmetric=True, constant=False),
    Dense("hybrid without bias", "FLOAT32", "INT8", 9, asymmetric=True),
    Dense("hybrid uint8", "FLOAT32", "UINT8", 3, "FLOAT32", weight_zero_point=True),
    Dense("hybrid int4", "FLOAT32", "INT4", 10, "FLOAT32", asymmetric=True),
    Dense("hybrid int4 per channel", "FLOAT32", "INT4", 12, "FLOAT32", per_channel=True),
]
BATCH = [
    Batch("int8", "INT8", "INT8", 2),
    Batch("int8 constant", "INT8", "INT8", 2, constant=True),
    Batch("int8 to int32", "INT8", "INT8", 2, y="INT32"),
    Batch("int16", "INT16", "INT16", 3),
    Batch("16x8", "INT16", "INT8", 3, constant=True),
    Batch("hybrid symmetric", "FLOAT32", "INT8", 1, constant=True),
    Batch("hybrid asymmetric", "FLOAT32", "INT8", 4, constant=True, asymmetric=True),
]


REFUSED = {
    "BUILTIN_REF": set[str](),
    "tflm": {
        f"Dense {row.name}"
        for row in DENSE
        if row.x in ("FLOAT32", "UINT8")
        or row.w in ("INT2", "INT16")
        or row.name in ("16x4", "int8 by int4 per channel")
    }
    | {f"Batch {row.name}" for row in BATCH if row.x != row.w or row.y},
}


def values(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Drawn values; floats of one magnitude per row, some rows of one sign or zero."""
    if dtype == "FLOAT32":
        x = rng.standard_normal(shape) * 10.0 ** rng.uniform(-2, 2, (*shape[:-1], 1))
        kind = rng.integers(0, 6, (*shape[:-1], 1))
        x = np.where(kind == 0, abs(x), np.where(kind == 1, -abs(x), np.where(kind == 2, 0, x)))
        return np.asarray(np.where(kind == 3, np.round(x * 8) / 8, x), np.float32)
    low, high = LIMITS[dtype]
    return np.asarray(rng.integers(low, high + 1, shape), NUMPY.get(dtype, np.int8))


def packed(dtype: str, data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The file's form of a constant."""
    bits = {"INT4": 4, "INT2": 2}.get(dtype, 8)
    if bits == 8:
        return data
    flat = data.ravel().astype(np.uint8) & ((1 << bits) - 1)
    flat = np.append(flat, np.zeros(-flat.size % (8 // bits), np.uint8)).reshape(-1, 8 // bits)
    return np.asarray(np.bitwise_or.reduce(flat << (np.arange(8 // bits, dtype=np.uint8) * bits), axis=1), np.uint8)


def symmetric(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Weights of hybrid models: never -128, which LiteRT's kernels negate wrongly."""
    weights = values(rng, dtype, shape)
    if dtype == "UINT8":  # the bytes of int8
        return np.where(weights == 128, np.uint8(129), weights)
    return np.asarray(np.maximum(weights, -LIMITS[dtype][1]), np.int8)


def zero_point(rng: np.random.Generator, dtype: str) -> int:
    """A zero point that the type takes."""
    return int(values(rng, dtype, ())) if dtype in ("INT8", "UINT8") else 0


def result_scale(x: str, w: str, y: str, k: int, factor: float) -> float:
    """Such that results fill about a quarter of their type."""
    spread = (LIMITS[x][1] - LIMITS[x][0]) * (LIMITS[w][1] - LIMITS[w][0]) / 12 * np.sqrt(k)
    return float(factor * spread * 8 / (LIMITS[y][1] - LIMITS[y][0]))


def dense_model(rng: np.random.Generator, row: Dense, schema: ModuleType) -> Question:
    """A FULLY_CONNECTED model and its inputs."""
    k, n = int(rng.integers(1, 90)), int(rng.integers(2 if row.per_channel else 1, 70))
    if rng.integers(0, 6) == 0:
        k, n = int(rng.integers(300, 1500)), int(rng.integers(2, 400))
    keeps = bool(rng.integers(0, 2))
    shape = (int(rng.integers(1, 4)), int(rng.integers(1, 6)), k) if keeps else (int(rng.integers(1, 50)), k)
    is_float = row.x == "FLOAT32"
    x, w = values(rng, row.x, shape), (symmetric if is_float else values)(rng, row.w, (n, k))
    y = row.y or row.x
    scales = tuple(float(s) for s in rng.uniform(0.001, 0.1, n if row.per_channel else 1).astype(np.float32))
    points = (zero_point(rng, row.w) if row.weight_zero_point else 0,) * len(scales)
    scale = float(np.float32(rng.uniform(1e-4, 0.1)))
    out = 0.0 if is_float else float(np.float32(result_scale(row.x, row.w, y, k, scale * float(np.mean(scales)))))
    quantized = (() if is_float else (scale,), () if is_float else (zero_point(rng, row.x),))
    result = (() if is_float else (out,), () if is_float else (zero_point(rng, y),))
    tensors = [
        Tensor("x", shape, row.x, scales=quantized[0], zero_points=quantized[1]),
        Tensor("w", (n, k), row.w, packed(row.w, w) if row.constant else None, scales=scales, zero_points=points),
        Tensor("y", (*shape[:-1], n), y, scales=result[0], zero_points=result[1]),
    ]
    if row.bias:
        bias = rng.standard_normal(n).astype(np.float32) if is_float else rng.integers(-5000, 5000, n)
        bias = bias if is_float else bias.astype(NUMPY[row.bias])
        tensors.append(
            Tensor(
                "b",
                (n,),
                row.bias,
                bias,
                scales=() if is_float else (scale * scales[0],),
                zero_points=() if is_float else (0,),
            )
        )
    options: dict[str, Any] = {
        "fusedActivationFunction": int(rng.choice([0, 0, 1, 3])),
        "keepNumDims": keeps,
        "asymmetricQuantizeInputs": row.asymmetric,
    }
    if row.bias_option:
        options["quantizedBiasType"] = getattr(schema.TensorType, row.bias_option)
    operands = (0, 1, 3) if row.bias else (0, 1, -1)
    operator = Operator("FULLY_CONNECTED", operands, (2,), row.version, options=("FullyConnectedOptions", options))
    inputs = (0,) if row.constant else (0, 1)
    return Question(build(schema, Graph(tensors, [operator], inputs, (2,))), [x, w][: len(inputs)])


def batch_model(rng: np.random.Generator, row: Batch, schema: ModuleType) -> Question:
    """A BATCH_MATMUL model and its inputs."""
    m, k, n = (int(v) for v in rng.integers(1, 40, 3))
    batches = [((), ()), ((3,), (3,)), ((2, 1), (1, 3)), ((2, 3), (3,)), ((3,), ()), ((), (2,)), ((1,), (1,))]
    is_float = row.x == "FLOAT32"
    if is_float:  # LiteRT takes other rows' scales when the right operand repeats over several
        batches = [pair for pair in batches if pair != ((2, 3), (3,))]
    left, right = batches[rng.integers(0, len(batches))]
    adj_x, adj_y = bool(rng.integers(0, 2)), bool(rng.integers(0, 2))
    xs, ws = (*left, *((k, m) if adj_x else (m, k))), (*right, *((n, k) if adj_y else (k, n)))
    x, w = values(rng, row.x, xs), (symmetric if is_float else values)(rng, row.w, ws)
    y = row.y or row.x
    scale, weight_scale = (float(np.float32(v)) for v in rng.uniform(1e-4, 0.1, 2))
    out = 0.0 if is_float or y == "INT32" else result_scale(row.x, row.w, y, k, scale * weight_scale)
    point = 0 if row.x != row.w else zero_point(rng, row.w)
    tensors = [
        Tensor(
            "x",
            xs,
            row.x,
            scales=() if is_float else (scale,),
            zero_points=() if is_float else (zero_point(rng, row.x),),
        ),
        Tensor("w", ws, row.w, w if row.constant else None, scales=(weight_scale,), zero_points=(point,)),
        Tensor(
            "y",
            (*np.broadcast_shapes(left, right), m, n),
            y,
            scales=(out,) if out else (),
            zero_points=(zero_point(rng, y),) if out else (),
        ),
    ]
    options = {"adjX": adj_x, "adjY": adj_y, "asymmetricQuantizeInputs": row.asymmetric}
    operator = Operator("BATCH_MATMUL", (0, 1), (2,), row.version, options=("BatchMatMulOptions", options))
    inputs = (0,) if row.constant else (0, 1)
    return Question(build(schema, Graph(tensors, [operator], inputs, (2,))), [x, w][: len(inputs)])


def ours(question: Question, arithmetic: str) -> np.ndarray[Any, Any]:
    """The result of this project's interpreter."""
    interpreter = Interpreter(model_content=question.model, arithmetic=arithmetic)
    interpreter.allocate_tensors()
    for detail, value in zip(interpreter.get_input_details(), question.inputs, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


ROWS: list[Dense | Batch] = [*DENSE, *BATCH]


def drawn(schema: ModuleType) -> list[tuple[str, Question]]:
    """Models of every row, by the row's name."""
    questions = []
    for index, row in enumerate(ROWS):
        rng = np.random.default_rng([SEED, index])
        for _ in range(MODELS):
            question = dense_model(rng, row, schema) if isinstance(row, Dense) else batch_model(rng, row, schema)
            questions.append((f"{type(row).__name__} {row.name}", question))
    return questions


@pytest.mark.parametrize(("runtime", "arithmetic"), [("BUILTIN_REF", "litert"), ("tflm", "tflm")])
def test_results_are_those_of_the_reference(runtime: str, arithmetic: str, schema: ModuleType, tmp_path: Path) -> None:
    print("seed", SEED)
    questions = drawn(schema)
    answers = ask([question for _, question in questions], runtime, tmp_path)
    compared, wrong = Counter[str](), []
    levels: dict[str, set[float]] = {}
    for (name, question), answer in zip(questions, answers, strict=True):
        if answer.refusal:
            continue
        compared[name] += 1
        expected, result = answer.outputs[0], ours(question, arithmetic)
        levels.setdefault(name, set()).update(expected.ravel().tolist())
        if result.dtype != expected.dtype or result.tobytes() != expected.tobytes():
            wrong.append(f"{name}: {np.sum(result != expected)} of {result.size} differ")
    print(dict(compared))
    refused = {name for name, _ in questions} - set(compared)
    assert all(len(different) > 100 for different in levels.values())
    assert not wrong, "\n".join(wrong)
    assert refused == REFUSED[runtime]
