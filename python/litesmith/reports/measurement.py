"""Runs a float model and its quantized form over the same samples, and reports how far they are apart."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith.quantization.calibration import thread_count
from litesmith.quantization.policy import QuantizationPolicy
from litesmith.quantization.sample_runs import run_samples
from litesmith.reports.quantization_report import ErrorFigures, Histogram, LayerErrors, QuantizationReport

if TYPE_CHECKING:
    from litesmith import _core
    from litesmith.quantization.accuracy_search import AccuracySearch
    from litesmith.quantization.quantized_file import Ranges

__all__ = ["measure", "model_name"]


def measure(
    conversion: _core.Conversion,
    policy: QuantizationPolicy,
    ranges: Ranges,
    data: Any,
    *,
    model: str,
    samples: int = 100,
    threads: int | None = None,
    warnings: tuple[str, ...] = (),
    accuracy: AccuracySearch | None = None,
) -> QuantizationReport:
    """Quantize a model and compare its layers with those of the float model.

    Args:
        conversion: the model; holds the quantized one afterwards.
        policy: how to quantize it.
        ranges: of its tensors, for modes that need them.
        data: samples in any form that calibration takes.
        model: its name.
        samples: how many samples to run at most.
        threads: how many threads run the models; all by default. The figures are the same.
        warnings: what the calibration linter found.
        accuracy: what ``max_accuracy_drop`` came to.

    Raises:
        ValueError, RuntimeError, TypeError: no samples, or one that the model does not take; names the sample.
    """
    if samples < 1:
        raise ValueError(f"the models are compared on at least 1 sample, not on {samples}")
    conversion.quantize(QuantizationPolicy(), {})
    float_bytes = len(conversion.write(keep=True))
    conversion.quantize(policy, ranges)
    comparison = conversion.compare(ranges, thread_count(threads))
    run_samples(conversion, data, comparison.add, what="comparing", limit=samples)
    return QuantizationReport(
        model=model,
        mode=policy.mode,
        samples=comparison.samples,
        layers=tuple(_layer(layer) for layer in comparison.layers()),
        float_bytes=float_bytes,
        quantized_bytes=len(conversion.write(keep=True)),
        warnings=warnings,
        accuracy=accuracy,
    )


def model_name(model: Any) -> str:
    """How a report calls a model: the name of its file, or its own."""
    if isinstance(model, (str, os.PathLike)):
        return Path(model).stem
    return str(getattr(model, "name", "model"))


def _layer(layer: _core.LayerComparison) -> LayerErrors:
    low, high = layer.bins
    return LayerErrors(
        layer=layer.layer,
        operators=tuple(layer.operators),
        precision=layer.dtype if layer.weights in (layer.dtype, "float32") else _mixed(layer.dtype, layer.weights),
        cumulative=_figures(layer.cumulative),
        isolated=_figures(layer.isolated),
        low=layer.seen[0],
        high=layer.seen[1],
        range_low=layer.representable[0],
        range_high=layer.representable[1],
        saturated=layer.saturated / layer.values if layer.values else 0.0,
        histogram=Histogram(low, high, tuple(layer.counts), tuple(layer.quantized_counts)),
    )


def _mixed(result: str, weights: str) -> str:
    return f"{result}, {weights} weights"


def _figures(difference: _core.Difference) -> ErrorFigures:
    return ErrorFigures(difference.sqnr_db, difference.cosine, difference.largest)
