"""What min-max calibration costs over running the model, and what quantization costs after it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.bench import interleaved
from tests.bench.keras_models import h5_file
from tests.bench.report import Row

__all__ = ["calibration_rows"]


def calibration_rows(folder: Path) -> Iterator[Row]:
    """MobileNetV2: observation over the same kernels without it, and conversion with observations at hand."""
    from litesmith import _core, lite
    from litesmith.quantization import observe

    source = h5_file(folder, "MobileNetV2")
    file = folder / "MobileNetV2.float32.tflite"
    blob = lite.TFLiteConverter.from_keras_model(source).convert()
    file.write_bytes(blob)
    sample = np.random.default_rng(0).uniform(-1, 1, (1, 224, 224, 3)).astype(np.float32)
    conversion = _core.Conversion.from_tflite(blob, "MobileNetV2", False, 2)
    tensor = conversion.signatures()[0].inputs[0].tensor
    conversion.start_observation("min_max", 1, channels=False)
    runs = {
        "observed": lambda: conversion.observe(0, [(tensor, sample)], 0),
        "plain": interleaved.ours(file, sample, 1),
    }
    times = interleaved.fastest(runs, seconds=5.0, clock=time.process_time)
    yield Row("MobileNetV2: a sample of min-max calibration", times["observed"] * 1e3, "ms")
    yield Row("  of the same kernels without observation", times["observed"] / times["plain"], "x", 1.1)

    converter = lite.TFLiteConverter.from_keras_model(source)
    converter.optimizations = [lite.Optimize.DEFAULT]
    converter.observations = observe(source, sample)
    quantized = interleaved.fastest({"int8": converter.convert}, seconds=2.0)["int8"]
    yield Row("MobileNetV2 .h5 -> int8 after calibration", quantized, "s", 0.5)
