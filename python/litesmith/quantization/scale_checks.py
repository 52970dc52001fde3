"""Checks whether samples have the scale that the model was trained with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from litesmith.quantization.evidence import owner
from litesmith.quantization.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litesmith import _core
    from litesmith.quantization.evidence import Evidence, Key, ModelInput

__all__ = ["BOUNDED", "SATURATING", "wrong_scale"]

# operators whose results lie between two bounds, and these
BOUNDED = {"SOFTMAX": (0.0, 1.0), "LOGISTIC": (0.0, 1.0), "TANH": (-1.0, 1.0)}
# trained models keep the operands of those below; e**-60 is nothing in float32
SATURATING = 60.0

_WEIGHTED = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "CONV_3D"})
_LEAST_OF_PICTURES, _MOST_OF_PICTURES = 128.0, 256.0
_MOST_OF_SCALED = 2.0
_SCALES_DOWN = 1 / 64
_SUBTRACTED = 32.0
_LARGE_RESULT = 100.0
_CLIPPED_SHARE = 0.9
_LEAST_CHANNELS = 8
_FIRST_LAYERS = 3
_NORMALIZED = re.compile(r"batch_?norm|(^|[/_])bn|bn([/_]|\d|$)", re.IGNORECASE)


def wrong_scale(evidence: Evidence) -> Iterator[Finding]:
    """Values 0 to 255 for a model that was trained on smaller ones, and the other way round."""
    for it in evidence.inputs:
        found = evidence.range(it.key) if it.is_float else None
        if found is None:
            continue
        if _looks_unscaled(evidence, it, *found):
            yield from _unscaled(evidence, it, *found)
        elif found[0] >= -_MOST_OF_SCALED and found[0] < found[1] <= _MOST_OF_SCALED:
            yield from _scaled_twice(evidence, it, *found)


def _unscaled(evidence: Evidence, it: ModelInput, low: float, high: float) -> Iterator[Finding]:
    reason = None if _scaling(evidence, it.key) else _sign_of_large_values(evidence, it.key)
    if reason is None:
        return
    yield Finding(
        "scale-255",
        f"the values of the input '{it.name}' are {low:.4g} to {high:.4g}, nothing in the model scales them down, and "
        f"{reason}: it was probably trained on smaller values. Prepare samples as for training, for instance x / 255",
        tensor=it.name,
    )


def _scaled_twice(evidence: Evidence, it: ModelInput, low: float, high: float) -> Iterator[Finding]:
    op = _scaling(evidence, it.key)
    if op is None or not it.is_picture:
        return
    yield Finding(
        "scale-1",
        f"the values of the input '{it.name}' are {low:.4g} to {high:.4g}, but the model itself scales 0 to 255 down "
        f"({_called(op)}), so that all later ranges are far too narrow. Leave the samples at 0 to 255",
        layer=owner(op),
        tensor=it.name,
    )


def _looks_unscaled(evidence: Evidence, it: ModelInput, low: float, high: float) -> bool:
    if low < 0 or not _LEAST_OF_PICTURES <= high <= _MOST_OF_PICTURES:
        return False
    values = evidence.spread(it.key)
    return it.is_picture or bool(np.array_equal(values, np.round(values)))


def _scaling(evidence: Evidence, key: Key) -> _core.ConversionOperator | None:
    """The operator behind an input that brings 0 to 255 to a small range."""
    for op in evidence.behind(key):
        if op.name not in {"MUL", "DIV", "SUB", "ADD"}:
            continue
        constants = [it for it in map(evidence.constant, (op, op), (0, 1)) if it is not None and it.size]
        if not constants:
            continue
        least, greatest = float(np.abs(constants[0]).min()), float(np.abs(constants[0]).max())
        if (op.name == "MUL" and 0 < greatest <= _SCALES_DOWN) or (op.name == "DIV" and least >= 1 / _SCALES_DOWN):
            return op
        if op.name in {"SUB", "ADD"} and greatest >= _SUBTRACTED:
            return op
    return None


def _sign_of_large_values(evidence: Evidence, key: Key) -> str | None:
    """What shows that the model does not expect such large values; None where it gets along with them."""
    sign = _clipped_layer(evidence) or _large_normalized_layer(evidence, key)
    if sign:
        return sign
    bounded = [op for op in map(evidence.before, evidence.outputs) if op is not None and op.name in BOUNDED]
    if bounded:
        operands = [(evidence.size((op.graph, op.inputs[0])) or 0.0, op.name) for op in bounded]
        size, name = max(operands)
        if size < SATURATING:
            return None
        return f"the operand of its last {name} reaches {size:.4g}, which trained models keep below {SATURATING:.0f}"
    for op in _first_weighted(evidence, key, 1):
        size = evidence.size((op.graph, op.outputs[0])) or 0.0
        return f"{_called(op)} has results as large as {size:.4g}" if size >= _LARGE_RESULT else None
    return None


def _first_weighted(evidence: Evidence, key: Key, count: int) -> list[_core.ConversionOperator]:
    return [op for op in evidence.operators if op.graph == key[0] and op.name in _WEIGHTED][:count]


def _called(op: _core.ConversionOperator) -> str:
    return f"layer '{owner(op)}'" if owner(op) else f"its first {op.name}"


def _large_normalized_layer(evidence: Evidence, key: Key) -> str | None:
    """A batch normalization among the first layers whose results are far larger than it makes them of training data."""
    for op in _first_weighted(evidence, key, _FIRST_LAYERS):
        it = evidence.tensors.get((op.graph, op.outputs[0]))
        if it is None or not any(map(_NORMALIZED.search, [*op.layers, it.name])):
            continue
        size = max(abs(it.lowest[0][0]), abs(it.highest[0][0]))
        if size >= _LARGE_RESULT:
            return f"{_called(op)}, which ends in a batch normalization, has results of {size:.4g}"
    return None


def _clipped_layer(evidence: Evidence) -> str | None:
    """The first result that ends at 6, when nearly all of its channels reach that end."""
    for op in evidence.operators:
        it = evidence.tensors.get((op.graph, op.outputs[0])) if op.outputs else None
        if it is None or it.highest[0][0] != 6.0 or it.lowest[0][0] < 0 or len(it.channel_peaks) < _LEAST_CHANNELS:
            continue
        alive = [peak for peak in it.channel_peaks if peak > 0]
        clipped = sum(peak == 6.0 for peak in alive)
        if clipped < _CLIPPED_SHARE * len(alive):
            return None
        return f"{clipped} of {len(alive)} channels of {_called(op)} are cut off at 6"
    return None
