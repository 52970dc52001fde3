"""Checks of the samples themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from litesmith.quantization.findings import Finding
from litesmith.quantization.noise import looks_like_noise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from litesmith.quantization.evidence import Evidence, Key, ModelInput

__all__ = ["equal_samples", "few_samples", "inputs_vary", "noise", "unused_inputs"]

_FEW_ROWS = 32
_NEARLY = 1e-3
_LOOK_FOR_COPIES = 16
_LEAST_VALUES_OF_COPIES = 64


def few_samples(evidence: Evidence) -> Iterator[Finding]:
    """Fewer than 32 rows."""
    rows = evidence.excerpts.rows
    if 0 < rows < _FEW_ROWS:
        yield Finding(
            "few-samples",
            f"there {'is 1 sample' if rows == 1 else f'are {rows} samples'}; in real use values are larger than in so "
            "few, and would be cut off. Give about 100 that cover every kind of input, for instance some of each class",
        )


def equal_samples(evidence: Evidence) -> Iterator[Finding]:
    """All samples equal or nearly so, few different ones again and again, or an input that is one number."""
    varying = {it.key: varies(evidence, it.key) for it in evidence.inputs}
    if varying and not any(varying.values()):
        how = "equal" if all(len(set(evidence.digests(key))) == 1 for key in varying) else "nearly equal"
        yield Finding(
            "equal-samples",
            f"all {evidence.samples} samples are {how}, so that the ranges fit one input only; a loop that yields the "
            "same array each time does that: yield a different one, `for x in data[:100]: yield [x[None]]`",
        )
        return
    for it in evidence.inputs:
        found = evidence.range(it.key)
        if it.is_float and found is not None and found[0] == found[1] and evidence.excerpts.rows > 1:
            yield Finding(
                "equal-samples",
                f"the input '{it.name}' is {found[0]:.6g} everywhere in all {evidence.samples} samples, so that its "
                "range holds no other value; give it values as in real use",
                tensor=it.name,
            )
    yield from _copies(evidence)


def _copies(evidence: Evidence) -> Iterator[Finding]:
    for it in evidence.inputs:
        digests = evidence.digests(it.key)
        different = len(set(digests))
        values = evidence.spread(it.key)
        large = values.shape[1] >= _LEAST_VALUES_OF_COPIES and len(np.unique(values)) > 2
        if large and len(evidence.inputs) == 1 and len(digests) >= _LOOK_FOR_COPIES and different <= len(digests) // 8:
            yield Finding(
                "equal-samples",
                f"of {len(digests)} samples looked at only {different} are different; the ranges fit these alone. "
                "Yield each example once",
                tensor=it.name,
            )


def varies(evidence: Evidence, key: Key) -> bool:
    """Whether the samples differ in a tensor; True where that cannot be known."""
    values, digests = evidence.spread(key), evidence.digests(key)
    if len(values) < 2:
        return True
    if len(digests) > 1 and len(set(digests)) == 1 and len(values) == len(digests):
        return False
    width = float(values.max() - values.min())
    if width == 0:
        return len(set(digests)) > 1 or len(values) > len(digests)
    return float(np.ptp(values, axis=0).max()) > _NEARLY * width


def inputs_vary(evidence: Evidence, graph: int) -> bool:
    """Whether the samples of a graph differ in any input."""
    return any(varies(evidence, it.key) for it in evidence.inputs if it.key[0] == graph)


def noise(evidence: Evidence) -> Iterator[Finding]:
    """Inputs whose values are independent of their neighbours."""
    for it in evidence.inputs:
        if it.is_float and looks_like_noise(evidence.windows(it.key), is_picture=it.is_picture):
            found = _shown_range(evidence, it)
            what = "a picture's pixels resemble their neighbours" if it.is_picture else "measured data shows structure"
            yield Finding(
                "noise",
                f"the values of the input '{it.name}' ({found}) look like random numbers: each is independent of its "
                f"neighbours, while {what}. Ranges measured on noise are not those of real inputs; give about 100 real "
                "examples, prepared as for training",
                tensor=it.name,
            )


def _shown_range(evidence: Evidence, it: ModelInput) -> str:
    values: NDArray[np.float32] = evidence.spread(it.key)
    low, high = evidence.range(it.key) or (float(values.min()), float(values.max()))
    return f"{low:.4g} to {high:.4g}"


def unused_inputs(evidence: Evidence) -> Iterator[Finding]:
    """Inputs without a path to an output."""
    for it in evidence.inputs:
        if not evidence.reaches_an_output(it.key):
            yield Finding(
                "unused-input",
                f"no output depends on the input '{it.name}': whatever the samples hold for it changes nothing. Is the "
                "model cut off or wired wrongly? If it is meant so, leave the input out of the model",
                tensor=it.name,
            )
