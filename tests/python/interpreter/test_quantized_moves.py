"""Operators that move, select, pad or interpolate quantized integers give LiteRT's integers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from drafts import REF, Draft, assert_equal_to_litert, integers, parameters, shape_of
from tiny_models import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    from drafts import Draw

VERSIONS = {"uint8": 1, "int8": 2, "int16": 3}


def paired(random: np.random.Generator, rank: int, most: int) -> np.ndarray[Any, Any]:
    return random.integers(0, most, size=(rank, 2), dtype=np.int32)


def pad(dtype: str) -> Draw:
    def draw(random: np.random.Generator) -> Draft:
        x = integers(random, dtype, shape_of(random, int(random.integers(1, 5)), 6))
        paddings = paired(random, x.ndim, 4)
        scale, zero_point = parameters(random, dtype)
        draft = Draft("PAD", VERSIONS[dtype], ("PadOptions", {})).fed(x, scale, zero_point).constant(paddings)
        shape = tuple(np.array(x.shape) + paddings.sum(1))
        return draft.quantized("y", shape, dtype.upper(), scale, zero_point)

    return draw


def pad_with_value(dtype: str) -> Draw:
    def draw(random: np.random.Generator) -> Draft:
        x = integers(random, dtype, shape_of(random, int(random.integers(1, 5)), 6))
        paddings = paired(random, x.ndim, 4)
        scale, zero_point = parameters(random, dtype)
        draft = Draft("PADV2", VERSIONS[dtype], ("PadV2Options", {})).fed(x, scale, zero_point).constant(paddings)
        value = integers(random, dtype, (1,))
        draft.tensors.append(Tensor("v", (1,), dtype.upper(), value, scales=(scale,), zero_points=(zero_point,)))
        return draft.quantized("y", tuple(np.array(x.shape) + paddings.sum(1)), dtype.upper(), scale, zero_point)

    return draw


def mirror_pad(dtype: str) -> Draw:
    def draw(random: np.random.Generator) -> Draft:
        x = integers(random, dtype, tuple(size + 2 for size in shape_of(random, int(random.integers(1, 5)), 5)))
        paddings = paired(random, x.ndim, 3)
        scale, zero_point = parameters(random, dtype)
        draft = Draft("MIRROR_PAD", VERSIONS[dtype], ("MirrorPadOptions", {"mode": int(random.integers(0, 2))}))
        draft.fed(x, scale, zero_point).constant(paddings)
        return draft.quantized("y", tuple(np.array(x.shape) + paddings.sum(1)), dtype.upper(), scale, zero_point)

    return draw


def space_to_batch(dtype: str) -> Draw:
    def draw(random: np.random.Generator) -> Draft:
        block = random.integers(1, 4, size=2, dtype=np.int32)
        padded = block * random.integers(2, 5, size=2)
        paddings = np.array([[int(random.integers(0, 2)), int(random.integers(0, 2))] for _ in range(2)], np.int32)
        channels = int(random.integers(1, 7))
        x = integers(random, dtype, (2, *(padded - paddings.sum(1)), channels))
        scale, zero_point = parameters(random, dtype)
        draft = Draft("SPACE_TO_BATCH_ND", VERSIONS[dtype], ("SpaceToBatchNDOptions", {})).fed(x, scale, zero_point)
        draft.constant(block).constant(paddings)
        shape = (2 * int(block.prod()), *(padded // block), channels)
        return draft.quantized("y", shape, dtype.upper(), scale, zero_point)

    return draw


def resize(operator: str, options: str) -> Callable[[str], Draw]:
    def of_type(dtype: str) -> Draw:
        def draw(random: np.random.Generator) -> Draft:
            x = integers(random, dtype, (*shape_of(random, 3, 9), int(random.integers(1, 20))))
            size = random.integers(1, 20, size=2, dtype=np.int32)
            mode = int(random.integers(0, 3))
            scale, zero_point = parameters(random, dtype)
            draft = Draft(operator, 3, (options, {"alignCorners": mode == 1, "halfPixelCenters": mode == 2}))
            draft.fed(x, scale, zero_point).constant(size)
            return draft.quantized("y", (x.shape[0], *size, x.shape[3]), dtype.upper(), scale, zero_point)

        return draw

    return of_type


def extremum(operator: str) -> Callable[[str], Draw]:
    def of_type(dtype: str) -> Draw:
        def draw(random: np.random.Generator) -> Draft:
            x = integers(random, dtype, shape_of(random, int(random.integers(1, 5)), 9))
            axes = random.permutation(x.ndim)[: random.integers(1, x.ndim + 1)].astype(np.int32)
            scale, zero_point = parameters(random, dtype)
            draft = Draft(operator, VERSIONS[dtype], ("ReducerOptions", {"keepDims": True}))
            draft.fed(x, scale, zero_point).constant(axes)
            shape = tuple(1 if i in axes else size for i, size in enumerate(x.shape))
            return draft.quantized("y", shape, dtype.upper(), scale, zero_point)

        return draw

    return of_type


def gather(dtype: str) -> Draw:
    def draw(random: np.random.Generator) -> Draft:
        x = integers(random, dtype, shape_of(random, 3, 9))
        axis = int(random.integers(0, 3))
        indices = random.integers(0, x.shape[axis], size=shape_of(random, 2, 5), dtype=np.int32)
        scale, zero_point = parameters(random, dtype)
        draft = Draft("GATHER", 4, ("GatherOptions", {"axis": axis})).fed(x, scale, zero_point).constant(indices)
        shape = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
        return draft.quantized("y", shape, dtype.upper(), scale, zero_point)

    return draw


def tile(dtype: str) -> Draw:
    def draw(random: np.random.Generator) -> Draft:
        x = integers(random, dtype, shape_of(random, int(random.integers(1, 5)), 5))
        multiples = random.integers(1, 4, size=x.ndim, dtype=np.int32)
        scale, zero_point = parameters(random, dtype)
        draft = Draft("TILE", 2, ("TileOptions", {})).fed(x, scale, zero_point).constant(multiples)
        return draft.quantized("y", tuple(np.array(x.shape) * multiples), dtype.upper(), scale, zero_point)

    return draw


def transpose(dtype: str) -> Draw:
    def draw(random: np.random.Generator) -> Draft:
        x = integers(random, dtype, shape_of(random, int(random.integers(2, 6)), 7))
        order = random.permutation(x.ndim).astype(np.int32)
        scale, zero_point = parameters(random, dtype)
        draft = Draft("TRANSPOSE", 5, ("TransposeOptions", {})).fed(x, scale, zero_point).constant(order)
        return draft.quantized("y", tuple(x.shape[axis] for axis in order), dtype.upper(), scale, zero_point)

    return draw


def slice_of(dtype: str) -> Draw:
    def draw(random: np.random.Generator) -> Draft:
        x = integers(random, dtype, shape_of(random, int(random.integers(1, 5)), 12))
        begin = np.array([random.integers(0, size) for size in x.shape], np.int32)
        size = np.array(
            [random.integers(1, whole - first + 1) for whole, first in zip(x.shape, begin, strict=True)], np.int32
        )
        scale, zero_point = parameters(random, dtype)
        draft = Draft("SLICE", 4, ("SliceOptions", {})).fed(x, scale, zero_point).constant(begin).constant(size)
        return draft.quantized("y", tuple(size), dtype.upper(), scale, zero_point)

    return draw


MAKERS: dict[str, Callable[[str], Draw]] = {
    "PAD": pad,
    "PADV2": pad_with_value,
    "MIRROR_PAD": mirror_pad,
    "SPACE_TO_BATCH_ND": space_to_batch,
    "RESIZE_BILINEAR": resize("RESIZE_BILINEAR", "ResizeBilinearOptions"),
    "RESIZE_NEAREST_NEIGHBOR": resize("RESIZE_NEAREST_NEIGHBOR", "ResizeNearestNeighborOptions"),
    "REDUCE_MAX": extremum("REDUCE_MAX"),
    "REDUCE_MIN": extremum("REDUCE_MIN"),
    "GATHER": gather,
    "TILE": tile,
    "TRANSPOSE": transpose,
    "SLICE": slice_of,
}


@pytest.mark.parametrize("dtype", VERSIONS)
@pytest.mark.parametrize("operator", MAKERS)
def test_moved_integers_equal_those_of_litert(schema: ModuleType, tmp_path: Path, operator: str, dtype: str) -> None:
    assert_equal_to_litert(schema, tmp_path, MAKERS[operator](dtype), REF, f"{operator} {dtype}")
