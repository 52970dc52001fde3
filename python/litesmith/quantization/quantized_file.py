"""The last stage of a conversion: ranges, quantization, bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litesmith.quantization.calibration import calibrate, ranges_for, thread_count
from litesmith.quantization.linter import lint_and_warn
from litesmith.quantization.sample_runs import run_samples

if TYPE_CHECKING:
    from litesmith import _core
    from litesmith.quantization.observations import Observations
    from litesmith.quantization.policy import QuantizationPolicy

__all__ = ["Ranges", "correct_biases", "find_ranges", "write"]

# {(graph, tensor): (min, max)}
Ranges = dict[Any, Any]


def find_ranges(
    conversion: _core.Conversion,
    policy: QuantizationPolicy,
    *,
    data: Any = None,
    observations: Observations | None = None,
    calibration: str = "min_max",
    threads: int | None = None,
    lint: bool = True,
) -> Ranges:
    """The ranges of a model's tensors: from observations, else from data, else those that the file has.

    With ``lint`` the samples are looked at for mistakes, too: ``CalibrationWarning``, and ``observations.warnings``.

    Raises:
        ValueError, RuntimeError, TypeError: see ``calibrate`` and ``ranges_for``.
    """
    if not policy.needs_ranges:
        return {}
    if observations is None and data is not None:
        observations = calibrate(conversion, data, calibration=calibration, threads=threads)
    if observations is None:
        return conversion.recorded_ranges()
    ranges = ranges_for(conversion, observations, policy, calibration)
    if lint:
        lint_and_warn(conversion, observations)
    return ranges


def write(
    conversion: _core.Conversion,
    policy: QuantizationPolicy,
    ranges: Ranges,
    *,
    calibrate_only: bool = False,
) -> bytes:
    """The file; ends the conversion.

    Raises:
        ConverterError: this version does not have the mode, or a layer has no form in it.
        ValueError: a range is missing.
    """
    if calibrate_only:
        conversion.record_ranges(ranges)
        return conversion.write()
    if not policy.changes_nothing:
        conversion.quantize(policy, ranges)
    return conversion.write()


def correct_biases(
    conversion: _core.Conversion, policy: QuantizationPolicy, ranges: Ranges, data: Any, threads: int | None = None
) -> None:
    """Quantize a model; from then on each bias lacks the mean error of its operator's result over the samples.

    Raises:
        ValueError, RuntimeError, TypeError: no samples, or one that the model does not take; names the sample.
    """
    if policy.is_float:
        return
    if data is None:
        raise ValueError(
            "bias_correction runs the model on samples: give representative_dataset, about 100 typical inputs "
            "(observations alone do not hold them)"
        )
    conversion.quantize(policy, ranges)
    measured = conversion.bias_correction(thread_count(threads))
    run_samples(conversion, data, measured.add, what="correcting biases")
    conversion.correct_biases(measured)
