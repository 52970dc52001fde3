"""What min-max calibration costs over running the model, and what quantization costs after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.bench import interleaved
from tests.bench.keras_models import h5_file
from tests.bench.report import Row

if TYPE_CHECKING:
    from litesmith import _core

__all__ = ["calibration_rows"]

# What is measured, and whether the peaks of channels are noted, as calibration does by default.
_OBSERVED = {"default": True, "ranges": False}
# A usual number of calibration samples: the first ones are looked at more closely than the rest.
_SAMPLES = 100


def calibration_rows(folder: Path) -> Iterator[Row]:
    """MobileNetV2: observation over the same kernels without it, and conversion with observations at hand."""
    from litesmith import _core, lite
    from litesmith.quantization import observe

    source = h5_file(folder, "MobileNetV2")
    file = folder / "MobileNetV2.float32.tflite"
    blob = lite.TFLiteConverter.from_keras_model(source).convert()
    file.write_bytes(blob)
    sample = np.random.default_rng(0).uniform(-1, 1, (1, 224, 224, 3)).astype(np.float32)
    runs = {"plain": _repeated(interleaved.ours(file, sample, 1))}
    for name, channels in _OBSERVED.items():
        runs[name] = _observation(_core.Conversion.from_tflite(blob, "MobileNetV2", False, 2), sample, channels)
    times = interleaved.fastest(runs, seconds=8.0, clock=time.process_time)
    yield Row(f"MobileNetV2: {_SAMPLES} samples of min-max calibration", times["default"], "s")
    yield Row("  of the same kernels without observation", times["default"] / times["plain"], "x", 1.1)
    yield Row("  the same without what the linter wants", times["ranges"] / times["plain"], "x")

    converter = lite.TFLiteConverter.from_keras_model(source)
    converter.optimizations = [lite.Optimize.DEFAULT]
    converter.observations, converter.lint_calibration = observe(source, sample), False
    quantized = interleaved.fastest({"int8": converter.convert}, seconds=2.0)["int8"]
    yield Row("MobileNetV2 .h5 -> int8 after calibration", quantized, "s", 0.5)


def _repeated(run: Callable[[], None]) -> Callable[[], None]:
    def runs() -> None:
        for _ in range(_SAMPLES):
            run()

    return runs


def _observation(conversion: _core.Conversion, sample: Any, channels: bool) -> Callable[[], None]:
    tensor = conversion.signatures()[0].inputs[0].tensor
    conversion.start_observation("min_max", 1, channels=channels)

    def observe_samples() -> None:
        for number in range(_SAMPLES):
            conversion.observe(0, [(tensor, sample)], number)

    return observe_samples
