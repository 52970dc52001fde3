"""Reductions and normalisations of quantized tensors give LiteRT's integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from drafts import FAST, REF, Draft, assert_equal_to_litert, integers, parameters, shape_of
from tiny_models import Tensor

from litesmith.interpreter import Interpreter

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from drafts import Draw


def softmax(x: str, y: str) -> Draw:
    results = {"int8": (1 / 256, -128), "uint8": (1 / 256, 0), "int16": (1 / 32768, 0)}
    scale, zero_point = results[y] if x == y else (1 / 65536, -32768)

    def draw(random: np.random.Generator) -> Draft:
        # Rows of more than 500 equal elements abort LiteRT.
        shape = (*shape_of(random, int(random.integers(0, 3)), 5), int(random.integers(1, 420)))
        beta = 1.0 if random.random() < 0.5 else float(np.float32(random.uniform(0.1, 3)))
        most = 2 if x != "int16" else -6
        step = float(np.float32(2 ** random.uniform(-12, most)))
        zero = parameters(random, x)[1]
        draft = Draft("SOFTMAX", 3, ("SoftmaxOptions", {"beta": beta})).fed(integers(random, x, shape), step, zero)
        return draft.quantized("y", shape, y.upper(), scale, zero_point)

    return draw


def log_softmax(dtype: str) -> Draw:
    def draw(random: np.random.Generator) -> Draft:
        shape = (*shape_of(random, int(random.integers(0, 3)), 5), int(random.integers(1, 400)))
        x = integers(random, dtype, shape)
        draft = Draft("LOG_SOFTMAX", 2, ("LogSoftmaxOptions", {})).fed(x, *parameters(random, dtype))
        return draft.quantized("y", shape, dtype.upper(), 16 / 256, int(np.iinfo(dtype).max))

    return draw


def l2_normalization(dtype: str) -> Draw:
    def draw(random: np.random.Generator) -> Draft:
        shape = (*shape_of(random, 3, 4), int(random.integers(1, 300)))
        x = integers(random, dtype, shape)
        draft = Draft("L2_NORMALIZATION", 2, ("L2NormOptions", {})).fed(x, *parameters(random, dtype))
        return draft.quantized("y", shape, dtype.upper(), 1 / 128, 0 if dtype == "int8" else 128)

    return draw


def reduction(operator: str, version: int, dtype: str) -> Draw:
    def draw(random: np.random.Generator) -> Draft:
        rank = int(random.integers(1, 5))
        most = 5 if operator == "REDUCE_PROD" else 40 if rank < 3 else 12
        shape = shape_of(random, rank, most)
        if random.random() < 0.3 and operator != "REDUCE_PROD":
            shape = (2, 7, 7, int(random.integers(1, 150)))
        axes = random.permutation(len(shape))[: random.integers(1, len(shape) + 1)].astype(np.int32)
        if random.random() < 0.3 and len(shape) == 4:
            axes = np.array([1, 2], np.int32)
        keep = bool(random.random() < 0.5)
        kept = [1 if i in axes else size for i, size in enumerate(shape) if keep or i not in axes]
        x_scale, x_zero = parameters(random, dtype)
        count = int(np.prod([shape[axis] for axis in axes]))
        if operator == "REDUCE_PROD":
            count = min(count, 8)
            # One factor of about x_scale * 20 or * 5,000 per step of the result.
            y_scale = min((x_scale * (20 if dtype == "int8" else 5e3) * random.uniform(0.7, 1.5)) ** count, 1e30)
        else:
            y_scale = x_scale * (1 if operator == "MEAN" else count**0.5) * random.uniform(0.3, 2)
        draft = Draft(operator, version, ("ReducerOptions", {"keepDims": keep}))
        draft.fed(integers(random, dtype, shape), x_scale, x_zero).constant(axes)
        return draft.quantized(
            "y", tuple(kept), dtype.upper(), float(np.float32(y_scale)), parameters(random, dtype)[1]
        )

    return draw


def pool(operator: str, version: int, dtype: str) -> Draw:
    def draw(random: np.random.Generator) -> Draft:
        shape = (*shape_of(random, 3, 12), int(random.choice([1, 3, 8, 16, 40, 300])))
        options = {
            "padding": int(random.integers(0, 2)),
            "strideH": int(random.integers(1, 4)),
            "strideW": int(random.integers(1, 4)),
            "filterHeight": int(random.integers(1, shape[1] + 1)),
            "filterWidth": int(random.integers(1, shape[2] + 1)),
            "fusedActivationFunction": int(random.choice([0, 1, 3])),
        }
        size = []
        for axis, name in ((1, "H"), (2, "W")):
            stride = options[f"stride{name}"]
            taken = options[{"H": "filterHeight", "W": "filterWidth"}[name]] if options["padding"] == 1 else 1
            size.append((shape[axis] - taken) // stride + 1)
        scale, zero_point = parameters(random, dtype)
        draft = Draft(operator, version, ("Pool2DOptions", options)).fed(
            integers(random, dtype, shape), scale, zero_point
        )
        return draft.quantized("y", (shape[0], *size, shape[3]), dtype.upper(), scale, zero_point)

    return draw


def concatenation(random: np.random.Generator) -> Draft:
    shape = shape_of(random, 3, 12)
    axis = int(random.integers(0, 3))
    draft = Draft("CONCATENATION", 1, ("ConcatenationOptions", {"axis": axis}))
    draft.fed(integers(random, "uint8", shape), *parameters(random, "uint8"))
    second = integers(random, "uint8", shape)
    scale, zero_point = parameters(random, "uint8")
    draft.tensors.append(Tensor("z", shape, "UINT8", data=second, scales=(scale,), zero_points=(zero_point,)))
    result = tuple(2 * size if i == axis else size for i, size in enumerate(shape))
    return draft.quantized("y", result, "UINT8", float(np.float32(scale * random.uniform(0.5, 2))), 100)


def fake_quant(random: np.random.Generator) -> Draft:
    low, high = sorted(float(np.float32(v)) for v in random.normal(size=2) * 10 ** random.uniform(-3, 3))
    if random.random() < 0.7:
        low, high = min(low, 0.0), max(high, 0.0)
    # LiteRT has no narrow ranges here.
    options = {"min": low, "max": high, "numBits": int(random.integers(2, 17)), "narrowRange": False}
    draft = Draft("FAKE_QUANT", 1, ("FakeQuantOptions", options))
    draft.values = (random.normal(size=(4, 60)) * max(-low, high)).astype(np.float32)
    draft.tensors += [Tensor("x", (4, 60)), Tensor("y", (4, 60))]
    return draft


CASES: dict[str, tuple[str, Draw]] = {
    "SOFTMAX int8": (REF, softmax("int8", "int8")),
    "SOFTMAX uint8": (REF, softmax("uint8", "uint8")),
    "SOFTMAX int16": (REF, softmax("int16", "int16")),
    "SOFTMAX int8 to int16": (REF, softmax("int8", "int16")),
    "SOFTMAX uint8 to int16": (REF, softmax("uint8", "int16")),
    "LOG_SOFTMAX int8": (REF, log_softmax("int8")),
    "LOG_SOFTMAX uint8": (REF, log_softmax("uint8")),
    "L2_NORMALIZATION int8": (REF, l2_normalization("int8")),
    "L2_NORMALIZATION uint8": (REF, l2_normalization("uint8")),
    "MEAN int8": (REF, reduction("MEAN", 2, "int8")),
    "MEAN uint8": (REF, reduction("MEAN", 1, "uint8")),
    "MEAN int16": (REF, reduction("MEAN", 3, "int16")),
    # LiteRT's reference kernel reads int8 as uint8.
    "SUM int8": (FAST, reduction("SUM", 2, "int8")),
    "SUM uint8": (FAST, reduction("SUM", 1, "uint8")),
    "SUM int16": (FAST, reduction("SUM", 2, "int16")),
    "CONCATENATION uint8": (REF, concatenation),
    "FAKE_QUANT": (REF, fake_quant),
    "REDUCE_PROD int8": (REF, reduction("REDUCE_PROD", 2, "int8")),
    "REDUCE_PROD int16": (REF, reduction("REDUCE_PROD", 2, "int16")),
} | {
    f"{operator} {dtype}": (REF, pool(operator, version, dtype))
    for operator in ("AVERAGE_POOL_2D", "MAX_POOL_2D")
    for dtype, version in (("uint8", 1), ("int8", 2), ("int16", 3))
}


@pytest.mark.parametrize("name", CASES)
def test_results_equal_those_of_litert(schema: ModuleType, tmp_path: Path, name: str) -> None:
    resolver, draw = CASES[name]
    assert_equal_to_litert(schema, tmp_path, draw, resolver, name)


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (
            Draft("SOFTMAX", 2, ("SoftmaxOptions", {"beta": 1.0}))
            .fed(np.zeros((1, 4), np.int8), 1e-9, 0)
            .quantized("y", (1, 4), "INT8", 1 / 256, -128),
            "their product must be above",
        ),
        (
            Draft("SOFTMAX", 2, ("SoftmaxOptions", {"beta": 1.0}))
            .fed(np.zeros((1, 4), np.int8), 0.1, 0)
            .quantized("y", (1, 4), "INT8", 1 / 128, -128),
            "int8 results have scale 0.00390625 and zero point -128",
        ),
        (
            Draft("SUM", 2, ("ReducerOptions", {}))
            .fed(np.zeros((1, 4), np.int8), 1e20, 0)
            .constant(np.array([1], np.int32))
            .quantized("y", (1,), "INT8", 1e-20, 0),
            "ratio of its scales",
        ),
    ],
    ids=["tiny scale", "foreign result", "huge ratio"],
)
def test_scales_that_no_kernel_can_use_are_refused(schema: ModuleType, draft: Draft, reason: str) -> None:
    interpreter = Interpreter(model_content=draft.question(schema).model)
    with pytest.raises(RuntimeError, match=reason):
        interpreter.allocate_tensors()


def test_norms_of_rows_whose_squares_exceed_32_bits_do_not_wrap_around(schema: ModuleType) -> None:
    x = np.full((1, 100_000), 127, np.int8)
    x[0, ::2] = -128
    draft = Draft("L2_NORMALIZATION", 2, ("L2NormOptions", {})).fed(x, 1.0, -128)
    interpreter = Interpreter(model_content=draft.quantized("y", x.shape, "INT8", 1 / 128, 0).question(schema).model)
    interpreter.allocate_tensors()
    interpreter.set_tensor(0, x)
    interpreter.invoke()
    # 255 / (255 * sqrt(50,000)) * 128 = 0.57 steps.
    np.testing.assert_array_equal(interpreter.get_tensor(1), np.where(x == 127, 1, 0))
