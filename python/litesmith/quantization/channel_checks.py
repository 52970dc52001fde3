"""Checks of single channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from litesmith.quantization.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from litesmith import _core
    from litesmith.quantization.evidence import Evidence, Key

__all__ = ["dead_channels"]

_DEAD_SHARE = 0.5
_LEAST_CHANNELS = 8
_LEAST_REACH = 0.01
# where the weights of an operator have the channels of its result
_WEIGHT_AXIS = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": -1, "FULLY_CONNECTED": 0}
_WITH_CHANNELS = frozenset({*_WEIGHT_AXIS, "RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1"})


def dead_channels(evidence: Evidence) -> Iterator[Finding]:
    """Layers of which half the channels are zero throughout, and pictures with an empty channel."""
    for it in evidence.inputs:
        peaks = evidence.tensors[it.key].channel_peaks if it.key in evidence.tensors else []
        empty = [channel for channel, peak in enumerate(peaks) if peak == 0]
        if it.is_picture and 0 < len(empty) < len(peaks):
            yield Finding(
                "dead-channels",
                f"channel {', '.join(map(str, empty))} of the input '{it.name}' is zero in all samples, of "
                f"{len(peaks)}; are the pictures loaded with all their colours?",
                tensor=it.name,
            )
    dead = list(_dead_layers(evidence))
    if dead:
        key, text = dead[0]
        more = f", and so are many of {len(dead) - 1} more layers" if len(dead) > 1 else ""
        yield Finding(
            "dead-channels",
            f"{text} of {evidence.named(key)} are zero in all samples{more}: the samples do not reach what these "
            "channels are for, so that their ranges are not known. Do the samples have the scale of the training data, "
            "and do they cover all kinds of input?",
            layer=evidence.layer(key),
            tensor=evidence.tensors[key].name,
        )


def _dead_layers(evidence: Evidence) -> Iterator[tuple[Key, str]]:
    for op in evidence.operators:
        key = (op.graph, op.outputs[0]) if op.outputs else None
        if key is None or op.name not in _WITH_CHANNELS or key not in evidence.tensors:
            continue
        peaks = np.array(evidence.tensors[key].channel_peaks)
        if len(peaks) < _LEAST_CHANNELS or (peaks == 0).mean() < _DEAD_SHARE:
            continue
        alive = _could_live(evidence, op)
        dead = (peaks == 0) if alive is None or len(alive) != len(peaks) else (peaks == 0) & alive
        if dead.mean() >= _DEAD_SHARE:
            yield key, f"{int(dead.sum())} of {len(peaks)} channels"


def _could_live(evidence: Evidence, op: _core.ConversionOperator) -> NDArray[np.bool_] | None:
    """Channels whose weights let them become positive at all; training leaves some others.

    With the greatest value of the operand in each of its channels that is not dead itself, and each with the sign that
    suits the weight, a channel must come as far as a hundredth of what the middle channel reaches. None where weights
    cannot be read.
    """
    weighted = op
    while weighted.name not in _WEIGHT_AXIS:
        before = evidence.producer((weighted.graph, weighted.inputs[0]))
        if before is None or weighted.name not in _WITH_CHANNELS:
            return None
        weighted = before
    weights = evidence.constant(weighted, 1)
    source = evidence.tensors.get((weighted.graph, weighted.inputs[0]))
    if weights is None or source is None:
        return None
    helpful = np.maximum(weights, 0) if source.lowest[0][0] >= 0 else np.abs(weights)
    living = np.array(source.channel_peaks) > 0
    if len(living) == 0 or weights.shape[-1] % len(living):
        living = np.ones(1, np.bool_)
    size = max(abs(source.lowest[0][0]), abs(source.highest[0][0]))
    helpful *= size * np.repeat(living, weights.shape[-1] // len(living))
    axis = _WEIGHT_AXIS[weighted.name] % weights.ndim
    reach: NDArray[np.float64] = helpful.sum(axis=tuple(it for it in range(weights.ndim) if it != axis))
    bias = evidence.constant(weighted, 2)
    top = reach if bias is None else reach + bias
    alive: NDArray[np.bool_] = top > _LEAST_REACH * float(np.median(reach))
    return alive
