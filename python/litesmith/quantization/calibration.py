"""Runs calibration samples through a model that is being converted."""

from __future__ import annotations

import itertools
import os
import warnings
from typing import TYPE_CHECKING, Any

from litesmith.progress import counted
from litesmith.quantization.excerpts import Excerpt, Excerpts
from litesmith.quantization.fingerprint import LONGEST, fingerprint64
from litesmith.quantization.observations import Observations
from litesmith.quantization.sample_values import SampleChecker
from litesmith.quantization.samples import Dataset, open_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from litesmith import _core
    from litesmith.quantization.policy import QuantizationPolicy
    from litesmith.quantization.sample_arrays import SampleInput

__all__ = ["calibrate", "ranges_for", "thread_count"]

_NOTHING = object()


def calibrate(
    conversion: _core.Conversion,
    data: Any,
    *,
    calibration: str = "min_max",
    threads: int | None = None,
    first_sample: int = 0,
    check_order: bool = False,
) -> Observations:
    """Observe a model over calibration data.

    Args:
        conversion: the model.
        data: calibration data in any form.
        calibration: the method that the ranges shall be made by.
        threads: how many threads run the model; all that the machine offers by default. The result is the same.
        first_sample: the number of the first sample, for a part of a larger data set.
        check_order: warn when TensorFlow would feed samples without names to other inputs.

    Raises:
        ValueError, RuntimeError, TypeError: no samples, or one that the model does not take; names the sample.
    """
    threads = thread_count(threads)
    if first_sample < 0:
        raise ValueError(f"first_sample is {first_sample} but samples are numbered from 0")
    checker = SampleChecker(conversion.signatures())
    dataset = open_dataset(data, checker.input_count)
    first = next(dataset.samples, _NOTHING)
    if first is _NOTHING:
        _refuse_nothing(dataset)
    checked = checker.check(first, first_sample)
    if check_order and checked.by_position:
        _warn_of_order(checker.inputs)
    conversion.start_observation(calibration, threads, True)
    excerpts = Excerpts()
    samples = itertools.chain([first], dataset.samples)
    for offset, sample in enumerate(counted(samples, total=dataset.total, what="calibrating", unit="sample")):
        number = first_sample + offset
        checked = checker.check(sample, number)
        for run in checked.runs:
            conversion.observe(checked.graph, run, number)
        excerpts.rows += sum(_rows(run) for run in checked.runs)
        if excerpts.wants(number):
            values = [*checked.runs[-1], *conversion.observed_results(checked.graph)]
            excerpts.add(Excerpt.of(number, checked.graph, tensor, it) for tensor, it in values if it.size)
    seen = Observations(conversion.observations(), excerpts)
    conversion.end_observation()
    return seen


def ranges_for(
    conversion: _core.Conversion, observations: Observations, policy: QuantizationPolicy, calibration: str
) -> dict[tuple[int, int], tuple[float, float]]:
    """The ranges that a policy needs.

    Raises:
        ValueError: observations of another model, of no samples, or without what the method needs.
    """
    if observations.samples == 0:
        raise ValueError("the observations are of no samples; observe calibration data with this model first")
    steps, symmetric = policy.grid
    return conversion.ranges_of(observations.core, calibration, steps, symmetric)


def _refuse_nothing(dataset: Dataset) -> None:
    why = "it is empty" if dataset.repeatable else "an iterator can be gone through once, and this one is at its end"
    raise ValueError(
        f"the representative_dataset gave no samples: {why}. Without them there are no ranges to quantize with; give "
        "about 100 typical inputs, or a function that yields them each time it is called."
    )


def _rows(run: Sequence[tuple[int, NDArray[Any]]]) -> int:
    """How many examples a run holds: the longest first axis of arrays that have more than one."""
    return max((array.shape[0] for _, array in run if array.ndim > 1), default=1)


def thread_count(threads: int | None) -> int:
    """How many threads run a model; None stands for all that this process may run at once.

    Raises:
        ValueError: less than one.
    """
    if threads is not None and threads < 1:
        raise ValueError(f"num_threads should >= 1, or None for all that the machine offers; it is {threads}")
    if threads is None:
        threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return threads or 1


def _warn_of_order(inputs: Sequence[SampleInput]) -> None:
    if any(len(it.name.encode()) > LONGEST for it in inputs):
        return
    swapped = [
        (one.name, other.name)
        for one, other in itertools.combinations(inputs, 2)
        if (one.dtype, one.shape) == (other.dtype, other.shape)
        and fingerprint64(one.name.encode()) > fingerprint64(other.name.encode())
    ]
    if swapped:
        one, other = swapped[0]
        text = (
            f"calibration samples without names feed the inputs in the order of the Keras model: "
            f"{', '.join(it.name for it in inputs)}. TensorFlow orders them otherwise ('{other}' before '{one}'), and "
            "both take arrays of the same shape: a sample in TensorFlow's order would calibrate the wrong input. Give "
            f"each sample as a dict: {{'{one}': ..., '{other}': ...}}"
        )
        warnings.warn(text, UserWarning, stacklevel=6)
