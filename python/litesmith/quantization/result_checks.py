"""Checks of what the model makes of the samples: ranges and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from litesmith.quantization.evidence import owner
from litesmith.quantization.findings import Finding
from litesmith.quantization.input_checks import inputs_vary
from litesmith.quantization.scale_checks import BOUNDED, SATURATING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from litesmith import _core
    from litesmith.quantization.evidence import Evidence, Key

__all__ = ["constant_outputs", "outliers", "saturated_outputs"]

_LEAST_SAMPLES = 10
_TIMES_WIDER = 3.0
_MOST_NAMED = 3
_FLAT = 1e-3
_AT_THE_END = 1e-6
_SATURATED_SHARE = 0.99


def outliers(evidence: Evidence) -> Iterator[Finding]:
    """Samples without which the range of a tensor would be less than a third as wide."""
    first: dict[int, tuple[Key, str]] = {}
    others: dict[int, int] = {}
    order = [it.key for it in evidence.inputs]
    order += [(op.graph, tensor) for op in evidence.operators for tensor in op.outputs]
    for key in dict.fromkeys(order):
        it = evidence.tensors.get(key)
        if it is None or it.samples < _LEAST_SAMPLES:
            continue
        for sample, text in _lone_extremes(it):
            if sample in first:
                others[sample] = others.get(sample, 0) + 1
            else:
                first[sample] = (key, text)
    for sample, (key, text) in list(first.items())[:_MOST_NAMED]:
        more = f" (and of {others[sample]} more tensors)" if sample in others else ""
        yield Finding(
            "outlier",
            f"sample {sample} alone sets the range of {evidence.named(key)}{more}: {text}. All other values share the "
            "few steps that remain; remove or repair the sample, or choose calibration='percentile' or 'mse'",
            layer=evidence.layer(key),
            tensor=evidence.tensors[key].name,
            sample=sample,
        )


def _lone_extremes(it: _core.ObservedTensor) -> Iterator[tuple[int, str]]:
    """Samples that set the range, each with the range with and without it. Ranges hold zero in any case."""
    (low, low_sample), (second_low, _) = it.lowest
    (high, high_sample), (second_high, _) = it.highest
    for sample in sorted({low_sample, high_sample}):
        least = second_low if sample == low_sample else low
        greatest = second_high if sample == high_sample else high
        rest = max(greatest, 0.0) - min(least, 0.0)
        whole = max(high, 0.0) - min(low, 0.0)
        if rest > 0 and whole >= _TIMES_WIDER * rest:
            yield sample, f"{low:.4g} to {high:.4g} with it, {least:.4g} to {greatest:.4g} without"


def constant_outputs(evidence: Evidence) -> Iterator[Finding]:
    """Outputs that are the same for all samples, though these differ."""
    for key in evidence.outputs:
        values, digests = evidence.spread(key), evidence.digests(key)
        if len(values) < 2 or key not in evidence.tensors or not inputs_vary(evidence, key[0]):
            continue
        size = float(np.abs(values).max())
        moved = float(np.ptp(values, axis=0).max())
        hidden = float(np.ptp(values)) == 0 and len(set(digests)) > 1
        if moved > _FLAT * size or hidden:
            continue
        yield Finding(
            "constant-output",
            f"the output '{evidence.tensors[key].name}' is the same for all samples: no value moves by more than "
            f"{moved:.3g}, of sizes up to {size:.3g}. The quantized model would give one answer to everything (a flat "
            "line). Is the model trained? Do the samples have the scale and the layout of its training data, and cover "
            "its range?",
            layer=evidence.layer(key),
            tensor=evidence.tensors[key].name,
        )


def saturated_outputs(evidence: Evidence) -> Iterator[Finding]:
    """Outputs of SOFTMAX, LOGISTIC and TANH that are at their ends in nearly every value."""
    for key in evidence.outputs:
        op = evidence.before(key)
        if op is None or op.name not in BOUNDED or key not in evidence.tensors:
            continue
        values = evidence.spread(key)
        operand = evidence.size((op.graph, op.inputs[0])) or 0.0
        if values.size == 0 or operand < SATURATING or _share_at_ends(values, BOUNDED[op.name]) < _SATURATED_SHARE:
            continue
        yield Finding(
            "saturated-output",
            f"the output '{evidence.tensors[key].name}' is {BOUNDED[op.name][0]:.0f} or {BOUNDED[op.name][1]:.0f} in "
            f"nearly every value: the operand of {op.name} reaches {operand:.4g}. The samples are probably scaled "
            "otherwise than the training data",
            layer=owner(op),
            tensor=evidence.tensors[key].name,
        )


def _share_at_ends(values: NDArray[np.float32], ends: tuple[float, float]) -> float:
    near = (np.abs(values - ends[0]) < _AT_THE_END) | (np.abs(values - ends[1]) < _AT_THE_END)
    return float(near.mean())
