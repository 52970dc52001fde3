"""Quantized elementwise operators give the bits of LiteRT's reference kernels and of TensorFlow Lite Micro."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from oracle_process import Answer, Question, ask
from tiny_models import Graph, Operator, Tensor, build

from litesmith.interpreter import Interpreter, OpResolverType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import ModuleType

    Scale = tuple[float, int]

MODELS_PER_ROW = 12
SEED = 20260
SHAPES = [
    ((3, 37), (3, 37)),
    ((2, 5, 7, 16), (2, 5, 7, 16)),
    ((2, 3, 5, 19), (19,)),
    ((2, 3, 5, 24), (2, 1, 1, 24)),
    ((4, 9, 8), (1,)),
    ((1,), (5, 33)),
    ((4, 1, 6), (3, 1)),
    ((2, 2, 3, 2, 35), (35,)),
]
PRELU_SHAPES = [((2, 5, 4, 17), (1, 1, 17)), ((3, 40), (3, 40)), ((2, 6, 6, 3), (6, 6, 1)), ((4, 9), (1,))]
ZERO_POINTS = {"INT8": (-128, 127), "UINT8": (0, 255), "INT16": (0, 0), "INT32": (0, 0)}
NUMPY = {
    "INT8": np.int8,
    "UINT8": np.uint8,
    "INT16": np.int16,
    "INT32": np.int32,
    "BOOL": np.bool_,
    "FLOAT32": np.float32,
}
ALL = ("INT8", "UINT8", "INT16")
BYTES = ("INT8", "UINT8")
SIGNED = ("INT8", "INT16")


@dataclass(frozen=True)
class Row:
    """An operator and how to draw models of it; `second` and `result` are types that differ from operand 0's."""

    name: str
    types: tuple[str, ...]
    options: Callable[[np.random.Generator], tuple[str, dict[str, Any]] | None] = lambda _: None
    shapes: Sequence[tuple[tuple[int, ...], ...]] = field(default_factory=lambda: [((5, 67),), ((1, 3, 300),)])
    largest_scale: float = 4.0
    result: str = ""
    second: str = ""
    fixed: dict[str, Scale] = field(default_factory=dict)
    same_scales: bool = False
    positive: bool = False
    nonzero_divisor: bool = False
    powers_of_two: bool = False

    @property
    def id(self) -> str:
        """Name, result and restrictions."""
        return "-".join(filter(None, [self.name, self.result, "powers" if self.powers_of_two else ""]))


def _fused(kind: str, **more: Any) -> Callable[[np.random.Generator], tuple[str, dict[str, Any]]]:
    return lambda rng: (kind, {"fusedActivationFunction": int(rng.integers(0, 4)), **more})


def _options(kind: str, **values: Any) -> Callable[[np.random.Generator], tuple[str, dict[str, Any]]]:
    return lambda _: (kind, values)


SIGMOID = {"INT8": (1 / 256, -128), "UINT8": (1 / 256, 0), "INT16": (2.0**-15, 0)}
TANH = {"INT8": (1 / 128, 0), "UINT8": (1 / 128, 128), "INT16": (2.0**-15, 0)}
GENERAL = {"potScaleInt16": False}
ROWS = [
    Row("ADD", ALL, _fused("AddOptions", **GENERAL), SHAPES),
    Row("SUB", ALL, _fused("SubOptions", **GENERAL), SHAPES),
    Row("ADD", ("INT16",), _fused("AddOptions", potScaleInt16=True), SHAPES[:2], powers_of_two=True),
    Row("SUB", ("INT16",), _fused("SubOptions", potScaleInt16=True), SHAPES[:2], powers_of_two=True),
    Row("MUL", ALL, _fused("MulOptions"), SHAPES),
    Row("DIV", BYTES, _fused("DivOptions"), SHAPES, nonzero_divisor=True),
    Row("SQUARED_DIFFERENCE", ("INT8",), _options("SquaredDifferenceOptions"), SHAPES),
    Row("MAXIMUM", ALL, _options("MaximumMinimumOptions"), SHAPES, same_scales=True),
    Row("MINIMUM", ALL, _options("MaximumMinimumOptions"), SHAPES, same_scales=True),
    *(
        Row(name, BYTES, lambda _: None, SHAPES, largest_scale=0.9, result="BOOL")
        for name in ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
    ),
    Row("PRELU", BYTES, shapes=PRELU_SHAPES),
    Row("PRELU", ("INT16",), shapes=PRELU_SHAPES, second="INT8"),
    Row("LEAKY_RELU", ALL, lambda rng: ("LeakyReluOptions", {"alpha": float(rng.uniform(-1.5, 1.5))})),
    Row("RELU", ALL),
    Row("RELU6", ALL),
    Row("RELU_N1_TO_1", BYTES),
    Row("RELU_0_TO_1", BYTES),
    Row("HARD_SWISH", BYTES, _options("HardSwishOptions")),
    Row("LOGISTIC", ALL, fixed=SIGMOID, largest_scale=1.0),
    Row("TANH", ALL, fixed=TANH, largest_scale=1.0),
    Row("LOGISTIC", ("INT16",), fixed=SIGMOID, powers_of_two=True),
    Row("TANH", ("INT16",), fixed=TANH, powers_of_two=True),
    Row("GELU", ALL, lambda rng: ("GeluOptions", {"approximate": bool(rng.integers(2))})),
    Row("EXP", SIGNED, _options("ExpOptions")),
    Row("LOG", SIGNED),
    Row("SQRT", SIGNED, positive=True),
    Row("RSQRT", ("INT8",), positive=True),
    Row("ABS", SIGNED, _options("AbsOptions")),
    Row("ABS", SIGNED, _options("AbsOptions"), same_scales=True),
    Row("NEG", SIGNED, _options("NegOptions"), same_scales=True),
    *(
        Row("QUANTIZE", types, _options("QuantizeOptions"), result=to)
        for types, to in (
            (ALL, "INT8"),
            (BYTES, "UINT8"),
            (ALL, "INT16"),
            (("INT16",), "INT32"),
            (("INT32",), "INT8"),
            (("INT32",), "INT16"),
        )
    ),
]
IDS = [f"{row.id}-{i}" for i, row in enumerate(ROWS)]


def _scale(rng: np.random.Generator, row: Row, dtype: str) -> Scale:
    wide = 1 / 128 if dtype == "INT16" else (2.0**-20 if dtype == "INT32" else 1.0)
    scale = np.float32(row.largest_scale * wide * 10 ** rng.uniform(-2.5, 0))
    low, high = ZERO_POINTS[dtype]
    return float(scale), int(rng.integers(low, high + 1))


def _scales(rng: np.random.Generator, row: Row, dtypes: list[str]) -> list[Scale]:
    if row.powers_of_two and not row.fixed:
        one = int(rng.integers(-14, -2))
        other = one - int(rng.integers(0, 5))
        exponents = [one, other] if rng.integers(2) else [other, one]
        return [(2.0**exponent, 0) for exponent in (*exponents, one)]
    scales = [_scale(rng, row, dtype) for dtype in dtypes]
    if row.powers_of_two:
        scales[0] = (2.0 ** -int(rng.integers(10, 13)), 0)
    if row.same_scales:
        scales = [scales[0]] * len(scales)
    if dtypes[-1] in row.fixed:
        scales[-1] = row.fixed[dtypes[-1]]
    elif row.name == "MUL":
        scales[-1] = (float(np.float32(scales[0][0] * scales[1][0] * 10 ** rng.uniform(0, 3.5))), scales[-1][1])
    elif row.name == "DIV":
        # Quotients whose shift is above 31 are garbage in the reference: a factor of 64 keeps it below.
        scales[-1] = (float(np.float32(scales[0][0] / scales[1][0] / 10 ** rng.uniform(1.85, 4))), scales[-1][1])
    elif row.name == "HARD_SWISH":
        scales[-1] = (float(np.float32(scales[0][0] * 10 ** rng.uniform(-1, 1))), scales[-1][1])
    elif row.name == "QUANTIZE":
        ratio = 2.0 ** (8 * (np.dtype(NUMPY[dtypes[0]]).itemsize - np.dtype(NUMPY[dtypes[-1]]).itemsize))
        scales[-1] = (float(np.float32(scales[0][0] * ratio * 10 ** rng.uniform(-1, 1))), scales[-1][1])
    return scales


def _values(rng: np.random.Generator, dtype: str, shape: tuple[int, ...], lowest: int) -> np.ndarray[Any, Any]:
    kind = NUMPY[dtype]
    limits = np.iinfo(kind)
    return rng.integers(max(limits.min, lowest), limits.max, shape, kind, endpoint=True)


def draw(schema: ModuleType, row: Row, dtype: str, number: int) -> Question:
    """Model `number` of a row, with values for its operands."""
    rng = np.random.default_rng([SEED, number, len(row.name), *map(ord, row.name + dtype + row.result)])
    shapes = row.shapes[number % len(row.shapes)]
    result = row.result or dtype
    dtypes = [dtype, row.second or dtype][: len(shapes)]
    scales = _scales(rng, row, dtypes + ([] if result == "BOOL" else [result]))
    tensors = [
        Tensor(f"x{i}", shape, kind, scales=(scale[0],), zero_points=(scale[1],))
        for i, (shape, kind, scale) in enumerate(zip(shapes, dtypes, scales, strict=False))
    ]
    shape = np.broadcast_shapes(*shapes)
    last = () if result == "BOOL" else scales[-1:]
    tensors.append(Tensor("y", shape, result, scales=tuple(s for s, _ in last), zero_points=tuple(z for _, z in last)))
    operands = tuple(range(len(shapes)))
    operator = Operator(row.name, operands, (len(shapes),), options=row.options(rng))
    lowest = scales[0][1] if row.positive else -(2**31)
    inputs = [_values(rng, kind, one, lowest) for one, kind in zip(shapes, dtypes, strict=True)]
    if row.nonzero_divisor:
        zero = scales[1][1]
        inputs[1][inputs[1] == zero] = zero + 1 if zero < ZERO_POINTS[dtype][1] else zero - 1
    return Question(build(schema, Graph(tensors, [operator], operands, (len(shapes),))), inputs)


def run(question: Question, resolver: OpResolverType, arithmetic: str = "litert") -> np.ndarray[Any, Any]:
    """The result of ours."""
    interpreter = Interpreter(
        model_content=question.model, experimental_op_resolver_type=resolver, arithmetic=arithmetic
    )
    interpreter.allocate_tensors()
    for detail, values in zip(interpreter.get_input_details(), question.inputs, strict=True):
        interpreter.set_tensor(detail["index"], values)
    interpreter.invoke()
    result: np.ndarray[Any, Any] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return result


def differing(questions: list[Question], answers: list[Answer], arithmetic: str) -> list[str]:
    """A line for every model whose result is not the oracle's."""
    lines = []
    for number, (question, answer) in enumerate(zip(questions, answers, strict=True)):
        if answer.refusal:
            continue
        wanted = answer.outputs[0]
        for resolver in (OpResolverType.AUTO, OpResolverType.BUILTIN_REF):
            got = run(question, resolver, arithmetic)
            count = np.count_nonzero(got != wanted)
            if count:
                most = np.abs(got.astype(np.int64) - wanted.astype(np.int64)).max()
                lines.append(f"model {number} {resolver.name}: {count} of {got.size} differ, by {most} at most")
    return lines


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_results_are_those_of_the_reference_kernels(schema: ModuleType, row: Row, tmp_path: Path) -> None:
    questions = [draw(schema, row, dtype, number) for dtype in row.types for number in range(MODELS_PER_ROW)]
    answers = ask(questions, "BUILTIN_REF", tmp_path)
    assert not [answer.refusal for answer in answers if answer.refusal]
    assert len({answer.outputs[0].tobytes() for answer in answers}) > 1
    wrong = differing(questions, answers, "litert")
    assert not wrong, f"{row.id} {row.types}, seed {SEED}:\n" + "\n".join(wrong)


TFLM_ROWS = [row for row in ROWS if row.name != "RELU6"]  # it ignores that the result's scale differs


def test_results_are_those_of_tflm_where_it_runs_the_operator(schema: ModuleType, tmp_path: Path) -> None:
    rows = [(row, dtype) for row in TFLM_ROWS for dtype in row.types]
    rows.append((Row("RSQRT", ("INT16",), positive=True), "INT16"))
    drawn = [(row, dtype, draw(schema, row, dtype, number)) for row, dtype in rows for number in range(MODELS_PER_ROW)]
    answers = ask([question for _, _, question in drawn], "tflm", tmp_path)
    compared: Counter[str] = Counter()
    wrong = []
    for (row, dtype, question), answer in zip(drawn, answers, strict=True):
        compared[f"{row.id} {dtype}"] += not answer.refusal
        wrong += [f"{row.id} {dtype} {line}" for line in differing([question], [answer], "tflm")]
    assert not wrong, f"seed {SEED}:\n" + "\n".join(wrong)
    ran = {name for name, count in compared.items() if count > 0}
    print("compared:", dict(compared))
    assert {"ADD INT8", "ADD INT16", "SUB INT16", "MUL INT16", "DIV INT8", "RSQRT INT16", "TANH INT16"} <= ran


def test_elu_gives_the_bits_of_the_only_kernel_there_is(schema: ModuleType, tmp_path: Path) -> None:
    questions = [draw(schema, Row("ELU", ("INT8",)), "INT8", number) for number in range(MODELS_PER_ROW)]
    answers = ask(questions, "BUILTIN_WITHOUT_DEFAULT_DELEGATES", tmp_path)
    assert not [answer.refusal for answer in answers if answer.refusal]
    assert not differing(questions, answers, "litert")
