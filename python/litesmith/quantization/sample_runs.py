"""Runs samples through what compares and corrects quantized models."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from litesmith.progress import counted
from litesmith.quantization.sample_values import SampleChecker
from litesmith.quantization.samples import open_dataset

if TYPE_CHECKING:
    from collections.abc import Callable

    from litesmith import _core

__all__ = ["run_samples"]


def run_samples(
    conversion: _core.Conversion, data: Any, run: Callable[[int, Any], None], *, what: str, limit: int | None = None
) -> None:
    """Pass samples to a function that takes a graph and arrays by tensor.

    Args:
        conversion: the model that the samples are for.
        data: samples in any form that calibration takes.
        run: called once for every run that a sample needs.
        what: is done, for the display of progress.
        limit: how many samples at most.

    Raises:
        ValueError, RuntimeError, TypeError: no samples, or one that the model does not take; names the sample.
    """
    checker = SampleChecker(conversion.signatures())
    dataset = open_dataset(data, checker.input_count)
    total = dataset.total if limit is None else min(limit, dataset.total or limit)
    chosen = itertools.islice(dataset.samples, limit)
    number = -1
    for number, sample in enumerate(counted(chosen, total=total, what=what, unit="sample")):
        checked = checker.check(sample, number)
        for arrays in checked.runs:
            run(checked.graph, arrays)
    if number < 0:
        raise ValueError(
            f"{what}: there are no samples: the data is empty, or an iterator that is used up; give arrays, or a "
            "function that yields samples each time it is called"
        )
